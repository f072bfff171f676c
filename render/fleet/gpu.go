package fleet

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/structured"
)

// LabelProduct is the label in which NVIDIA's GPU feature discovery writes the product.
const LabelProduct = "nvidia.com/gpu.product"

// labelProductAMD is that of AMD's node labeller.
const labelProductAMD = "amd.com/gpu.product-name"

// labelSharing is how the pods on a node share its GPUs.
const labelSharing = "nvidia.com/gpu.sharing-strategy"

// vendors begin the names of resources that are GPUs, or parts of them.
var vendors = []string{"nvidia.com/gpu", "nvidia.com/mig-", "amd.com/gpu", "gpu.intel.com/", "habana.ai/gaudi"}

func isGPU(resource string) bool {
	return slices.ContainsFunc(vendors, func(v string) bool { return strings.HasPrefix(resource, v) })
}

// product is the GPU of a node, where it is labelled.
func (n *Node) product() string { return cmp.Or(n.Labels[LabelProduct], n.Labels[labelProductAMD]) }

// product is the GPU that a device is, by the attribute of NVIDIA's driver, or of any other of that name.
func (d device) product() string {
	for _, name := range []string{"productName", d.slice.Spec.Driver + "/productName"} {
		if a := d.Attributes[resourcev1.QualifiedName(name)]; a.StringValue != nil {
			return *a.StringValue
		}
	}
	return ""
}

// products are the GPUs that a thing is about.
func (p *packing) products(ctx context.Context, t thing) ([]string, error) {
	found := map[string]bool{}
	for _, b := range p.bins {
		if t.ask == nil {
			found[b.product()] = isGPU(t.name) && b.Allocatable[corev1.ResourceName(t.name)] > 0 || found[b.product()]
			continue
		}
		err := p.devices.each(ctx, b.node, t.ask, func(dev device) { found[dev.product()] = true })
		if err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(found, func(name string, is bool) bool { return name == "" || !is })
	return slices.Sorted(maps.Keys(found)), nil
}

// seen are devices that were counted: one that several nodes reach is one.
type seen map[structured.DeviceID]bool

// devicesOf counts the devices of a node that are asked for.
func (p *packing) devicesOf(ctx context.Context, b *bin, a *ask, seen seen) (free, exist int64, err error) {
	err = p.devices.each(ctx, b.node, a, func(dev device) {
		if seen[dev.id] {
			return
		}
		seen[dev.id] = true
		exist++
		if !p.isTaken(dev) {
			free++
		}
	})
	return free, exist, err
}
