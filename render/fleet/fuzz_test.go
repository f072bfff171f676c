package fleet

import (
	"math/rand"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// FuzzPlace gives a hostile pod to a fleet with room: whatever it asks for, the figures must be in order.
func FuzzPlace(f *testing.F) {
	f.Add(`{nodeSelector: {nvidia.com/gpu.product: NVIDIA-L4}, containers: [{resources: {limits: {nvidia.com/gpu: 1}}}]}`, int32(2), int32(1), `true`)
	f.Add(`{resources: {limits: {cpu: 9E}}, containers: [{resources: {requests: {cpu: -1, memory: 9E}}}, {}], resourceClaims: [{name: c, resourceClaimTemplateName: t}]}`, int32(-1), int32(1<<30), `device.driver == 'd'`)
	f.Add(`{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: nvidia.com/gpu.product, operator: Gt, values: ["1"]}], matchFields: [{key: metadata.name, operator: In, values: [a]}]}]}}}}`, int32(1), int32(1), ``)
	fleet := New(State{
		Nodes: []Node{{
			Name: "a", Ready: true, Labels: map[string]string{LabelProduct: "NVIDIA-L4", "n": "7"},
			Allocatable: Amounts{"cpu": 1000, "memory": 1 << 30, "nvidia.com/gpu": 4, "pods": 10},
		}},
		Devices: NewDevices([]*resourcev1.ResourceSlice{{Spec: resourcev1.ResourceSliceSpec{
			Driver: "d", NodeName: new("a"), Pool: resourcev1.ResourcePool{Name: "a", ResourceSliceCount: 1},
			Devices: []resourcev1.Device{{Name: "x"}, {Name: "y"}},
		}}}, []*resourcev1.DeviceClass{{ObjectMeta: metav1.ObjectMeta{Name: "c"}}}),
	})
	f.Fuzz(func(t *testing.T, text string, replicas, size int32, expression string) {
		var spec corev1.PodSpec
		if yaml.Unmarshal([]byte(text), &spec) != nil {
			return
		}
		claim := resourcev1.ResourceClaimTemplate{ObjectMeta: metav1.ObjectMeta{Name: "t"}}
		claim.Spec.Spec.Devices.Requests = []resourcev1.DeviceRequest{{Name: "r", Exactly: &resourcev1.ExactDeviceRequest{
			DeviceClassName: "c", Selectors: []resourcev1.DeviceSelector{{CEL: &resourcev1.CELDeviceSelector{Expression: expression}}},
		}}}
		p := fleet.Place(t.Context(), Workload{Pod: spec, Replicas: int(replicas), PodsPerReplica: int(size), Claims: []resourcev1.ResourceClaimTemplate{claim}}, nil)
		switch s := p.Scarce; {
		case p.Verdict == "" || p.Message == "":
			t.Errorf("no answer: %+v", p)
		case p.Fit < 0 || p.Fit > p.Ever || p.Ever > p.Replicas || (p.Verdict == Fits) != (p.Fit == p.Replicas && p.Scarce != nil):
			t.Errorf("figures out of order: %+v", p)
		case s != nil && slices.Min([]int64{s.PerReplica, s.PerPod, s.Missing, s.Free, s.Left, s.Exist, s.PerNode, s.Offline, s.Leaving}) < 0:
			t.Errorf("a figure is negative: %+v", s)
		}
		ChooseRollout(RolloutInput{Replicas: replicas, Spare: p})
	})
}

func FuzzNearest(f *testing.F) {
	f.Add("NVIDIA-H100-80GB", "NVIDIA-H100-80GB-HBM3")
	f.Add("", "\xff")
	f.Fuzz(func(t *testing.T, word, known string) {
		if near := nearest(word, []string{known}); word == known && !slices.Equal(near, []string{known}) {
			t.Errorf("%q is not near to itself: %q", word, near)
		}
	})
}

// TestNoSplitOfTheSamePodsFitsMore compares first fit with the sum over the nodes, which is exact for equal pods.
func TestNoSplitOfTheSamePodsFitsMore(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 200 {
		state := State{}
		want, each := 0, int64(1+random.Intn(4))
		for i := range 20 {
			total, used := int64(random.Intn(9)), int64(random.Intn(9))
			name := string(rune('a' + i))
			state.Nodes = append(state.Nodes, Node{Name: name, Ready: true, Allocatable: Amounts{"nvidia.com/gpu": total, "pods": 100}})
			state.Pods = append(state.Pods, Pod{Node: name, Requests: Amounts{"nvidia.com/gpu": used, "pods": 1}})
			want += int(max(total-used, 0) / each)
		}
		spec := corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"nvidia.com/gpu": *quantityOf(each)}}}}}
		if p := New(state).Place(t.Context(), Workload{Pod: spec, Replicas: 1000}, nil); p.Fit != want {
			t.Errorf("%d fit, want %d", p.Fit, want)
		}
	}
}
