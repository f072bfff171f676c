package source

import (
	"container/heap"
	"context"

	"github.com/go-git/go-git/v5/plumbing"
)

// span is the commits that are reachable from one commit and not from another.
type span struct {
	history *History
	from    plumbing.Hash // or zero
	to      plumbing.Hash
	before  map[plumbing.Hash]bool // from and its ancestors
	order   []*node                // newest first, none before its descendants
}

// span finds the commits between two. They are known before anything about
// them is decided, so that the answer does not depend on the order in which
// they were met, and so not on their dates.
func (h *History) span(ctx context.Context, from, to string) (*span, error) {
	id, err := h.commitID(to)
	if err != nil {
		return nil, err
	}
	before, err := h.before(ctx, from)
	if err != nil {
		return nil, err
	}
	s := &span{history: h, from: plumbing.NewHash(from), to: id, before: before}
	var within []*node
	err = h.visit(ctx, []plumbing.Hash{id}, func(n *node) bool {
		if before[n.id] {
			return false
		}
		within = append(within, n)
		return true
	})
	s.order = sorted(within)
	return s, err
}

// sorted puts commits in order: the newest first, and each before its parents.
func sorted(within []*node) []*node {
	known := make(map[plumbing.Hash]*node, len(within))
	for _, n := range within {
		known[n.id] = n
	}
	children := make(map[plumbing.Hash]int, len(within)) // that are not in order yet
	for _, n := range within {
		for _, parent := range n.parents {
			children[parent]++
		}
	}
	var ready newestFirst
	for _, n := range within {
		if children[n.id] == 0 {
			heap.Push(&ready, n)
		}
	}
	order := make([]*node, 0, len(within))
	for len(ready) > 0 {
		n := heap.Pop(&ready).(*node)
		order = append(order, n)
		for _, parent := range n.parents {
			children[parent]--
			if children[parent] == 0 && known[parent] != nil {
				heap.Push(&ready, known[parent])
			}
		}
	}
	return order
}

// touching returns the commits that touched the paths, as git log decides it.
func (s *span) touching(ctx context.Context, paths *paths) (map[plumbing.Hash]bool, error) {
	touching := map[plumbing.Hash]bool{}
	followed := map[plumbing.Hash]bool{s.to: true}
	for _, n := range s.order { // Whoever follows n comes before it.
		if !followed[n.id] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		touched, parents, err := s.judge(n, paths)
		if err != nil {
			return nil, err
		}
		if touched {
			touching[n.id] = true
		}
		for _, parent := range parents {
			followed[parent] = true
		}
	}
	return touching, nil
}

// judge says whether a commit touched the paths, and which parents to follow:
// only the first from which it has them, if there is one.
//
// A parent that was there before from cannot hide the others: it may lie far
// behind from, so that having its files undoes what from had. Where there are
// other parents, it also says nothing about whether the commit touched them.
func (s *span) judge(n *node, paths *paths) (touched bool, follow []plumbing.Hash, err error) {
	if len(n.parents) == 0 {
		here, err := paths.of(n.tree)
		return here != absent, nil, err
	}
	relevant, changed, changedOld := false, false, false
	for i, id := range n.parents {
		same, err := s.history.same(n, i, paths)
		if err != nil {
			return false, nil, err
		}
		within := !s.before[id] || id == s.from
		relevant = relevant || within
		switch {
		case !same && within:
			changed = true
		case !same:
			changedOld = true
		case within:
			return false, []plumbing.Hash{id}, nil
		}
	}
	return changed || !relevant && changedOld, n.parents, nil
}
