package fleet

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// A State is what a Fleet is made of. It must not be changed after.
type State struct {
	Nodes []Node
	// Pods are those of all namespaces.
	Pods []Pod
	// Devices are those of dynamic resource allocation; nil when they are not known, which is not the same as
	// a cluster that has none.
	Devices *Devices
	// Claims are those of all namespaces.
	Claims []Claim
}

// A Fleet is what a cluster has and what of it is used, at one moment. It never changes, and may be used by
// several goroutines. The zero value has no nodes; nil is a fleet that is not known.
type Fleet struct {
	nodes   []*node // by name
	pods    []Pod   // those that use something
	devices *Devices
	claims  []Claim
	values  map[string]map[string]int // of the nodes' labels: key, value, how many nodes
}

// node is a Node and what its pods use.
type node struct {
	Node
	used    Amounts // by all pods
	staying Amounts // by those that are there on an empty node too
}

// New makes a Fleet. Of two nodes of one name, the first counts.
func New(state State) *Fleet {
	f := &Fleet{devices: state.Devices, claims: state.Claims, values: map[string]map[string]int{}}
	byName := make(map[string]*node, len(state.Nodes))
	for _, n := range state.Nodes {
		if byName[n.Name] != nil {
			continue
		}
		known := &node{Node: n, used: Amounts{}, staying: Amounts{}}
		byName[n.Name] = known
		f.nodes = append(f.nodes, known)
		f.index(n.Labels)
	}
	slices.SortFunc(f.nodes, func(a, b *node) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range state.Pods {
		on := byName[p.Node]
		if on == nil || !p.uses() {
			continue
		}
		f.pods = append(f.pods, p)
		on.used.add(p.Requests, 1)
		if p.stays() {
			on.staying.add(p.Requests, 1)
		}
	}
	return f
}

func (f *Fleet) index(labels map[string]string) {
	for key, value := range labels {
		if f.values[key] == nil {
			f.values[key] = map[string]int{}
		}
		f.values[key][value]++
	}
}

// owned is what the caller's own pods hold, which is free to it.
type owned struct {
	byNode map[string]Amounts
	uids   map[types.UID]bool
}

func (f *Fleet) owned(own func(Pod) bool) owned {
	o := owned{byNode: map[string]Amounts{}, uids: map[types.UID]bool{}}
	if own == nil {
		return o
	}
	for _, p := range f.pods {
		if !own(p) {
			continue
		}
		if o.byNode[p.Node] == nil {
			o.byNode[p.Node] = Amounts{}
		}
		o.byNode[p.Node].add(p.Requests, 1)
		o.uids[p.UID] = true
	}
	return o
}

// Running is how many pods that the caller calls its own are on a node, without those that are stopping.
func (f *Fleet) Running(own func(Pod) bool) int {
	if f == nil {
		return 0
	}
	count := 0
	for _, pod := range f.pods {
		if !pod.Terminating && own(pod) {
			count++
		}
	}
	return count
}
