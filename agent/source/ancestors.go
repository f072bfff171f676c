package source

import (
	"bytes"
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// node is what walking through history needs of a commit.
type node struct {
	id      plumbing.Hash
	tree    plumbing.Hash
	parents []plumbing.Hash
	when    time.Time
}

// node returns a commit as a node. Nodes are remembered, since every question
// passes through the same ones.
func (o *objects) node(id plumbing.Hash) (*node, error) {
	o.mu.Lock()
	known := o.nodes[id]
	o.mu.Unlock()
	if known != nil {
		return known, nil
	}
	c, err := o.commit(id)
	if err != nil {
		return nil, err
	}
	n := &node{id: id, tree: c.tree, parents: c.parents, when: c.when}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.nodes == nil || len(o.nodes) >= nodeCacheSize {
		o.nodes = map[plumbing.Hash]*node{}
	}
	o.nodes[id] = n
	return n, nil
}

// contains reports whether old is tip or one of its ancestors. It looks at the
// newest commits first, so that a step forward is seen after a few, and a
// rewind after all of history. Dates only order the search and never end it.
// Commits that a shallow clone lacks matter only if old is not found.
func (o *objects) contains(ctx context.Context, tip, old plumbing.Hash) (bool, error) {
	seen, err := o.search(ctx, []plumbing.Hash{tip}, old)
	return seen[old], err
}

// search looks for old behind tips, and returns what it has seen: if old is not
// among it, and there is no error, then that is all there is.
func (o *objects) search(ctx context.Context, tips []plumbing.Hash, old plumbing.Hash) (map[plumbing.Hash]bool, error) {
	walk := walk{objects: o, seen: map[plumbing.Hash]bool{}}
	var missing error
	for _, tip := range tips {
		if err := walk.add(tip); err != nil && !lacking(err) {
			return nil, err
		} else if missing == nil {
			missing = err
		}
	}
	for !walk.seen[old] && len(walk.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, id := range heap.Pop(&walk.queue).(*node).parents {
			err := walk.add(id)
			if err != nil && !lacking(err) {
				return nil, err
			}
			if missing == nil {
				missing = err
			}
		}
	}
	if walk.seen[old] {
		return walk.seen, nil
	}
	return walk.seen, missing
}

// walk is a search through history.
type walk struct {
	objects *objects
	seen    map[plumbing.Hash]bool
	queue   newestFirst
}

func (w *walk) add(id plumbing.Hash) error {
	if w.seen[id] {
		return nil
	}
	n, err := w.objects.node(id)
	if err != nil {
		return err
	}
	w.seen[id] = true
	heap.Push(&w.queue, n)
	return nil
}

// memo keeps the answer to one question.
type memo struct {
	mu  sync.Mutex
	tip plumbing.Hash
	all map[plumbing.Hash]bool
}

// before returns the commits that from excludes: itself and its ancestors. The
// set is shared and must not be changed.
func (h *History) before(ctx context.Context, from string) (map[plumbing.Hash]bool, error) {
	if from == "" {
		return nil, nil
	}
	tip, err := h.commitID(from)
	if err != nil {
		return nil, err
	}
	h.last.mu.Lock()
	defer h.last.mu.Unlock()
	if h.last.tip == tip && h.last.all != nil {
		return h.last.all, nil
	}
	all, err := h.ancestors(ctx, tip)
	if err == nil {
		h.last.tip, h.last.all = tip, all
	}
	return all, err
}

// ancestors returns commits and all of their ancestors.
func (h *History) ancestors(ctx context.Context, tips ...plumbing.Hash) (map[plumbing.Hash]bool, error) {
	all := map[plumbing.Hash]bool{}
	err := h.visit(ctx, tips, func(n *node) bool {
		all[n.id] = true
		return true
	})
	return all, err
}

// visit calls f once for each commit that can be reached from the tips, in no
// order, without going to the parents of those for which f says no.
func (h *History) visit(ctx context.Context, tips []plumbing.Hash, f func(*node) bool) error {
	seen := map[plumbing.Hash]bool{}
	stack := append([]plumbing.Hash(nil), tips...)
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(seen) > h.limit {
			return h.tooLong()
		}
		n, err := h.objects.node(id)
		if err != nil {
			return err
		}
		if f(n) {
			stack = append(stack, n.parents...)
		}
	}
	return nil
}

// newestFirst is a heap of commits. The id decides between equal dates, so
// that everybody sees the same order.
type newestFirst []*node

func (q newestFirst) Len() int { return len(q) }
func (q newestFirst) Less(i, j int) bool {
	if !q[i].when.Equal(q[j].when) {
		return q[i].when.After(q[j].when)
	}
	return bytes.Compare(q[i].id[:], q[j].id[:]) < 0
}
func (q newestFirst) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *newestFirst) Push(n any)   { *q = append(*q, n.(*node)) }
func (q *newestFirst) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
