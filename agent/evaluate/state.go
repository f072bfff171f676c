package evaluate

import (
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// Request asks how far the evaluations of a release are.
type Request struct {
	// Objects are what is in the cluster: those that were last applied.
	Objects *render.Objects
	// Healthy says whether all replicas of the release serve. Only then an evaluation is begun; what has begun goes on.
	Healthy bool
	// Recorded are the names of Jobs whose outcomes are known: records.Evaluation.Job of those that Step returned before.
	// What is recorded is neither run nor told again.
	Recorded []string
}

func (r Request) ref() apply.Ref { return apply.RefOf(r.Objects) }

func (r Request) evaluations() []v1alpha1.Evaluation { return r.Objects.Descriptor.Spec.Evaluations }

// Phase is how far the evaluations of a release are.
type Phase string

// The phases.
const (
	// Nothing: there are no evaluations, or nothing serves that could be measured.
	Nothing Phase = "Nothing"
	// Waiting: something has to change before the next evaluation can run. Message says what.
	Waiting Phase = "Waiting"
	// Running: an evaluation is on its way.
	Running Phase = "Running"
	// Done: every evaluation has ended, and its outcome is recorded or among Ended.
	Done Phase = "Done"
)

// State is how far the evaluations of a release are.
type State struct {
	Phase Phase
	// Evaluation that is waited for, and Message about it, for people.
	Evaluation string
	Message    string
	// Ended are the outcomes that are not recorded yet, in the order of the descriptor. Once one is recorded durably, its
	// Job goes into Recorded.
	Ended []records.Evaluation
	// Again is when to look again if nothing changes before; 0 is never.
	Again time.Duration
}
