package fleet_test

import (
	"math"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/penstock-dev/penstock/render/fleet"
)

// full are pods that leave 5 H100 on the two nodes: 3 and 2.
var full = []fleet.Pod{pod("a", "h100-0", 5), pod("b", "h100-1", 6), pod("c", "a100-0", 8)}

func offline(nodes []fleet.Node, name string) []fleet.Node {
	for i := range nodes {
		if nodes[i].Name == name {
			nodes[i].Unschedulable = true
		}
	}
	return nodes
}

func terminating(pods ...fleet.Pod) []fleet.Pod {
	for i := range pods {
		pods[i].Terminating = true
	}
	return pods
}

func TestPlaceSaysWhatFitsAndWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		nodes   []fleet.Node
		pods    []fleet.Pod
		w       fleet.Workload
		verdict fleet.Verdict
		fit     int
		ever    int
		message string
	}{
		"room": {
			mixed(), nil, fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 4}, fleet.Fits, 4, 4,
			"all 4 replicas fit: 8 NVIDIA-L4 are free, and a replica takes 1",
		},
		"others use it": {
			mixed(), full, fleet.Workload{Pod: on(t, h100, "nvidia.com/gpu", 2), Replicas: 4}, fleet.NoRoom, 2, 4,
			"only 2 of 4 replicas fit now: 4 more NVIDIA-H100-80GB-HBM3 are missing; 1 is left free, 16 exist",
		},
		"fragments": {
			mixed(), full, fleet.Workload{Pod: on(t, h100, "nvidia.com/gpu", 4), Replicas: 1}, fleet.NoRoom, 0, 1,
			"no replica fits now: 4 more NVIDIA-H100-80GB-HBM3 are missing; 5 are left free, 16 exist",
		},
		"several products": {
			mixed(), full, fleet.Workload{Pod: spec(t, `
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
  {matchExpressions: [{key: nvidia.com/gpu.product, operator: In, values: [NVIDIA-A100-SXM4-80GB, NVIDIA-H100-80GB-HBM3]}, {key: zone, operator: In, values: [a]}]}]}}}
tolerations: [{key: nvidia.com/gpu, operator: Exists}]
containers: [{name: server, image: i, resources: {limits: {nvidia.com/gpu: 8}}}]
`), Replicas: 1}, fleet.NoRoom, 0, 1,
			"no replica fits now: 8 more NVIDIA-A100-SXM4-80GB or NVIDIA-H100-80GB-HBM3 on nodes with zone=a are missing; 5 are left free, 24 exist",
		},
		"a node is cordoned": {
			offline(mixed(), "a100-0"), nil, fleet.Workload{Pod: on(t, a100, "nvidia.com/gpu", 8), Replicas: 1}, fleet.NoRoom, 0, 1,
			"no replica fits now: 8 more NVIDIA-A100-SXM4-80GB are missing; 0 are left free, 8 exist, 8 of that on nodes that take no pods now",
		},
		"others are stopping": {
			mixed(), terminating(pod("a", "a100-0", 6)), fleet.Workload{Pod: on(t, a100, "nvidia.com/gpu", 8), Replicas: 1}, fleet.NoRoom, 0, 1,
			"no replica fits now: 8 more NVIDIA-A100-SXM4-80GB are missing; 2 are left free, 8 exist, 6 will be given back by pods that are stopping",
		},
		"more than there is": {
			mixed(), nil, fleet.Workload{Pod: on(t, h100, "nvidia.com/gpu", 8), Replicas: 4}, fleet.NotEnough, 2, 2,
			"even if nothing else ran, only 2 of 4 replicas fit: 16 more NVIDIA-H100-80GB-HBM3 are missing; 0 are left free, 16 exist",
		},
		"more than a node has": {
			mixed(), nil, fleet.Workload{Pod: on(t, h100, "nvidia.com/gpu", 16), Replicas: 1}, fleet.NotEnough, 0, 0,
			"no replica could ever fit: a pod takes 16 NVIDIA-H100-80GB-HBM3, and the largest node has 8",
		},
		"slices": {
			mixed(), nil, fleet.Workload{Pod: on(t, "", "nvidia.com/mig-1g.10gb", 1), Replicas: 15}, fleet.NotEnough, 14, 14,
			"even if nothing else ran, only 14 of 15 replicas fit: 1 more nvidia.com/mig-1g.10gb of NVIDIA-A100-SXM4-80GB is missing; 0 are left free, 14 exist",
		},
		"a profile that no node has": {
			mixed(), nil, fleet.Workload{Pod: on(t, "", "nvidia.com/mig-1g.5gb", 1), Replicas: 1}, fleet.NotEnough, 0, 0,
			"no replica could ever fit: no node that admits the pod has nvidia.com/mig-1g.5gb; near to it is nvidia.com/mig-1g.10gb",
		},
		"any GPU": {
			mixed(), nil, fleet.Workload{Pod: on(t, "", "nvidia.com/gpu", 8), Replicas: 3}, fleet.Fits, 3, 3,
			"all 3 replicas fit: 32 NVIDIA-A100-SXM4-80GB, NVIDIA-H100-80GB-HBM3 or NVIDIA-L4 are free, and a replica takes 8",
		},
		"memory": {
			mixed(), nil, fleet.Workload{Pod: spec(t, `containers: [{name: c, image: i, resources: {requests: {memory: 300Gi, cpu: 1}}}]`), Replicas: 2}, fleet.NotEnough, 1, 1,
			"even if nothing else ran, only 1 of 2 replicas fit: 300Gi more memory is missing; 212Gi is left free, 512Gi exist",
		},
		"GPUs here and cores there": {
			mixed(), []fleet.Pod{pod("a", "l4-0", 4), {Name: "b", Node: "l4-1", Requests: fleet.Amounts{"cpu": 64_000}}},
			fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 1}, fleet.NoRoom, 0, 1,
			"no replica fits now: there is enough of each resource, but not together on one node; scarcest is NVIDIA-L4",
		},
		"groups are placed whole": {
			mixed(), nil, fleet.Workload{Pod: on(t, h100, "nvidia.com/gpu", 8), Replicas: 1, PodsPerReplica: 3}, fleet.NotEnough, 0, 0,
			"even if nothing else ran, no replica fits: 24 more NVIDIA-H100-80GB-HBM3 are missing; 16 are left free, 16 exist",
		},
		"none": {
			mixed(), full, fleet.Workload{Pod: on(t, h100, "nvidia.com/gpu", 8)}, fleet.Fits, 0, 0, "no replica is asked for",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := place(t, c.nodes, c.pods, c.w)
			if p.Verdict != c.verdict || p.Fit != c.fit || p.Ever != c.ever {
				t.Errorf("%s %d/%d, want %s %d/%d", p.Verdict, p.Fit, p.Ever, c.verdict, c.fit, c.ever)
			}
			if p.Message != c.message {
				t.Errorf("message:\n got %s\nwant %s", p.Message, c.message)
			}
		})
	}
}

func TestThePodsThatWillBeReplacedCountAsFree(t *testing.T) {
	f := fleet.New(fleet.State{Nodes: mixed(), Pods: []fleet.Pod{pod("mine", "a100-0", 8), pod("other", "h100-0", 8)}})
	w := fleet.Workload{Pod: on(t, a100, "nvidia.com/gpu", 8), Replicas: 1}
	if p := f.Place(t.Context(), w, nil); p.Verdict != fleet.NoRoom {
		t.Errorf("beside what runs: %s", p.Message)
	}
	if p := f.Place(t.Context(), w, func(p fleet.Pod) bool { return p.Name == "mine" }); p.Verdict != fleet.Fits {
		t.Errorf("in place of its own: %s", p.Message)
	}
	if p := f.Place(t.Context(), w, func(p fleet.Pod) bool { return p.Name == "other" }); p.Verdict != fleet.NoRoom {
		t.Errorf("in place of one on another node: %s", p.Message)
	}
}

func TestWhoUsesNothingTakesNoRoom(t *testing.T) {
	waiting, finished, gone := pod("w", "", 8), pod("f", "a100-0", 8), pod("g", "no-such-node", 8)
	finished.Finished = true
	p := place(t, mixed(), []fleet.Pod{waiting, finished, gone}, fleet.Workload{Pod: on(t, a100, "nvidia.com/gpu", 8), Replicas: 1})
	if p.Verdict != fleet.Fits {
		t.Error(p.Message)
	}
}

func TestDaemonsAreOnAnEmptyNodeToo(t *testing.T) {
	daemon := pod("d", "a100-0", 0)
	daemon.OwnerKind = "DaemonSet"
	w := fleet.Workload{Pod: on(t, a100, "nvidia.com/gpu", 1), Replicas: 1}
	w.Pod.Containers[0].Resources.Requests = corev1.ResourceList{"cpu": *quantity("64")}
	if p := place(t, mixed(), []fleet.Pod{daemon}, w); p.Verdict != fleet.NotEnough || p.Scarce.Resource != "cpu" {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
}

func TestTheNodeThatIsNotReadyTakesNothing(t *testing.T) {
	for name, spoil := range map[string]func(*fleet.Node){
		"not ready":   func(n *fleet.Node) { n.Ready = false },
		"cordoned":    func(n *fleet.Node) { n.Unschedulable = true },
		"unreachable": func(n *fleet.Node) { n.Taints = taint("node.kubernetes.io/unreachable", corev1.TaintEffectNoExecute) },
		"under pressure": func(n *fleet.Node) {
			n.Taints = taint("node.kubernetes.io/disk-pressure", corev1.TaintEffectNoSchedule)
		},
		"full of pods":    func(n *fleet.Node) { n.Allocatable["pods"] = 0 },
		"only discourage": nil,
	} {
		t.Run(name, func(t *testing.T) {
			nodes := []fleet.Node{gpuNode("l4-0", l4, "nvidia.com/gpu", 4)}
			want := fleet.NoRoom
			switch {
			case spoil == nil:
				nodes[0].Taints, want = taint("spot", corev1.TaintEffectPreferNoSchedule), fleet.Fits
			default:
				spoil(&nodes[0])
			}
			if name == "full of pods" {
				want = fleet.NotEnough
			}
			if p := place(t, nodes, nil, fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 1}); p.Verdict != want {
				t.Errorf("%s, want %s: %s", p.Verdict, want, p.Message)
			}
		})
	}
}

func taint(key string, effect corev1.TaintEffect) []corev1.Taint {
	return []corev1.Taint{{Key: key, Effect: effect}}
}

func TestATaintThatIsNotToleratedIsNamed(t *testing.T) {
	w := fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 1}
	w.Pod.Tolerations = nil
	p := place(t, mixed(), nil, w)
	want := "every node with the labels that are asked for has a taint that the pod does not tolerate: nvidia.com/gpu:NoSchedule"
	if p.Verdict != fleet.NotTolerated || p.Message != want {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
}

func TestALeaderMayDifferFromItsWorkers(t *testing.T) {
	leader := on(t, l4, "nvidia.com/gpu", 4)
	w := fleet.Workload{Leader: &leader, Pod: on(t, h100, "nvidia.com/gpu", 8), PodsPerReplica: 2, Replicas: 2}
	if p := place(t, mixed(), nil, w); p.Verdict != fleet.Fits {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
	w.Replicas = 3
	if p := place(t, mixed(), nil, w); p.Verdict != fleet.NotEnough || p.Ever != 2 {
		t.Errorf("%+v", p)
	}
	leader.NodeSelector = map[string]string{"zone": "b"}
	if p := place(t, mixed(), nil, w); p.Verdict != fleet.NoSuchNode || p.Message != "no node has zone=b; there is a" {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
}

func TestNobodyKnowsTheFleet(t *testing.T) {
	var f *fleet.Fleet
	p := f.Place(t.Context(), fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 1}, nil)
	if p.Verdict != fleet.Unknown || p.Message != "the cluster's nodes are not known" || f.Products() != nil {
		t.Errorf("%+v", p)
	}
	if p := place(t, nil, nil, fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 1}); p.Verdict != fleet.NoSuchNode || p.Message != "the cluster has no nodes" {
		t.Errorf("%+v", p)
	}
}

func TestHugeNumbersNeitherOverflowNorTakeForEver(t *testing.T) {
	w := fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: math.MaxInt32, PodsPerReplica: math.MaxInt32}
	w.Pod.Containers[0].Resources.Requests = corev1.ResourceList{"cpu": *quantity("9E"), "memory": *quantity("9E")}
	w.Pod.Containers = append(w.Pod.Containers, w.Pod.Containers[0], w.Pod.Containers[0])
	p := place(t, mixed(), nil, w)
	if p.Verdict != fleet.NotEnough || p.Fit != 0 || p.Scarce.PerReplica < 0 || p.Scarce.Missing < 0 {
		t.Errorf("%+v %+v", p, p.Scarce)
	}
}
