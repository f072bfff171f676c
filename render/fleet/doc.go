// Package fleet answers, from a snapshot of a cluster, whether a workload has room.
//
// A Fleet is a value: what the nodes have, what the pods on them use, and which devices of dynamic resource
// allocation (DRA) are taken. Whoever watches the cluster (agent/capacity) makes one with New; nothing here
// reaches for the network or the clock. A nil *Fleet is one that nobody knows, and says so.
//
//	placement := fleet.Place(ctx, fleet.Workload{Pod: spec, Replicas: 4}, own)
//	fmt.Println(placement.Verdict, placement.Message)
//
//	NoRoom 3 of 4 replicas fit now; 8 more NVIDIA-H100-80GB-HBM3 are missing: 5 are left free, 32 exist
//
// Place puts copies of a pod on nodes, first fit, by the scheduler's own code for node affinity, tolerations,
// requests and device allocation. For one kind of pod that is exact: what Place says fits, the scheduler places.
// It knows the resources, not the wishes: topology spread, (anti-)affinity between pods, volumes that bind a
// pod to a zone, host ports, quotas, preemption and pods that wait are not modelled. Neither are a RuntimeClass's
// overhead, DeviceTaintRules, and an extended resource that a DeviceClass stands behind. So "fits" can be too
// kind where those are used; "does not fit" can be too harsh only for the last of them, and for preemption.
//
// ChooseRollout turns such an answer into the way a workload is replaced: with a second copy beside the first
// where there is room for it, and without where a second copy would wait for ever for the GPU that the first
// one holds.
package fleet
