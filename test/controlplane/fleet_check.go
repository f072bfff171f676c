package controlplane

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// computeSlices is how many compute slices a GPU can be divided into.
const computeSlices = 7

// checkFleet returns all that is wrong with a fleet, with file and line.
func checkFleet(file string, fleet Fleet, lines []int) error {
	if len(fleet.Nodes) == 0 {
		return fmt.Errorf("%s: nodes: there are none; declare at least one kind of node", file)
	}
	var errs []error
	seen := map[string]bool{}
	for i, kind := range fleet.Nodes {
		problems := kind.problems()
		if seen[kind.Name] {
			problems = append(problems, "name: is taken by a kind of node above; names must differ")
		}
		seen[kind.Name] = true
		for _, problem := range problems {
			errs = append(errs, fmt.Errorf("%s:%d: nodes[%d] %q: %s", file, lines[i], i, kind.Name, problem))
		}
	}
	return errors.Join(errs...)
}

// problems are what is wrong with a kind of node, each with its field and how to
// mend it.
func (k NodeKind) problems() []string {
	var all []string
	add := func(wrong bool, format string, args ...any) {
		if wrong {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	add(len(validation.IsDNS1123Label(k.Name)) > 0, "name: must be lower case letters, digits and dashes, such as h100")
	add(k.Nodes < 0, "nodes: is %d; it must be at least 1", k.Nodes)
	add(k.GPUs < 0, "gpus: is %d; it must not be negative", k.GPUs)
	add(k.GPUs > 0 && k.Product == "", "product: is missing; name the GPU as the label nvidia.com/gpu.product does, such as NVIDIA-H100-80GB-HBM3")
	add(k.GPUs > 0 && k.MemoryMiB <= 0, "memoryMiB: is %d; it must be the memory of one GPU in MiB, such as 81559", k.MemoryMiB)
	add(k.GPUs == 0 && (k.Product != "" || k.MIG != nil || k.MemoryMiB != 0 || k.DRA || k.Sharing != nil), "gpus: is 0, but the other fields describe a GPU; set gpus, or remove product, memoryMiB, dra, mig and sharing")
	add(k.DRA && k.MIG != nil, "dra: goes with whole GPUs only; remove it, or mig")
	add(k.Sharing != nil && (k.DRA || k.MIG != nil), "sharing: goes with whole GPUs of the device plugin only; remove it, or dra and mig")
	add(k.Sharing != nil && k.sharers() < 2, "sharing.replicas: is %d; it must be at least 2; a GPU for one pod needs no sharing", k.sharers())
	add(strings.HasSuffix(k.Product, sharedSuffix), "product: %q is the label of a GPU that is shared; remove %s, and declare sharing: {replicas: 4}", k.Product, sharedSuffix)
	add(len(validation.IsValidLabelValue(k.Product)) > 0, "product: %q is not a label's value; spaces are written as dashes", k.Product)
	for _, q := range []struct{ field, value string }{{"cpu", k.CPU}, {"memory", k.Memory}} {
		_, err := resource.ParseQuantity(q.value)
		add(err != nil, "%s: %q is not a quantity, such as 192 or 2Ti", q.field, q.value)
	}
	if k.MIG != nil {
		all = append(all, k.MIG.problems(k)...)
	}
	return all
}

func (m MIG) problems(k NodeKind) []string {
	var all []string
	if m.Strategy != "mixed" && m.Strategy != "single" {
		all = append(all, fmt.Sprintf("mig.strategy: is %q; it must be mixed or single", m.Strategy))
	}
	if m.Strategy == "single" && len(m.Profiles) != 1 {
		all = append(all, fmt.Sprintf("mig.profiles: the strategy single takes one profile, and here are %d; take mixed", len(m.Profiles)))
	}
	if len(m.Profiles) == 0 && m.Strategy != "single" {
		all = append(all, "mig.profiles: there are none; give the number of slices of each, such as {1g.10gb: 7}")
	}
	compute, memory := 0, 0
	for _, name := range sortedKeys(m.Profiles) {
		profile, err := parseProfile(name)
		if err != nil {
			all = append(all, err.Error())
		}
		if m.Profiles[name] <= 0 {
			all = append(all, fmt.Sprintf("mig.profiles: %s: is %d; it must be at least 1", name, m.Profiles[name]))
		}
		compute += profile.compute * m.Profiles[name]
		memory += profile.gb * m.Profiles[name]
	}
	if most := computeSlices * k.GPUs; compute > most {
		all = append(all, fmt.Sprintf("mig.profiles: need %d compute slices, and %d GPUs have %d", compute, k.GPUs, most))
	}
	// Profiles are named by decimal gigabytes, rounded up: 80gb is a GPU of 81920 MiB.
	if most := k.GPUs * ((k.MemoryMiB + 1023) / 1024); memory > most {
		all = append(all, fmt.Sprintf("mig.profiles: need %d GB of memory, and %d GPUs have %d", memory, k.GPUs, most))
	}
	return all
}

// A profile is a size of MIG slice.
type profile struct{ compute, gb int }

// parseProfile reads a profile's name, such as 3g.40gb.
func parseProfile(name string) (profile, error) {
	var p profile
	n, err := fmt.Sscanf(name, "%dg.%dgb", &p.compute, &p.gb)
	if n != 2 || err != nil || name != p.String() || p.compute < 1 || p.compute > computeSlices || p.gb < 1 {
		return profile{}, fmt.Errorf("mig.profiles: %q is not a profile, such as 1g.10gb", strings.TrimSpace(name))
	}
	return p, nil
}

func (p profile) String() string { return fmt.Sprintf("%dg.%dgb", p.compute, p.gb) }

// memoryMiB is what GPU feature discovery reports for a slice: a little less
// than its name says (1g.10gb has 9728 MiB).
func (p profile) memoryMiB() int { return p.gb * 1024 * 95 / 100 }
