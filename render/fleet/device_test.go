package fleet_test

import (
	"context"
	"strings"
	"testing"

	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/penstock-dev/penstock/render/fleet"
)

// draFleet is two nodes of eight H200 and one of four L4, all of them devices.
func draFleet(slices []*resourcev1.ResourceSlice, pods []fleet.Pod, claims ...fleet.Claim) *fleet.Fleet {
	if slices == nil {
		slices = []*resourcev1.ResourceSlice{slice("h200-0", "NVIDIA H200", 8, 1), slice("h200-1", "NVIDIA H200", 8, 1), slice("l4-0", "NVIDIA L4", 4, 1)}
	}
	return fleet.New(fleet.State{
		Nodes: []fleet.Node{draNode("h200-0"), draNode("h200-1"), draNode("l4-0"), cpuNode("cpu-0")},
		Pods:  pods, Claims: claims,
		Devices: fleet.NewDevices(slices, []*resourcev1.DeviceClass{class()}),
	})
}

var onlyH200 = cel(`device.attributes['gpu.nvidia.com'].productName == 'NVIDIA H200'`)

func TestDevicesAreCountedByWhatTheClaimSelects(t *testing.T) {
	for name, c := range map[string]struct {
		template resourcev1.ResourceClaimTemplate
		claims   []fleet.Claim
		replicas int
		verdict  fleet.Verdict
		fit      int
		message  string
	}{
		"room": {
			template("t", 4, onlyH200), nil, 4, fleet.Fits, 4,
			"all 4 replicas fit: 16 NVIDIA H200 are free, and a replica takes 4",
		},
		"others hold them": {
			template("t", 4, onlyH200), []fleet.Claim{claim("x", "h200-0", 0, 1, 2, 3, 4)}, 4, fleet.NoRoom, 2,
			"only 2 of 4 replicas fit now: 8 more NVIDIA H200 are missing; 3 are left free, 16 exist",
		},
		"more than a node has": {
			template("t", 9, onlyH200), nil, 1, fleet.NotEnough, 0,
			"no replica could ever fit: a pod takes 9 NVIDIA H200, and the largest node has 8",
		},
		"any product": {
			template("t", 1), nil, 21, fleet.NotEnough, 20,
			"even if nothing else ran, only 20 of 21 replicas fit: 1 more NVIDIA H200 or NVIDIA L4 is missing; 0 are left free, 20 exist",
		},
		"by memory": {
			template("t", 1, cel(`device.capacity['gpu.nvidia.com'].memory.compareTo(quantity('100Gi')) > 0`)), nil, 1, fleet.NotEnough, 0,
			"no replica could ever fit: no node that admits the pod has gpu.nvidia.com devices",
		},
		"one when no number is given": {template("t", 0, onlyH200), nil, 16, fleet.Fits, 16, "all 16 replicas fit: 16 NVIDIA H200 are free, and a replica takes 1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{c.template}, Replicas: c.replicas}
			p := draFleet(nil, nil, c.claims...).Place(t.Context(), w, nil)
			if p.Verdict != c.verdict || p.Fit != c.fit || p.Message != c.message {
				t.Errorf("%s %d, want %s %d:\n got %s\nwant %s", p.Verdict, p.Fit, c.verdict, c.fit, p.Message, c.message)
			}
		})
	}
}

func TestTheDevicesOfItsOwnPodsAreFree(t *testing.T) {
	mine := pod("mine", "h200-0", 0)
	f := draFleet(nil, []fleet.Pod{mine}, claim("mine", "h200-0", 0, 1, 2, 3, 4, 5, 6, 7), claim("other", "h200-1", 0))
	w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{template("t", 8, onlyH200)}, Replicas: 1}
	if p := f.Place(t.Context(), w, nil); p.Verdict != fleet.NoRoom {
		t.Errorf("beside what runs: %s", p.Message)
	}
	if p := f.Place(t.Context(), w, func(p fleet.Pod) bool { return p.Name == "mine" }); p.Verdict != fleet.Fits {
		t.Errorf("in place of its own: %s", p.Message)
	}
}

func TestOnlyTheNewestGenerationOfAWholePoolCounts(t *testing.T) {
	old, newer := slice("h200-0", "NVIDIA H200", 8, 1), slice("h200-0", "NVIDIA H200", 2, 2)
	half := slice("h200-1", "NVIDIA H200", 8, 1)
	half.Spec.Pool.ResourceSliceCount = 2
	w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{template("t", 1, onlyH200)}, Replicas: 9}
	for _, slices := range [][]*resourcev1.ResourceSlice{{newer, old, half}, {half, old, newer}} {
		if p := draFleet(slices, nil).Place(t.Context(), w, nil); p.Fit != 2 || p.Scarce.Exist != 2 {
			t.Errorf("%+v %+v", p, p.Scarce)
		}
	}
}

func TestADeviceThatManyNodesReachIsOne(t *testing.T) {
	remote := slice("", "NVIDIA H200", 3, 1)
	remote.Name, remote.Spec.Pool.Name, remote.Spec.NodeName, remote.Spec.AllNodes = "remote", "remote", nil, ptr.To(true)
	f := draFleet([]*resourcev1.ResourceSlice{remote}, nil, claim("x", "remote", 1))
	w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{template("t", 1, onlyH200)}, Replicas: 3}
	if p := f.Place(t.Context(), w, nil); p.Verdict != fleet.NoRoom || p.Fit != 2 || p.Scarce.Exist != 3 {
		t.Errorf("%+v %+v", p, p.Scarce)
	}
}

func TestAClaimOfTwoRequestsAndAConstraintIsAllocatedAsTheSchedulerDoes(t *testing.T) {
	c := template("t", 1, onlyH200)
	c.Spec.Spec.Devices.Requests = append(c.Spec.Spec.Devices.Requests, resourcev1.DeviceRequest{
		Name: "draft", FirstAvailable: []resourcev1.DeviceSubRequest{
			{Name: "small", DeviceClassName: "gpu.nvidia.com", Selectors: []resourcev1.DeviceSelector{cel(`device.attributes['gpu.nvidia.com'].productName == 'NVIDIA L4'`)}},
			{Name: "large", DeviceClassName: "gpu.nvidia.com", Count: 3},
		}})
	w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{c}, Replicas: 5}
	if p := draFleet(nil, nil).Place(t.Context(), w, nil); p.Fit != 4 { // 1+3 of each node's 8
		t.Errorf("%+v", p)
	}
}

func TestRequestsOfTheSameWordsAddUp(t *testing.T) {
	c := template("t", 3, onlyH200)
	another := c.Spec.Spec.Devices.Requests[0].DeepCopy()
	another.Name = "another"
	c.Spec.Spec.Devices.Requests = append(c.Spec.Spec.Devices.Requests, *another)
	w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{c}, Replicas: 3}
	p := draFleet(nil, nil).Place(t.Context(), w, nil)
	if p.Fit != 2 || p.Scarce.PerPod != 6 || p.Scarce.Left != 4 {
		t.Errorf("%+v %+v", p, p.Scarce)
	}
}

func TestAClaimThatCannotBeJudgedSaysWhy(t *testing.T) {
	unknownClass := template("t", 1)
	unknownClass.Spec.Spec.Devices.Requests[0].Exactly.DeviceClassName = "gpu.nvidia.con"
	for name, c := range map[string]struct {
		template resourcev1.ResourceClaimTemplate
		verdict  fleet.Verdict
		words    string
	}{
		"syntax":      {template("t", 1, cel(`device.attributes[`)), fleet.Unknown, `the selector "device.attributes[" is not CEL for a device`},
		"fails":       {template("t", 1, cel(`device.attributes['gpu.nvidia.com'].nosuch == 'x'`)), fleet.Unknown, "no such key: nosuch"},
		"too long":    {template("t", 1, cel(strings.Repeat("true || ", 2000)+"true")), fleet.Unknown, "a selector has 16004 characters, and 10240 are allowed"},
		"no class":    {unknownClass, fleet.NotEnough, "there is no DeviceClass gpu.nvidia.con; near to it is gpu.nvidia.com"},
		"no template": {template("other", 1), fleet.Unknown, "names the ResourceClaimTemplate t, which is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{c.template}, Replicas: 1}
			p := draFleet(nil, nil).Place(t.Context(), w, nil)
			if p.Verdict != c.verdict || !strings.Contains(p.Message, c.words) {
				t.Errorf("%s: %s", p.Verdict, p.Message)
			}
		})
	}
}

func TestWhereDevicesAreNotKnownAClaimIsUnknownAndAPodIsNot(t *testing.T) {
	f := fleet.New(fleet.State{Nodes: mixed()})
	w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{template("t", 1)}, Replicas: 1}
	if p := f.Place(t.Context(), w, nil); p.Verdict != fleet.Unknown || !strings.Contains(p.Message, "those of the cluster are not known") {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
	if p := f.Place(t.Context(), fleet.Workload{Pod: on(t, l4, "nvidia.com/gpu", 1), Replicas: 1}, nil); p.Verdict != fleet.Fits {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
}

// TestAnEndlessSearchIsGivenUp asks for devices that a constraint forbids: the search would try all orders.
func TestAnEndlessSearchIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := template("t", 8, onlyH200)
	c.Spec.Spec.Devices.Constraints = []resourcev1.DeviceConstraint{{MatchAttribute: ptr.To(resourcev1.FullyQualifiedName("gpu.nvidia.com/uuid"))}}
	w := fleet.Workload{Pod: claiming(t, "t"), Claims: []resourcev1.ResourceClaimTemplate{c}, Replicas: 1}
	p := draFleet(nil, nil).Place(ctx, w, nil)
	if p.Verdict != fleet.Unknown || !strings.Contains(p.Message, "took too long") {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
}

func TestAccessForAdministratorsTakesNothing(t *testing.T) {
	c := &resourcev1.ResourceClaim{Status: resourcev1.ResourceClaimStatus{Allocation: &resourcev1.AllocationResult{
		Devices: resourcev1.DeviceAllocationResult{Results: []resourcev1.DeviceRequestAllocationResult{
			{Driver: "gpu.nvidia.com", Pool: "p", Device: "gpu-0", AdminAccess: ptr.To(true)},
			{Driver: "gpu.nvidia.com", Pool: "p", Device: "gpu-1", ShareID: ptr.To[types.UID]("s")},
		}},
	}}}
	if got := fleet.ClaimOf(c); len(got.Devices) != 0 || len(got.Shares) != 1 {
		t.Errorf("%+v", got)
	}
}
