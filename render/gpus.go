package render

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render/fit"
)

// gpusOf are the GPUs, or slices of them, that a request may get, as far as it names them.
func gpusOf(a *v1alpha1.Accelerator) []fit.Product {
	var all []fit.Product
	for _, name := range productsOf(a) {
		if never(a, name) == nil {
			all = append(all, gpuNamed(a, name))
		}
	}
	switch {
	case len(all) > 0:
	case a.Product != "" || len(a.Products) > 0:
		for _, name := range productsOf(a) { // none of them can be; see support.products
			all = append(all, gpuNamed(a, name))
		}
	case a.Memory != nil:
		all = append(all, fit.Generic(a.Memory.Value()>>20))
	case a.MIG != "":
		all = append(all, smallestSlice(a.MIG))
	default:
		all = append(all, fit.Product{Name: "any device of " + deviceClass(a)})
	}
	for i := range all {
		all[i].Shared = all[i].Shared || a.Shared
	}
	return all
}

// gpuNamed is a product, or its slice. Of one that is not known the request may say the memory.
func gpuNamed(a *v1alpha1.Accelerator, name string) fit.Product {
	product, known := fit.ProductNamed(name)
	switch {
	case known:
	case a.Memory != nil && a.MIG == "":
		product = fit.Generic(a.Memory.Value() >> 20)
		product.Name = name
	default:
		product = fit.Product{Name: name}
	}
	return sliceOf(product, a.MIG)
}

// sliceOf is a MIG slice of a product, or the product itself without a profile.
func sliceOf(product fit.Product, profile string) fit.Product {
	if profile == "" {
		return product
	}
	if slice, known := product.Slice(profile); known {
		return slice
	}
	return fit.Product{Name: product.Name + " in slices of " + profile, Profile: profile}
}

// smallestSlice is the slice of a profile with the least memory: which product it will be of is not known.
func smallestSlice(profile string) fit.Product {
	smallest := fit.Product{Name: "a slice of " + profile, Profile: profile}
	for _, product := range fit.Products() {
		slice, has := product.Slice(profile)
		if has && (smallest.UsableBytes == 0 || slice.UsableBytes < smallest.UsableBytes) {
			smallest = slice
		}
	}
	return smallest
}

// impossible is why no node can ever offer what a request asks for.
type impossible struct{ field, message, mend string }

// never says why a request cannot be met by a product, if the catalogue is sure of it: it has too little memory, or
// is not cut into slices. The label of a node says less than what people call the GPU: 81559 MiB for 80 GB, and
// 80Gi are 81920.
func never(a *v1alpha1.Accelerator, name string) *impossible {
	product, known := fit.ProductNamed(name)
	isSlice := strings.Contains(name, "-MIG-")
	switch {
	case a.MIG != "" && isSlice:
		return &impossible{"mig", fmt.Sprintf("nodes whose GPUs are %s offer each slice as %s, and not by its profile", name, resourceGPU), "delete mig; the product says it"}
	case a.MIG != "" && known && len(product.Slices) == 0:
		return &impossible{"mig", name + " cannot be cut into slices", "delete mig, or name a GPU that can, as in NVIDIA-A100-SXM4-80GB"}
	case a.Memory == nil || !known || product.Estimated || a.Memory.Value()>>20 <= product.MemoryMiB:
		return nil
	}
	text := a.Memory.String()
	return &impossible{"memory", fmt.Sprintf("nodes with %s say that it has %d MiB, and %s are %d MiB", name, product.MemoryMiB, text, a.Memory.Value()>>20), "write " + atMost(text, product.MemoryMiB)}
}

// atMost is an amount of memory, near to the one that was written, that a GPU of a label has.
func atMost(written string, mib int64) string {
	if decimal, binary := strings.CutSuffix(written, "Gi"); binary {
		if q, err := resource.ParseQuantity(decimal + "G"); err == nil && q.Value()>>20 <= mib {
			return decimal + "G"
		}
	}
	return fmt.Sprintf("%dGi or less", mib>>10)
}
