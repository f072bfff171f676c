package fleet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	resourcev1 "k8s.io/api/resource/v1"

	"github.com/penstock-dev/penstock/render/fleet"
)

func TestProductsAreCountedByProductSliceAndDevice(t *testing.T) {
	mig := pod("m", "mig-0", 0)
	mig.Requests = fleet.Amounts{"nvidia.com/mig-1g.10gb": 3}
	f := fleet.New(fleet.State{
		Nodes:   append(mixed(), draNode("h200-0")),
		Pods:    append(full, mig),
		Devices: fleet.NewDevices([]*resourcev1.ResourceSlice{slice("h200-0", "NVIDIA H200", 8, 1)}, []*resourcev1.DeviceClass{class()}),
		Claims:  []fleet.Claim{claim("x", "h200-0", 0, 1)},
	})
	want := []fleet.ProductUse{
		{Product: "NVIDIA H200", Resource: "gpu.nvidia.com", Device: true, Allocatable: 8, Used: 2},
		{Product: a100, Resource: "nvidia.com/gpu", Allocatable: 8, Used: 8},
		{Product: a100, Resource: "nvidia.com/mig-1g.10gb", Allocatable: 14, Used: 3},
		{Product: h100, Resource: "nvidia.com/gpu", Allocatable: 16, Used: 11},
		{Product: l4, Resource: "nvidia.com/gpu", Allocatable: 8},
	}
	if diff := cmp.Diff(want, f.Products()); diff != "" {
		t.Error(diff)
	}
}
