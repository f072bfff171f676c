package fit

import (
	"fmt"
	"strings"
)

// Product is a kind of GPU, or a MIG slice of one, as an nvidia.com/gpu.product label names it.
type Product struct {
	// Name is the value of the label.
	Name string `json:"name"`
	// Family is the value of nvidia.com/gpu.family.
	Family string `json:"family,omitempty"`
	// MemoryMiB is the value of nvidia.com/gpu.memory, in MiB.
	MemoryMiB int64 `json:"memoryMiB"`
	// UsableBytes is the memory that CUDA sees, which is a little less.
	UsableBytes int64 `json:"usableBytes"`
	// Profile is the MIG profile, such as 1g.10gb, if the product is a slice.
	Profile string `json:"profile,omitempty"`
	// Count is how many slices of the Profile a GPU has at most.
	Count int32 `json:"count,omitempty"`
	// Shared says that several pods take turns on the GPU, which isolates no memory.
	Shared bool `json:"shared,omitempty"`
	// Estimated says that the memory was not seen on a node but inferred.
	Estimated bool `json:"estimated,omitempty"`
	// Source says where the figures are from.
	Source string `json:"source,omitempty"`
	// Slices are the MIG profiles that the GPU can be cut into.
	Slices []Product `json:"-"`
}

// Tier is the class of GPU by which engines choose how much they do at once.
type Tier string

const (
	// Large: 70 GiB or more and no A100.
	Large Tier = "large"
	// Other is every other GPU.
	Other Tier = "other"
)

// Tier is the product's class, by vLLM's rule (engine/arg_utils.py), which looks at the memory and the name.
func (p Product) Tier() Tier {
	if p.UsableBytes >= 70*gibibyte && !strings.Contains(strings.ToLower(p.Name), "a100") {
		return Large
	}
	return Other
}

// Generic is a GPU of which only the memory is known, in MiB, as nvidia.com/gpu.memory says it.
func Generic(memoryMiB int64) Product {
	return Product{Name: fmt.Sprintf("a GPU with %d MiB", memoryMiB), MemoryMiB: memoryMiB, UsableBytes: usable(memoryMiB)}
}

const (
	mebibyte = 1 << 20
	// On H100 CUDA sees 79.18 GiB of the 81559 MiB that the label says. The difference does not shrink much
	// with the GPU: T4 shows 14.56 GiB of 15360 MiB, and L40S 44.53 GiB of 46068 MiB. It grows on larger ones:
	// so both the share and the amount are kept back, whichever is more.
	unseenShare = 1 - 79.18*1024/81559
	unseenMiB   = 81559 - 79.18*1024
)

// usable is the memory that CUDA sees of what the label says.
func usable(memoryMiB int64) int64 {
	all := times(memoryMiB, mebibyte)
	return minus(all, max(scaled(all, unseenShare), scaled(mebibyte, unseenMiB)))
}

// Slice is the product's slice of a MIG profile, such as 1g.10gb. A profile with media extensions, which
// labels write as 1g.10gb.me and nvidia-smi as 1g.10gb+me, has the memory of the one without.
func (p Product) Slice(profile string) (Product, bool) {
	plain := strings.TrimSuffix(strings.TrimSuffix(profile, ".me"), "+me")
	for _, slice := range p.Slices {
		if slice.Profile == plain {
			slice.Name = p.Name + "-MIG-" + strings.ReplaceAll(profile, "+", ".")
			slice.Profile = profile
			return slice, true
		}
	}
	return Product{}, false
}

// ProductNamed returns the product that a label names. The label is matched to the letter, as the scheduler
// does. It understands what GPU feature discovery appends: -MIG-<profile> for a slice and
// -SHARED for a GPU that pods share.
func ProductNamed(label string) (Product, bool) {
	whole, shared := strings.CutSuffix(label, "-SHARED")
	name, profile, sliced := strings.Cut(whole, "-MIG-")
	for _, product := range catalogue().products {
		if product.Name != name {
			continue
		}
		found := true
		if sliced {
			product, found = product.Slice(profile)
		}
		if shared {
			product.Name, product.Shared = label, true
		}
		return product, found
	}
	return Product{}, false
}

// Products returns the catalogue of GPUs, those with the most memory first. Their slices are in Slices.
func Products() []Product {
	products := make([]Product, len(catalogue().products))
	copy(products, catalogue().products)
	return products
}
