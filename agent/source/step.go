package source

import (
	"context"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// FirstParentTouching returns the newest commit on the line of first parents
// of to, and not reachable from from, in which any of the named files or
// directories differs from its first parent's, or exists if it has none. It
// reports false if there is none.
//
// On a branch that changes by merges, that is the merge by which they came to
// be as they are: one step, however many commits it brought.
//
// The line may miss from, when a branch merged the main one and then took its
// place. If no commit on it touched the names, and yet they differ between from
// and to, the step is the commit by which the line came to contain from.
func (h *History) FirstParentTouching(ctx context.Context, from, to string, names []string) (Commit, bool, error) {
	paths, err := newPaths(h.objects, names)
	if err != nil {
		return Commit{}, false, err
	}
	tip, err := h.commitID(to)
	if err != nil {
		return Commit{}, false, err
	}
	before, err := h.before(ctx, from)
	if err != nil {
		return Commit{}, false, err
	}
	id, err := h.lastStep(ctx, tip, before, paths)
	if err == nil && id.IsZero() {
		id, err = h.joined(ctx, from, to, paths)
	}
	if err != nil || id.IsZero() {
		return Commit{}, false, err
	}
	c, err := h.objects.commit(id)
	if err != nil {
		return Commit{}, false, err
	}
	return c.shown, true, nil
}

// lastStep walks along first parents to the first commit that differs from its
// own. It returns zero if there is none.
func (h *History) lastStep(ctx context.Context, id plumbing.Hash, before map[plumbing.Hash]bool, paths *paths) (plumbing.Hash, error) {
	for range h.limit {
		if id.IsZero() || before[id] {
			return plumbing.ZeroHash, nil
		}
		touched, parent, err := h.firstParent(ctx, id, paths)
		if touched || err != nil {
			return id, err
		}
		id = parent
	}
	return id, h.tooLong()
}

// firstParent compares a commit with its first parent, which it returns too.
func (h *History) firstParent(ctx context.Context, id plumbing.Hash, paths *paths) (bool, plumbing.Hash, error) {
	if err := ctx.Err(); err != nil {
		return false, plumbing.ZeroHash, err
	}
	n, err := h.objects.node(id)
	if err != nil {
		return false, plumbing.ZeroHash, err
	}
	if len(n.parents) == 0 {
		here, err := paths.of(n.tree)
		return here != absent, plumbing.ZeroHash, err
	}
	same, err := h.same(n, 0, paths)
	return !same, n.parents[0], err
}

// joined returns the commit by which the line of first parents came to contain
// from, if the paths differ between from and to. Otherwise it returns zero.
func (h *History) joined(ctx context.Context, from, to string, paths *paths) (plumbing.Hash, error) {
	s, err := h.span(ctx, from, to)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	old, err := s.descended()
	if old == nil || err != nil {
		return plumbing.ZeroHash, err
	}
	was, err := paths.of(old.tree)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	is, err := paths.of(s.order[0].tree)
	if was == is || err != nil {
		return plumbing.ZeroHash, err
	}
	contains := map[plumbing.Hash]bool{s.from: true}
	nodes := map[plumbing.Hash]*node{}
	for _, n := range slices.Backward(s.order) {
		nodes[n.id] = n
		contains[n.id] = slices.ContainsFunc(n.parents, func(p plumbing.Hash) bool { return contains[p] })
	}
	here := s.order[0]
	for contains[here.parents[0]] && nodes[here.parents[0]] != nil {
		here = nodes[here.parents[0]]
	}
	return here.id, nil
}

// same reports whether a commit has the paths as its ith parent has them.
func (h *History) same(n *node, i int, paths *paths) (bool, error) {
	parent, err := h.objects.node(n.parents[i])
	if err != nil {
		return false, err
	}
	if i == 0 {
		if same, err := h.changes.certainlySame(n, parent, paths); same || err != nil {
			return same, err
		}
	}
	here, err := paths.of(n.tree)
	if err != nil {
		return false, err
	}
	there, err := paths.of(parent.tree)
	return here == there, err
}
