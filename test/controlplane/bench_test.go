package controlplane_test

import (
	"testing"

	"github.com/penstock-dev/penstock/test/controlplane"
)

// Each round needs a control plane of its own, so take -benchtime=1x.

func BenchmarkFleetOfAThousandNodes(b *testing.B) {
	fleet, err := controlplane.ParseFleet("f.yaml", []byte(`
nodes:
- {name: h100, nodes: 600, product: NVIDIA-H100-80GB-HBM3, gpus: 8, memoryMiB: 81559, taint: true}
- {name: l4, nodes: 300, product: NVIDIA-L4, gpus: 4, memoryMiB: 23034, taint: true, sharing: {replicas: 4}}
- {name: h200, nodes: 100, product: NVIDIA-H200, gpus: 8, memoryMiB: 143771, taint: true, dra: true}
`))
	if err != nil {
		b.Fatal(err)
	}
	onNewControlPlanes(b, func(cp *controlplane.ControlPlane) error {
		return controlplane.ApplyFleet(b.Context(), cp.RESTConfig(), fleet)
	})
}

func BenchmarkInstallCRDs(b *testing.B) {
	onNewControlPlanes(b, func(cp *controlplane.ControlPlane) error {
		return cp.InstallCRDs(b.Context(), controlplane.AllCRDs()...)
	})
}

// onNewControlPlanes measures work alone, each time on an empty control plane.
func onNewControlPlanes(b *testing.B, work func(*controlplane.ControlPlane) error) {
	for range b.N {
		b.StopTimer()
		cp, err := controlplane.Start(b.Context(), controlplane.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		err = work(cp)
		b.StopTimer()
		if err := cp.Stop(); err != nil {
			b.Error(err)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
