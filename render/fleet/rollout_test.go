package fleet_test

import (
	"testing"

	"k8s.io/utils/ptr"

	"github.com/penstock-dev/penstock/render/fleet"
)

func TestTheRolloutIsChosenByWhatIsFree(t *testing.T) {
	l4s := func(used int64) fleet.Placement {
		return place(t, mixed(), []fleet.Pod{pod("a", "l4-0", used), pod("b", "l4-1", 4)}, fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 1})
	}
	room, none := l4s(1), l4s(4)
	nowhere := place(t, mixed(), nil, fleet.Workload{Pod: on(t, "NVIDIA-L40S", "nvidia.com/gpu", 1), Replicas: 1})
	const single = ", and there is one replica only"
	for name, c := range map[string]struct {
		in   fleet.RolloutInput
		want fleet.Rollout
	}{
		"room": {
			fleet.RolloutInput{Replicas: 2, Spare: room},
			fleet.Rollout{fleet.RollingUpdate, 1, 0, "SpareCapacity", "surge 1: 3 NVIDIA-L4 are free and a replica takes 1"},
		},
		"room for a second": {
			fleet.RolloutInput{Replicas: 1, Spare: room},
			fleet.Rollout{fleet.RollingUpdate, 1, 0, "SpareCapacity", "surge 1: 3 NVIDIA-L4 are free and a replica takes 1"},
		},
		"no room": {
			fleet.RolloutInput{Replicas: 2, Spare: none},
			fleet.Rollout{fleet.RollingUpdate, 0, 1, "NoSpareCapacity", "surge 0, one replica at a time: there is no room for a new replica beside the old: 0 NVIDIA-L4 are free and a replica takes 1"},
		},
		"no room for a second": {
			fleet.RolloutInput{Replicas: 1, Spare: none},
			fleet.Rollout{fleet.Recreate, 0, 0, "NoSpareCapacity", "recreate: there is no room for a new replica beside the old: 0 NVIDIA-L4 are free and a replica takes 1" + single},
		},
		"scaled to zero": {
			fleet.RolloutInput{Replicas: 0, Spare: none},
			fleet.Rollout{fleet.Recreate, 0, 0, "NoSpareCapacity", "recreate: there is no room for a new replica beside the old: 0 NVIDIA-L4 are free and a replica takes 1" + single},
		},
		"no node at all": {
			fleet.RolloutInput{Replicas: 2, Spare: nowhere},
			fleet.Rollout{fleet.RollingUpdate, 0, 1, "NoSpareCapacity", "surge 0, one replica at a time: there is no room for a new replica beside the old: no node has nvidia.com/gpu.product=NVIDIA-L40S; the nearest value is NVIDIA-L4"},
		},
		"nobody knows": {
			fleet.RolloutInput{Replicas: 3},
			fleet.Rollout{fleet.RollingUpdate, 0, 1, "FleetUnknown", "surge 0, one replica at a time: whether there is room for a second replica is not known"},
		},
		"nobody knows of a single one": {
			fleet.RolloutInput{Replicas: 1, Spare: fleet.Placement{Verdict: fleet.Unknown}},
			fleet.Rollout{fleet.Recreate, 0, 0, "FleetUnknown", "recreate: whether there is room for a second replica is not known" + single},
		},
		"room, but the cache is exclusive": {
			fleet.RolloutInput{Replicas: 1, Spare: room, ExclusiveVolume: true},
			fleet.Rollout{fleet.Recreate, 0, 0, "ExclusiveVolume", "recreate: the cache volume can be mounted by one pod at a time" + single},
		},
		"the cache is exclusive to several": {
			fleet.RolloutInput{Replicas: 2, Spare: room, ExclusiveVolume: true},
			fleet.Rollout{fleet.RollingUpdate, 0, 1, "ExclusiveVolume", "surge 0, one replica at a time: the cache volume can be mounted by one pod at a time"},
		},
		"the cache overrules the descriptor": {
			fleet.RolloutInput{Replicas: 2, Spare: room, ExclusiveVolume: true, Surge: ptr.To[int32](1)},
			fleet.Rollout{fleet.RollingUpdate, 0, 1, "ExclusiveVolume", "surge 0, one replica at a time: the cache volume can be mounted by one pod at a time, so that the surge of 1 in the descriptor cannot be"},
		},
		"the descriptor surges": {
			fleet.RolloutInput{Replicas: 4, Spare: room, Surge: ptr.To[int32](2)},
			fleet.Rollout{fleet.RollingUpdate, 2, 0, "Explicit", "surge 2: the descriptor says so"},
		},
		"the descriptor surges without room": {
			fleet.RolloutInput{Replicas: 1, Spare: none, Surge: ptr.To[int32](1)},
			fleet.Rollout{fleet.RollingUpdate, 1, 0, "Explicit", "surge 1: the descriptor says so, but there is no room for it now: 0 NVIDIA-L4 are free and a replica takes 1"},
		},
		"the descriptor forbids surge": {
			fleet.RolloutInput{Replicas: 2, Spare: room, Surge: ptr.To[int32](0)},
			fleet.Rollout{fleet.RollingUpdate, 0, 1, "Explicit", "surge 0, one replica at a time: the descriptor says so"},
		},
		"a group of pods cannot be recreated": {
			fleet.RolloutInput{Kind: fleet.LeaderWorkerSet, Replicas: 1, Spare: none},
			fleet.Rollout{fleet.RollingUpdate, 0, 1, "NoSpareCapacity", "surge 0, one replica at a time: there is no room for a new replica beside the old: 0 NVIDIA-L4 are free and a replica takes 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fleet.ChooseRollout(c.in); got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// TestNoRolloutCanStandStill goes through all that may be put in: what neither surges nor stops would never move.
func TestNoRolloutCanStandStill(t *testing.T) {
	surges := []*int32{nil, ptr.To[int32](-1), ptr.To[int32](0), ptr.To[int32](1)}
	verdicts := []fleet.Verdict{"", fleet.Unknown, fleet.Fits, fleet.NoRoom, fleet.NotEnough, fleet.NoSuchNode, fleet.NotTolerated}
	for _, kind := range []fleet.Kind{fleet.Deployment, fleet.LeaderWorkerSet} {
		for _, surge := range surges {
			for _, verdict := range verdicts {
				for i := range 8 {
					in := fleet.RolloutInput{Kind: kind, Replicas: int32(i / 2), Surge: surge, ExclusiveVolume: i%2 == 1, Spare: fleet.Placement{Verdict: verdict, Fit: 1}}
					got := fleet.ChooseRollout(in)
					switch {
					case got.Strategy == fleet.RollingUpdate && got.MaxSurge+got.MaxUnavailable < 1:
						t.Errorf("%+v: it cannot move: %+v", in, got)
					case got.Strategy == fleet.Recreate && (kind == fleet.LeaderWorkerSet || in.Replicas > 1):
						t.Errorf("%+v: recreated: %+v", in, got)
					case got.MaxSurge > 0 && in.ExclusiveVolume:
						t.Errorf("%+v: the second pod cannot mount its cache: %+v", in, got)
					case got.Reason == "" || got.Message == "":
						t.Errorf("%+v: no reason: %+v", in, got)
					}
				}
			}
		}
	}
}
