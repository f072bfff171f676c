package fleet_test

import (
	"fmt"
	"testing"

	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/penstock-dev/penstock/render/fleet"
)

// large is a cluster of 1,000 nodes and 10,000 pods; every other node has 8 H100, the others 8 devices.
func large(b *testing.B) (fleet.State, *fleet.Fleet) {
	b.Helper()
	var state fleet.State
	var slices []*resourcev1.ResourceSlice
	for i := range 1000 {
		name := fmt.Sprintf("node-%d", i)
		if i%2 == 0 {
			state.Nodes = append(state.Nodes, gpuNode(name, h100, "nvidia.com/gpu", 8))
		} else {
			state.Nodes = append(state.Nodes, draNode(name))
			slices = append(slices, slice(name, "NVIDIA H200", 8, 1))
			state.Claims = append(state.Claims, claim(fmt.Sprintf("%s-0", name), name, 0, 1, 2, 3))
		}
		for j := range 10 {
			p := pod(fmt.Sprintf("%s-%d", name, j), name, 0)
			p.UID = types.UID(p.Name)
			if i%2 == 0 && j == 0 {
				p.Requests["nvidia.com/gpu"] = 4
			}
			state.Pods = append(state.Pods, p)
		}
	}
	state.Devices = fleet.NewDevices(slices, []*resourcev1.DeviceClass{class()})
	return state, fleet.New(state)
}

func BenchmarkPlace(b *testing.B) {
	_, f := large(b)
	claims := []resourcev1.ResourceClaimTemplate{template("t", 4, onlyH200), template("none", 5, onlyH200)}
	for _, c := range []struct {
		name string
		w    fleet.Workload
		want fleet.Verdict
	}{
		{"spare", fleet.Workload{Pod: on(b, h100, "nvidia.com/gpu", 4), Replicas: 1}, fleet.Fits},
		{"full", fleet.Workload{Pod: on(b, h100, "nvidia.com/gpu", 8), Replicas: 8}, fleet.NoRoom},
		{"no such label", fleet.Workload{Pod: on(b, "NVIDIA-H100-80GB", "nvidia.com/gpu", 8), Replicas: 8}, fleet.NoSuchNode},
		{"devices, spare", fleet.Workload{Pod: claiming(b, "t"), Claims: claims, Replicas: 1}, fleet.Fits},
		{"devices, full", fleet.Workload{Pod: claiming(b, "none"), Claims: claims, Replicas: 8}, fleet.NoRoom},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p := f.Place(b.Context(), c.w, nil); p.Verdict != c.want {
					b.Fatalf("%s: %s", p.Verdict, p.Message)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	state, _ := large(b)
	b.ReportAllocs()
	for b.Loop() {
		fleet.New(state)
	}
}

// BenchmarkFirstClaim is a Place that has to evaluate its CEL on all 4,000 devices.
func BenchmarkFirstClaim(b *testing.B) {
	state, _ := large(b)
	w := fleet.Workload{Pod: claiming(b, "t"), Claims: []resourcev1.ResourceClaimTemplate{template("t", 4, onlyH200)}, Replicas: 1}
	var slices []*resourcev1.ResourceSlice
	for i := 1; i < 1000; i += 2 {
		slices = append(slices, slice(fmt.Sprintf("node-%d", i), "NVIDIA H200", 8, 1))
	}
	for b.Loop() {
		state.Devices = fleet.NewDevices(slices, []*resourcev1.DeviceClass{class()})
		fleet.New(state).Place(b.Context(), w, nil)
	}
}
