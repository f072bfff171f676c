package render

import (
	"fmt"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
)

// TestFitsAreThoseOfGPUsThatMayBeChosen: memory beside products leaves those out that have less, and says how much
// one has that the catalogue does not know.
func TestFitsAreThoseOfGPUsThatMayBeChosen(t *testing.T) {
	for accelerator, want := range map[string]string{
		"{products: [NVIDIA-L4, NVIDIA-L40S], memory: 40Gi}":           "NVIDIA-L40S 46068",
		"{products: [NVIDIA-L4, NVIDIA-L40S]}":                         "NVIDIA-L4 23034, NVIDIA-L40S 46068",
		"{product: NVIDIA-Z9, memory: 40Gi}":                           "NVIDIA-Z9 40960",
		"{product: NVIDIA-H200-MIG-3g.71gb, memory: 65Gi}":             "NVIDIA-H200-MIG-3g.71gb 65536", // an inferred figure is no reason to refuse
		"{product: NVIDIA-Z9}":                                         "NVIDIA-Z9 0",
		"{product: NVIDIA-H100-80GB-HBM3, memory: 80G}":                "NVIDIA-H100-80GB-HBM3 81559",
		"{product: NVIDIA-GB200, memory: 180Gi}":                       "NVIDIA-GB200 189471",
		"{products: [NVIDIA-L4, NVIDIA-A100-SXM4-80GB], mig: 1g.10gb}": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb 9728",
		"{product: NVIDIA-H100-80GB-HBM3-MIG-3g.40gb}":                 "NVIDIA-H100-80GB-HBM3-MIG-3g.40gb 40192",
		"{product: NVIDIA-Z9, mig: 1g.10gb}":                           "NVIDIA-Z9 in slices of 1g.10gb 0",
	} {
		var got []string
		for _, f := range rendered(t, descriptor("", "", "accelerator: "+accelerator)).Fits {
			got = append(got, fmt.Sprint(f.Product.Name, " ", f.Product.MemoryMiB))
		}
		equal(t, accelerator, strings.Join(got, ", "), want)
	}
}

// TestUnfamiliarGPUsAreNamedWithTheNearest: a label that was guessed keeps the pod waiting for ever. Catalogues age, so
// it is not refused.
func TestUnfamiliarGPUsAreNamedWithTheNearest(t *testing.T) {
	for accelerator, want := range map[string]string{
		"{product: NVIDIA-L4}":                      "",
		"{product: NVIDIA-L4-SHARED, shared: true}": "",
		"{mig: 1g.10gb+me}":                         "",
		"{memory: 40Gi}":                            "",
		"{product: H100}":                           "spec.accelerator.product: H100 is not the label of a GPU that is known here; did you mean NVIDIA-H100-NVL, NVIDIA-H100-PCIe or NVIDIA-H100-80GB-HBM3?",
		"{products: [NVIDIA-L4, nvidia-l40]}":       "spec.accelerator.products[1]: nvidia-l40 is not the label of a GPU that is known here; did you mean NVIDIA-L40S?",
		"{product: H100-NVL-SHARED, shared: true}":  "spec.accelerator.product: H100-NVL-SHARED is not the label of a GPU that is known here; did you mean NVIDIA-H100-NVL?",
		"{product: AMD-Instinct}":                   "spec.accelerator.product: AMD-Instinct is not the label of a GPU that is known here; compare it with the labels of the nodes",
		"{mig: 1g.11gb}":                            "spec.accelerator.mig: 1g.11gb is not a profile of any GPU, as far as is known here; did you mean 1g.10gb?",
		"{product: NVIDIA-H200, mig: 1g.10gb}":      "spec.accelerator.mig: 1g.10gb is not a profile of NVIDIA-H200, as far as is known here; did you mean 1g.18gb?",
		"{product: NVIDIA-H200-MIG-1g.10gb}":        "spec.accelerator.product: NVIDIA-H200-MIG-1g.10gb is not the label of a GPU that is known here; did you mean NVIDIA-H200-MIG-1g.18gb?",
	} {
		o := rendered(t, descriptor("", "", "accelerator: "+accelerator))
		equal(t, accelerator, Unfamiliar(o.Descriptor).Error(), want)
	}
	equal(t, "without an accelerator", len(Unfamiliar(rendered(t, descriptor("", "")).Descriptor)), 0)
}

// TestReleasesThatSayNothingAreNotJudged: a digest alone, a tag that is no release, and the images of others, which
// are tagged as their owners like. A release is enough for what it can.
func TestReleasesThatSayNothingAreNotJudged(t *testing.T) {
	const nodes = "accelerator: {product: NVIDIA-L4, nodes: 2}"
	for _, image := range []string{
		"vllm/vllm-openai:v0.18.0", "vllm/vllm-openai:0.20.1-cu130", "vllm/vllm-openai:v1.0.0", "vllm/vllm-openai", "vllm/vllm-openai:latest", "vllm/vllm-openai:nightly-0.11.0",
		"vllm/vllm-openai@sha256:" + strings.Repeat("ab", 32), "registry.example.com:5000/team/serving:v0.3.1", "registry.example.com:5000/vllm-openai",
	} {
		rendered(t, strings.Replace(descriptor("", "", nodes), "vllm/vllm-openai:v0.18.0", `"`+image+`"`, 1))
	}
	rendered(t, strings.Replace(descriptor("", "", onGPU), "v0.18.0", "v0.9.0", 1))
}

// TestDownloadsReachTheirPorts: a model at a port of its own is not downloaded behind a policy that knows 443 alone.
func TestDownloadsReachTheirPorts(t *testing.T) {
	out := func(text string) string {
		var ports []string
		for _, port := range item[networkingv1.NetworkPolicy](t, rendered(t, text), "NetworkPolicy").Spec.Egress[1].Ports {
			ports = append(ports, fmt.Sprint(*port.Protocol, port.Port.String()))
		}
		return strings.Join(ports, " ")
	}
	equal(t, "the hub", out(descriptor("", "")), "TCP443")
	equal(t, "a host", out(served("custom", "https://models.example.com/m", "", "")), "TCP443")
	equal(t, "a port", out(served("custom", "https://models.example.com:9000/m", "", "")), "TCP443 TCP9000")
	equal(t, "443 itself", out(served("custom", "https://models.example.com:443/m", "", "")), "TCP443")
	equal(t, "several", out(served("vllm", "https://models.example.com:9000/m", prepared,
		", adapters: [{name: a, source: 'https://a.example.com:8443/a'}, {name: b, source: 'https://a.example.com:9000/b:1'}, {name: c, source: 'https://a.example.com/c:7'}]")), "TCP443 TCP8443 TCP9000")
	equal(t, "an image", out(served("vllm", "oci://registry.example.com:5000/org/model", "", "")), "TCP443")
}
