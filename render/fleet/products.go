package fleet

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
)

// ProductUse is how much of one kind of GPU there is, and how much of that is used.
type ProductUse struct {
	// Product is the GPU, as its nodes are labelled or its driver names it; empty where neither does.
	Product string
	// Resource is what it is asked for by: nvidia.com/gpu, nvidia.com/mig-1g.10gb, or the DeviceClass.
	Resource string
	// Device says that Resource is a DeviceClass of dynamic resource allocation.
	Device bool
	// Allocatable is how many there are on all nodes, Used how many pods or claims have.
	Allocatable, Used int64
}

type productKey struct {
	product, resource string
	device            bool
}

// Products are the GPUs of the fleet, MIG slices and devices included, by product and resource. A device that
// several classes match counts with each of them. Of a nil fleet there are none.
func (f *Fleet) Products() []ProductUse {
	if f == nil {
		return nil
	}
	uses := map[productKey]*ProductUse{}
	count := func(key productKey, allocatable, used int64) {
		if uses[key] == nil {
			uses[key] = &ProductUse{Product: key.product, Resource: key.resource, Device: key.device}
		}
		uses[key].Allocatable = plus(uses[key].Allocatable, allocatable)
		uses[key].Used = plus(uses[key].Used, used)
	}
	for _, n := range f.nodes {
		for name, allocatable := range n.Allocatable {
			if isGPU(string(name)) {
				count(productKey{n.product(), string(name), false}, allocatable, n.used[corev1.ResourceName(name)])
			}
		}
	}
	f.countDevices(count)
	all := make([]ProductUse, 0, len(uses))
	for _, use := range uses {
		all = append(all, *use)
	}
	slices.SortFunc(all, func(a, b ProductUse) int {
		return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Resource, b.Resource))
	})
	return all
}

// countDevices counts the devices of each class. A class whose selectors fail on a device does not match it.
func (f *Fleet) countDevices(count func(productKey, int64, int64)) {
	if f.devices == nil {
		return
	}
	taken := f.taken(owned{})
	for _, class := range f.devices.classes {
		selectors, err := selectorsOf(class, &resourcev1.ExactDeviceRequest{})
		if err != nil {
			continue
		}
		a := newAsk(class, selectors, 1)
		for _, dev := range f.devices.all() {
			if match, err := f.devices.matches(context.Background(), a, dev); err != nil || !match {
				continue
			}
			used := int64(0)
			if taken.AllocatedDevices.Has(dev.id) || taken.AggregatedCapacity[dev.id] != nil {
				used = 1
			}
			count(productKey{dev.product(), class.Name, true}, 1, used)
		}
	}
}
