package fleet

import (
	"cmp"
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Scarce is how much there is of the resource that limits a workload. The amounts are of nodes that admit the
// workload; cpu is in thousandths of a core.
type Scarce struct {
	// Resource is its name, such as nvidia.com/gpu or cpu; or a DeviceClass, such as gpu.nvidia.com.
	Resource string
	// Device says that Resource is a DeviceClass of dynamic resource allocation.
	Device bool
	// Products are the GPUs that it is about, sorted; empty where it is not about GPUs.
	Products []string
	// PerReplica is what one replica takes, PerPod what the pod of it takes that takes most.
	PerReplica, PerPod int64
	// Missing is what the replicas that do not fit would take.
	Missing int64
	// Free is what is free before any replica is placed, that of the caller's own pods included.
	Free int64
	// Left is what is free after those that fit are placed: leftovers that are too small, on each node alone.
	Left int64
	// Exist is all that there is, PerNode the most that one node has.
	Exist, PerNode int64
	// Offline is what of it is on nodes that take no pods now: cordoned, or not ready.
	Offline int64
	// Leaving is what pods that are terminating will give back; of devices it is not known.
	Leaving int64
	// Apart says that there is enough of each resource, but not on the same nodes.
	Apart bool
	// Nearest are the names of resources that exist, when this one does not.
	Nearest []string
}

// thing is one thing that a replica wants: a resource of a node, or devices.
type thing struct {
	name               string
	ask                *ask // nil for a resource
	perPod, perReplica int64
}

// stock is how much there is of a thing.
type stock struct {
	thing
	free, exist, offline, perNode int64
	rooms                         int64 // pods that there were room for if nothing else counted
}

// things are all that a replica wants.
func things(replica []part) []thing {
	var all []thing
	want := func(t thing, n int64, pods int) {
		i := slices.IndexFunc(all, func(o thing) bool { return o.is(t) })
		if i < 0 {
			i = len(all)
			all = append(all, t)
		}
		all[i].perPod = max(all[i].perPod, n)
		all[i].perReplica = plus(all[i].perReplica, product(n, int64(pods)))
	}
	for _, part := range replica {
		for name, n := range part.requests {
			want(thing{name: string(name)}, n, part.pods)
		}
		for _, a := range part.asks {
			want(thing{name: a.class.Name, ask: a}, a.count, part.pods)
		}
	}
	return all
}

// is says whether two pods want the same thing.
func (t thing) is(other thing) bool {
	if t.ask == nil || other.ask == nil {
		return t.ask == other.ask && t.name == other.name
	}
	return t.ask.key == other.ask.key
}

// dullness tells accelerators from what every node has.
func (t thing) dullness() int {
	switch {
	case t.ask != nil || strings.Contains(t.name, "/"):
		return 0
	case t.name == string(corev1.ResourcePods):
		return 2
	}
	return 1
}

// stocks are what the bins have of all that a replica wants; that which limits the workload most is the first.
func (p *packing) stocks(ctx context.Context, replica []part) ([]stock, error) {
	var all []stock
	for _, t := range things(replica) {
		s, err := p.stock(ctx, t)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b stock) int {
		return cmp.Or(cmp.Compare(a.rooms, b.rooms), cmp.Compare(a.dullness(), b.dullness()), cmp.Compare(a.name, b.name))
	})
	return all, nil
}

// stock counts how much of a thing the bins have.
func (p *packing) stock(ctx context.Context, t thing) (stock, error) {
	s := stock{thing: t}
	seen := seen{}
	for _, b := range p.bins {
		free, exist := max(b.free[corev1.ResourceName(t.name)], 0), b.Allocatable[corev1.ResourceName(t.name)]
		if t.ask != nil {
			var err error
			if free, exist, err = p.devicesOf(ctx, b, t.ask, seen); err != nil {
				return s, err
			}
		}
		s.exist = plus(s.exist, exist)
		s.perNode = max(s.perNode, exist)
		if !b.takes() {
			s.offline = plus(s.offline, exist)
			continue
		}
		s.free = plus(s.free, free)
		s.rooms = plus(s.rooms, free/max(t.perPod, 1))
	}
	return s, nil
}

// leaving is what terminating pods in the bins will give back of a resource.
func (f *Fleet) leaving(bins []*bin, name string) int64 {
	mine := make(map[string]bool, len(bins))
	for _, b := range bins {
		mine[b.Name] = true
	}
	var sum int64
	for i := range f.pods {
		if p := &f.pods[i]; p.Terminating && mine[p.Node] {
			sum = plus(sum, p.Requests[corev1.ResourceName(name)])
		}
	}
	return sum
}
