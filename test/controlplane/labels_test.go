package controlplane

import (
	"maps"
	"testing"
)

func TestNodeLabelsAndResources(t *testing.T) {
	for _, c := range []struct {
		name, field string
		resources   map[string]int
		labels      map[string]string
	}{
		{"whole GPUs", "", map[string]int{"nvidia.com/gpu": 8}, map[string]string{
			"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.memory": "81920", "nvidia.com/gpu.count": "8",
			"nvidia.com/gpu.family": "ampere", "nvidia.com/gpu.compute.major": "8", "nvidia.com/mig.capable": "true", "nvidia.com/mig.strategy": "single",
			"nvidia.com/mig.config": "all-disabled", "nvidia.com/gpu.replicas": "1", "nvidia.com/gpu.sharing-strategy": "none",
		}},
		{"shared", "sharing: {replicas: 4}", map[string]int{"nvidia.com/gpu": 32}, map[string]string{
			"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-SHARED", "nvidia.com/gpu.memory": "81920", "nvidia.com/gpu.count": "8",
			"nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.sharing-strategy": "time-slicing", "nvidia.com/mig.config": "all-disabled",
		}},
		{"devices", "dra: true", nil, map[string]string{"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.count": "8"}},
		{"mixed", "mig: {strategy: mixed, profiles: {1g.10gb: 14, 3g.40gb: 4}}",
			map[string]int{"nvidia.com/gpu": 0, "nvidia.com/mig-1g.10gb": 14, "nvidia.com/mig-3g.40gb": 4}, map[string]string{
				"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.count": "8", "nvidia.com/mig.strategy": "mixed",
				"nvidia.com/gpu.replicas": "0", "nvidia.com/mig.config": "penstock", "nvidia.com/mig-1g.10gb.replicas": "1",
				"nvidia.com/mig-1g.10gb.count": "14", "nvidia.com/mig-1g.10gb.memory": "9728",
				"nvidia.com/mig-3g.40gb.product": "NVIDIA-A100-SXM4-80GB-MIG-3g.40gb",
			}},
		{"single", "mig: {strategy: single, profiles: {1g.10gb: 56}}", map[string]int{"nvidia.com/gpu": 56}, map[string]string{
			"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb", "nvidia.com/gpu.count": "56",
			"nvidia.com/gpu.memory": "9728", "nvidia.com/mig.strategy": "single", "nvidia.com/gpu.replicas": "1",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := "nodes:\n- name: a\n  product: NVIDIA-A100-SXM4-80GB\n  gpus: 8\n  memoryMiB: 81920\n  labels: {zone: b}\n"
			if c.field != "" {
				content += "  " + c.field + "\n"
			}
			fleet, err := ParseFleet("f.yaml", []byte(content))
			if err != nil {
				t.Fatal(err)
			}
			if got := fleet.Nodes[0].gpuResources(); !maps.Equal(got, c.resources) {
				t.Errorf("resources: got %v, want %v", got, c.resources)
			}
			labels := fleet.Nodes[0].nodeLabels("a-0")
			c.labels["zone"], c.labels["kubernetes.io/hostname"] = "b", "a-0"
			for label, want := range c.labels {
				if labels[label] != want {
					t.Errorf("label %s: got %q, want %q", label, labels[label], want)
				}
			}
		})
	}
}

func TestProductNameOfADeviceIsAsTheDriverWritesIt(t *testing.T) {
	for label, want := range map[string]string{
		"NVIDIA-H100-80GB-HBM3": "NVIDIA H100 80GB HBM3",
		"NVIDIA-A100-SXM4-80GB": "NVIDIA A100-SXM4-80GB",
		"NVIDIA-A100-PCIE-40GB": "NVIDIA A100-PCIE-40GB",
		"NVIDIA-A100-80GB-PCIe": "NVIDIA A100 80GB PCIe",
		"NVIDIA-L4":             "NVIDIA L4",
	} {
		if got := (NodeKind{Product: label}).productName(); got != want {
			t.Errorf("%s: got %q, want %q", label, got, want)
		}
	}
}
