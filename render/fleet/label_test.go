package fleet_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/render/fleet"
)

func quantity(s string) *resource.Quantity {
	q := resource.MustParse(s)
	return &q
}

func TestALabelThatNoNodeHasIsReportedWithTheNearest(t *testing.T) {
	for value, want := range map[string]string{
		"NVIDIA-H100-80GB":             "no node has nvidia.com/gpu.product=NVIDIA-H100-80GB; the nearest value is NVIDIA-H100-80GB-HBM3",
		"nvidia_h100-80gb-hbm3":        "no node has nvidia.com/gpu.product=nvidia_h100-80gb-hbm3; the nearest value is NVIDIA-H100-80GB-HBM3",
		"H100":                         "no node has nvidia.com/gpu.product=H100; the nearest value is NVIDIA-H100-80GB-HBM3",
		"NVIDIA-A100-SXM4-40GB":        "no node has nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB; the nearest value is NVIDIA-A100-SXM4-80GB",
		"NVIDIA-L40S":                  "no node has nvidia.com/gpu.product=NVIDIA-L40S; the nearest value is NVIDIA-L4",
		"MI300X":                       "no node has nvidia.com/gpu.product=MI300X; there is NVIDIA-A100-SXM4-80GB, NVIDIA-H100-80GB-HBM3 and NVIDIA-L4",
		"NVIDIA-H100-80GB-HBM3-SHARED": "no node has nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3-SHARED; the nearest value is NVIDIA-H100-80GB-HBM3",
	} {
		p := place(t, mixed(), nil, fleet.Workload{Pod: on(t, value, "nvidia.com/gpu", 1), Replicas: 1})
		if p.Verdict != fleet.NoSuchNode || p.Message != want || len(p.Unmatched) != 1 || p.Unmatched[0].Value != value {
			t.Errorf("%s:\n got %s\nwant %s", p.Verdict, p.Message, want)
		}
	}
}

// affine is the spec of a pod with one required expression.
func affine(t *testing.T, expression string) corev1.PodSpec {
	t.Helper()
	return spec(t, fmt.Sprintf(`
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [%s]}]}}}
tolerations: [{operator: Exists}]
containers: [{name: c, image: i}]
`, expression))
}

func TestAffinityIsExplainedAsSelectorsAre(t *testing.T) {
	for expression, want := range map[string]string{
		`{key: nvidia.com/gpu.memory, operator: Gt, values: ["90000"]}`:                                                                  "no node has nvidia.com/gpu.memory > 90000; the nearest value is 81559",
		`{key: nvidia.com/gpu.memory, operator: Lt, values: ["100"]}`:                                                                    "no node has nvidia.com/gpu.memory < 100; the nearest value is 81559",
		`{key: nvidia.com/gpu.products, operator: Exists}`:                                                                               "no node has the label nvidia.com/gpu.products; the nearest label is nvidia.com/gpu.product",
		`{key: example.com/rack, operator: In, values: [r1]}`:                                                                            "no node has the label example.com/rack=r1",
		`{key: zone, operator: NotIn, values: [a]}`:                                                                                      "each label is there, but no node has all that are asked for: zone not in (a)",
		`{key: kubernetes.io/hostname, operator: DoesNotExist}`:                                                                          "each label is there, but no node has all that are asked for: no kubernetes.io/hostname",
		`{key: zone, operator: In, values: [b, c]}`:                                                                                      "no node has zone=b; there is a",
		`{key: nvidia.com/gpu.product, operator: In, values: [NVIDIA-L4]}, {key: kubernetes.io/hostname, operator: In, values: [cpu-0]}`: "each label is there, but no node has all that are asked for: nvidia.com/gpu.product=NVIDIA-L4, kubernetes.io/hostname=cpu-0",
	} {
		p := place(t, mixed(), nil, fleet.Workload{Pod: affine(t, expression), Replicas: 1})
		if p.Verdict != fleet.NoSuchNode || p.Message != want {
			t.Errorf("%s: %s:\n got %s\nwant %s", expression, p.Verdict, p.Message, want)
		}
	}
}

func TestOneMisspeltProductOfSeveralIsReportedThoughItFits(t *testing.T) {
	w := fleet.Workload{Pod: affine(t, `{key: nvidia.com/gpu.product, operator: In, values: [NVIDIA-L4, NVIDIA-H200]}`), Replicas: 1}
	p := place(t, mixed(), nil, w)
	if p.Verdict != fleet.Fits || len(p.Unmatched) != 1 || p.Unmatched[0].Value != "NVIDIA-H200" {
		t.Errorf("%+v", p)
	}
	w = fleet.Workload{Pod: affine(t, `{key: nvidia.com/gpu.memory, operator: Gt, values: ["40000"]}`), Replicas: 1}
	if p := place(t, mixed(), nil, w); p.Verdict != fleet.Fits || len(p.Unmatched) != 0 {
		t.Errorf("%+v", p)
	}
}

func TestAnAffinityThatCannotBeUnderstoodIsUnknown(t *testing.T) {
	p := place(t, mixed(), nil, fleet.Workload{Pod: affine(t, `{key: zone, operator: Like, values: [a]}`), Replicas: 1})
	if p.Verdict != fleet.Unknown || p.Message == "" {
		t.Errorf("%+v", p)
	}
}
