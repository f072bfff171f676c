package source

import (
	"container/heap"
	"context"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// commit is what following a branch needs of a commit object.
type commit struct {
	id      plumbing.Hash
	tree    plumbing.Hash
	parents []plumbing.Hash
	when    time.Time
	shown   Commit
}

// contains reports whether old is tip or one of its ancestors. It looks at the
// newest commits first, so that a step forward is seen after a few, and a
// rewind after all of history. Dates only order the search: they are claims of
// whoever made the commit, and never end it.
func (s *store) contains(ctx context.Context, tip, old plumbing.Hash) (bool, error) {
	walk := walk{store: s, seen: map[plumbing.Hash]bool{}}
	if err := walk.add(tip); err != nil {
		return false, err
	}
	for !walk.seen[old] && len(walk.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		for _, id := range heap.Pop(&walk.queue).(*commit).parents {
			if err := walk.add(id); err != nil {
				return false, err
			}
		}
	}
	return walk.seen[old], nil
}

// walk is a search through history.
type walk struct {
	store *store
	seen  map[plumbing.Hash]bool
	queue newestFirst
}

func (w *walk) add(id plumbing.Hash) error {
	if w.seen[id] {
		return nil
	}
	c, err := w.store.commit(id)
	if err != nil {
		return err
	}
	w.seen[id] = true
	heap.Push(&w.queue, c)
	return nil
}

// haves returns commits to tell the server about: the accepted one and a few
// before it, so that after a small rewind the server still finds common ground
// and sends only what differs.
func (s *store) haves(head plumbing.Hash) []plumbing.Hash {
	var known []plumbing.Hash
	for range 16 {
		if head.IsZero() || !s.has(head) {
			break
		}
		known = append(known, head)
		c, err := s.commit(head)
		if err != nil || len(c.parents) == 0 {
			break
		}
		head = c.parents[0]
	}
	return known
}

// newestFirst is a heap of commits.
type newestFirst []*commit

func (q newestFirst) Len() int           { return len(q) }
func (q newestFirst) Less(i, j int) bool { return q[i].when.After(q[j].when) }
func (q newestFirst) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *newestFirst) Push(c any)        { *q = append(*q, c.(*commit)) }
func (q *newestFirst) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
