package fleet

import "fmt"

// A Kind is a kind of workload, as far as it matters for a rollout.
type Kind string

const (
	// Deployment can roll, or be recreated.
	Deployment Kind = "Deployment"
	// LeaderWorkerSet can only roll, by groups of pods.
	LeaderWorkerSet Kind = "LeaderWorkerSet"
)

// A Strategy is how a workload replaces its pods.
type Strategy string

const (
	// RollingUpdate replaces a few at a time.
	RollingUpdate Strategy = "RollingUpdate"
	// Recreate removes all, waits until they are gone, and starts the new ones.
	Recreate Strategy = "Recreate"
)

// Reasons of a Rollout.
const (
	ReasonSpareCapacity   = "SpareCapacity"   // a new replica has room beside the old
	ReasonNoSpareCapacity = "NoSpareCapacity" // it has not
	ReasonFleetUnknown    = "FleetUnknown"    // nobody knows whether it has
	ReasonExclusiveVolume = "ExclusiveVolume" // the cache can be mounted by one pod alone
	ReasonExplicit        = "Explicit"        // the descriptor says it
)

// RolloutInput is what decides about a Rollout.
type RolloutInput struct {
	// Kind of the workload; Deployment unless told.
	Kind Kind
	// Replicas is how many there are, or are to be. None and one are the same.
	Replicas int32
	// Surge is what the descriptor says, if it says something.
	Surge *int32
	// ExclusiveVolume says that the replicas share a volume that one pod, or the pods of one node, can mount:
	// ReadWriteOnce and ReadWriteOncePod.
	ExclusiveVolume bool
	// Spare is what Place says of one replica beside all that runs now: with Replicas 1, and own nil. Its zero
	// value is that of a fleet that is not known.
	Spare Placement
}

// A Rollout is how a workload is to replace its pods, and why.
type Rollout struct {
	Strategy Strategy
	// MaxSurge and MaxUnavailable are of a RollingUpdate, in replicas; never both zero there.
	MaxSurge, MaxUnavailable int32
	// Reason is one of the Reasons above.
	Reason string
	// Message is a sentence that a person understands, with figures, without the full stop.
	Message string
}

// ChooseRollout replaces a replica only after its successor is ready where there is room for both. Elsewhere a
// successor would wait for ever for the GPU that its predecessor holds, and so one is stopped first. A single
// replica of a Deployment is recreated then: to roll, it would start before its predecessor has let go.
func ChooseRollout(in RolloutInput) Rollout {
	switch {
	case in.ExclusiveVolume:
		return in.without(ReasonExclusiveVolume, "the cache volume can be mounted by one pod at a time"+in.overruled())
	case in.Surge != nil && *in.Surge > 0:
		return Rollout{RollingUpdate, *in.Surge, 0, ReasonExplicit, fmt.Sprintf("surge %d: the descriptor says so%s", *in.Surge, in.doubt())}
	case in.Surge != nil:
		return in.without(ReasonExplicit, "the descriptor says so")
	case in.Spare.Verdict == Fits && in.Spare.Fit > 0:
		return Rollout{RollingUpdate, 1, 0, ReasonSpareCapacity, "surge 1: " + in.Spare.room()}
	case in.Spare.Verdict == Unknown || in.Spare.Verdict == "":
		return in.without(ReasonFleetUnknown, "whether there is room for a second replica is not known")
	}
	return in.without(ReasonNoSpareCapacity, "there is no room for a new replica beside the old: "+in.Spare.room())
}

// without is the Rollout that needs no room.
func (in RolloutInput) without(reason, because string) Rollout {
	if in.Replicas <= 1 && in.Kind != LeaderWorkerSet {
		return Rollout{Strategy: Recreate, Reason: reason, Message: "recreate: " + because + ", and there is one replica only"}
	}
	return Rollout{RollingUpdate, 0, 1, reason, "surge 0, one replica at a time: " + because}
}

// overruled tells a person that the surge of the descriptor is not obeyed.
func (in RolloutInput) overruled() string {
	if in.Surge == nil || *in.Surge <= 0 {
		return ""
	}
	return fmt.Sprintf(", so that the surge of %d in the descriptor cannot be", *in.Surge)
}

// doubt tells a person that the surge of the descriptor is obeyed, but has no room now.
func (in RolloutInput) doubt() string {
	switch in.Spare.Verdict {
	case Fits, Unknown, "":
		return ""
	}
	return ", but there is no room for it now: " + in.Spare.room()
}

// room says in a few words what is free, and what a replica takes.
func (p *Placement) room() string {
	if p.Scarce == nil {
		return p.Message
	}
	s := p.Scarce
	return fmt.Sprintf("%s %s free and a replica takes %s", s.amount(s.Free), s.are(s.Free), s.format(s.PerReplica))
}
