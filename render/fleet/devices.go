package fleet

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	resourcev1 "k8s.io/api/resource/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/dynamic-resource-allocation/cel"
	"k8s.io/dynamic-resource-allocation/structured"
)

// features are what Kubernetes 1.37 has on by default. An API server that has one of them off drops its fields,
// so that it makes no difference.
var features = structured.Features{
	AdminAccess: true, ConsumableCapacity: true, DeviceBindingAndStatus: true, DeviceTaints: true,
	FractionalCapacityRange: true, PartitionableDevices: true, PrioritizedList: true,
}

// expressions is how many compiled CEL selectors are kept.
const expressions = 100

// Devices are what the drivers of dynamic resource allocation offer, and the classes they are asked for by.
// They never change, remember which device matches which selector, and are best kept from one Fleet to the
// next while slices and classes stay the same.
type Devices struct {
	classes map[string]*resourcev1.DeviceClass
	pools   []*pool
	ofNode  map[string][]*pool // those of one node alone
	shared  []*pool            // those that several nodes may reach
	cel     *cel.Cache

	mu    sync.Mutex
	memos map[string]map[*resourcev1.Device]bool // by what is asked for: whether the device matches
}

// pool is the newest generation of a pool.
type pool struct {
	driver, name string
	slices       []*resourcev1.ResourceSlice
	devices      []device
	complete     bool
}

// device is one that may be allocated.
type device struct {
	*resourcev1.Device
	id    structured.DeviceID
	slice *resourcev1.ResourceSlice
}

// NewDevices makes Devices of ResourceSlices and DeviceClasses, which must not be changed after. Slices of an
// older generation than their pool's newest do not count, nor do the devices of a pool that lacks a slice.
func NewDevices(resourceSlices []*resourcev1.ResourceSlice, classes []*resourcev1.DeviceClass) *Devices {
	d := &Devices{
		classes: map[string]*resourcev1.DeviceClass{}, ofNode: map[string][]*pool{}, memos: map[string]map[*resourcev1.Device]bool{},
		cel: cel.NewCache(expressions, cel.Features{EnableConsumableCapacity: features.ConsumableCapacity}),
	}
	for _, class := range classes {
		d.classes[class.Name] = class
	}
	d.pools = newest(resourceSlices)
	for _, p := range d.pools {
		p.complete = int64(len(p.slices)) == p.slices[0].Spec.Pool.ResourceSliceCount
		p.list()
		if node, alone := p.node(); alone {
			d.ofNode[node] = append(d.ofNode[node], p)
		} else {
			d.shared = append(d.shared, p)
		}
	}
	return d
}

// newest groups slices to pools, in the order of their names, and drops what is out of date.
func newest(resourceSlices []*resourcev1.ResourceSlice) []*pool {
	type key struct{ driver, name string }
	byKey := map[key]*pool{}
	for _, slice := range resourceSlices {
		k := key{slice.Spec.Driver, slice.Spec.Pool.Name}
		p := byKey[k]
		if p == nil {
			p = &pool{driver: k.driver, name: k.name}
			byKey[k] = p
		}
		switch {
		case len(p.slices) == 0 || slice.Spec.Pool.Generation > p.slices[0].Spec.Pool.Generation:
			p.slices = []*resourcev1.ResourceSlice{slice}
		case slice.Spec.Pool.Generation == p.slices[0].Spec.Pool.Generation:
			p.slices = append(p.slices, slice)
		}
	}
	pools := make([]*pool, 0, len(byKey))
	for _, p := range byKey {
		slices.SortFunc(p.slices, func(a, b *resourcev1.ResourceSlice) int { return cmp.Compare(a.Name, b.Name) })
		pools = append(pools, p)
	}
	slices.SortFunc(pools, func(a, b *pool) int {
		return cmp.Or(cmp.Compare(a.driver, b.driver), cmp.Compare(a.name, b.name))
	})
	return pools
}

func (p *pool) list() {
	for _, slice := range p.slices {
		for i := range slice.Spec.Devices {
			d := &slice.Spec.Devices[i]
			p.devices = append(p.devices, device{Device: d, id: structured.MakeDeviceID(p.driver, p.name, d.Name), slice: slice})
		}
	}
}

// node is the one that all devices of the pool are on.
func (p *pool) node() (name string, alone bool) {
	for _, slice := range p.slices {
		if len(slice.Spec.SharedCounters) > 0 {
			continue // it has no devices, only what those of other slices share
		}
		on := slice.Spec.NodeName
		if on == nil || *on == "" || (name != "" && name != *on) {
			return "", false
		}
		name = *on
	}
	return name, name != ""
}

// reach are the pools whose devices a node may have.
func (d *Devices) reach(node string) []*pool {
	own := d.ofNode[node]
	return append(own[:len(own):len(own)], d.shared...)
}

// all are the devices of pools that are complete.
func (d *Devices) all() []device {
	var all []device
	for _, p := range d.pools {
		if p.complete {
			all = append(all, p.devices...)
		}
	}
	return all
}

// slices are those of the pools that a node may reach.
func (d *Devices) slices(node string) []*resourcev1.ResourceSlice {
	var all []*resourcev1.ResourceSlice
	for _, p := range d.reach(node) {
		all = append(all, p.slices...)
	}
	return all
}

// isOn says whether a node may use the device.
func (d *device) isOn(n *node) bool {
	name, all, selector := d.slice.Spec.NodeName, d.slice.Spec.AllNodes, d.slice.Spec.NodeSelector
	if of := d.slice.Spec.PerDeviceNodeSelection; of != nil && *of {
		name, all, selector = d.NodeName, d.AllNodes, d.NodeSelector
	}
	if name != nil && *name != "" {
		return *name == n.Name
	}
	on, err := structured.NodeMatches(features, n.object(), "", all != nil && *all, selector)
	return err == nil && on
}

// lister gives the classes to the scheduler's library.
type lister map[string]*resourcev1.DeviceClass

// List gives all of them.
func (l lister) List() ([]*resourcev1.DeviceClass, error) {
	return slices.Collect(maps.Values(l)), nil
}

// Get gives one, or the error that an API server would give.
func (l lister) Get(name string) (*resourcev1.DeviceClass, error) {
	if class := l[name]; class != nil {
		return class, nil
	}
	return nil, apierrors.NewNotFound(resourcev1.Resource("deviceclasses"), name)
}
