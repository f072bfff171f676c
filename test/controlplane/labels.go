package controlplane

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// nodeLabels are the labels of a node: the kubelet's, GPU feature discovery's
// and the fleet's own.
func (k NodeKind) nodeLabels(name string) map[string]string {
	labels := map[string]string{
		corev1.LabelHostname:           name,
		corev1.LabelOSStable:           "linux",
		corev1.LabelArchStable:         "amd64",
		corev1.LabelInstanceTypeStable: k.Name,
	}
	if k.GPUs > 0 {
		maps.Copy(labels, k.gpuLabels())
	}
	maps.Copy(labels, k.Labels)
	return labels
}

// sharedSuffix ends the product of a GPU that is time-sliced.
const sharedSuffix = "-SHARED"

// gpuLabels are what GPU feature discovery would write. The GPU operator sets the
// MIG strategy on every GPU node, whether its GPUs are divided or not, and its
// default is single.
func (k NodeKind) gpuLabels() map[string]string {
	labels := map[string]string{
		"nvidia.com/gpu.present":                "true",
		"nvidia.com/gpu.product":                k.Product,
		"nvidia.com/gpu.memory":                 strconv.Itoa(k.MemoryMiB),
		"nvidia.com/gpu.count":                  strconv.Itoa(k.GPUs),
		"nvidia.com/gpu.replicas":               "1",
		"nvidia.com/gpu.sharing-strategy":       "none",
		"nvidia.com/gpu.machine":                "simulated",
		"nvidia.com/gpu.mode":                   "compute",
		"nvidia.com/cuda.driver-version.major":  "580",
		"nvidia.com/cuda.runtime-version.major": "13",
		"nvidia.com/mig.capable":                "false",
		"nvidia.com/mig.strategy":               "single",
	}
	if g, ok := generationOf(k.Product); ok {
		labels["nvidia.com/gpu.family"] = g.family
		labels["nvidia.com/gpu.compute.major"], labels["nvidia.com/gpu.compute.minor"] = g.major, g.minor
		maps.Copy(labels, g.migLabels())
	}
	switch {
	case k.MIG != nil:
		maps.Copy(labels, k.migLabels())
	case k.Sharing != nil:
		maps.Copy(labels, k.sharingLabels())
	}
	return labels
}

// migLabels are those of a whole GPU, which may be capable of MIG.
func (g generation) migLabels() map[string]string {
	if !g.mig {
		return nil
	}
	return map[string]string{
		"nvidia.com/mig.capable":      "true",
		"nvidia.com/mig.config":       "all-disabled",
		"nvidia.com/mig.config.state": "success",
	}
}

// sharingLabels change those of whole GPUs. The count stays that of the GPUs.
func (k NodeKind) sharingLabels() map[string]string {
	return map[string]string{
		"nvidia.com/gpu.product":          k.Product + sharedSuffix,
		"nvidia.com/gpu.replicas":         strconv.Itoa(k.Sharing.Replicas),
		"nvidia.com/gpu.sharing-strategy": "time-slicing",
	}
}

// sharers is how many pods a GPU is for.
func (k NodeKind) sharers() int {
	if k.Sharing == nil {
		return 1
	}
	return k.Sharing.Replicas
}

// migLabels change those of whole GPUs. In slices, a GPU is offered no time.
func (k NodeKind) migLabels() map[string]string {
	labels := map[string]string{
		"nvidia.com/gpu.replicas":     "0",
		"nvidia.com/mig.capable":      "true",
		"nvidia.com/mig.strategy":     k.MIG.Strategy,
		"nvidia.com/mig.config":       "penstock",
		"nvidia.com/mig.config.state": "success",
	}
	for name, count := range k.MIG.Profiles {
		p, err := parseProfile(name)
		if err != nil {
			continue // a checked fleet has none
		}
		prefix := "nvidia.com/mig-" + name
		if k.MIG.Strategy == "single" {
			prefix = "nvidia.com/gpu"
		}
		labels[prefix+".product"] = k.Product + "-MIG-" + name
		labels[prefix+".count"] = strconv.Itoa(count)
		labels[prefix+".memory"] = strconv.Itoa(p.memoryMiB())
		labels[prefix+".replicas"] = "1"
		labels[prefix+".sharing-strategy"] = "none"
	}
	return labels
}

// A generation is what GPUs of one architecture have in common.
type generation struct {
	family, major, minor string
	mig                  bool
}

// generations are found by a word in the product's name.
var generations = map[string]generation{
	"T4": {"turing", "7", "5", false}, "A10": {"ampere", "8", "6", false}, "A10G": {"ampere", "8", "6", false},
	"A30": {"ampere", "8", "0", true}, "A100": {"ampere", "8", "0", true},
	"L4": {"ada-lovelace", "8", "9", false}, "L40": {"ada-lovelace", "8", "9", false}, "L40S": {"ada-lovelace", "8", "9", false},
	"H100": {"hopper", "9", "0", true}, "H200": {"hopper", "9", "0", true}, "GH200": {"hopper", "9", "0", true},
	"B200": {"blackwell", "10", "0", true}, "GB200": {"blackwell", "10", "0", true},
	"Blackwell": {"blackwell", "12", "0", true}, // RTX PRO 6000
}

func generationOf(product string) (generation, bool) {
	words := strings.Split(product, "-")
	i := slices.IndexFunc(words, func(word string) bool { return generations[word].family != "" })
	if i < 0 {
		return generation{}, false
	}
	return generations[words[i]], true
}
