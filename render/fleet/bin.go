package fleet

import "maps"

// bin is a node that admits pods of a workload, and what is left of it.
type bin struct {
	*node
	free Amounts
	// online has the pods that the node admits: true for those that it takes now, false for those that it will
	// take when it is back.
	online map[*demand]bool
}

// takes says whether the node takes any of the workload's pods now.
func (b *bin) takes() bool {
	for _, now := range b.online {
		if now {
			return true
		}
	}
	return false
}

// bins are the nodes that at least one pod of the replica may run on, now or when they are back.
func (f *Fleet) bins(replica []part) []*bin {
	var bins []*bin
	for _, n := range f.nodes {
		b := &bin{node: n, online: map[*demand]bool{}}
		for _, part := range replica {
			if part.selects(n) && part.repels(n) == nil {
				b.online[part.demand] = !part.isOffline(n)
			}
		}
		if len(b.online) > 0 {
			bins = append(bins, b)
		}
	}
	return bins
}

// asTheyAre fills bins with what runs on the nodes, but for what the caller's own pods hold.
func asTheyAre(bins []*bin, o owned) []*bin {
	return filledBins(bins, func(b *bin) Amounts {
		used := maps.Clone(b.used)
		used.take(o.byNode[b.Name])
		return used
	})
}

// emptied are the bins without pods, but those that are on every node. Nodes count that take no pods now: they
// will again.
func emptied(bins []*bin) []*bin {
	empty := filledBins(bins, func(b *bin) Amounts { return b.staying })
	for _, b := range empty {
		b.online = maps.Clone(b.online)
		for d := range b.online {
			b.online[d] = true
		}
	}
	return empty
}

func filledBins(bins []*bin, used func(*bin) Amounts) []*bin {
	all := make([]*bin, len(bins))
	for i, b := range bins {
		another := *b
		another.free = make(Amounts, len(b.Allocatable))
		another.free.add(b.Allocatable, 1)
		another.free.take(used(b))
		all[i] = &another
	}
	return all
}
