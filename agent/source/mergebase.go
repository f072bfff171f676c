package source

import (
	"container/heap"
	"context"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
)

// MergeBase returns the best common ancestor of two commits: one of which no
// other common ancestor is a descendant. If there are several, as after
// branches were merged into each other, it is always the same one of them.
func (h *History) MergeBase(ctx context.Context, a, b string) (string, error) {
	x, err := h.commitID(a)
	if err != nil {
		return "", err
	}
	y, err := h.commitID(b)
	if err != nil {
		return "", err
	}
	base, err := h.mergeBase(ctx, x, y)
	if err != nil {
		return "", err
	}
	return base.String(), nil
}

func (h *History) mergeBase(ctx context.Context, a, b plumbing.Hash) (plumbing.Hash, error) {
	// Mostly one has the other, which is seen soon, also in a shallow clone.
	if has, err := h.objects.contains(ctx, b, a); has || err != nil && !lacking(err) {
		return a, err
	}
	if has, err := h.objects.contains(ctx, a, b); has || err != nil {
		return b, err
	}
	mine, err := h.ancestors(ctx, a)
	if err != nil {
		return a, err
	}
	common := newestFirst{} // where the ways from b meet those from a
	err = h.visit(ctx, []plumbing.Hash{b}, func(n *node) bool {
		if mine[n.id] {
			heap.Push(&common, n)
		}
		return !mine[n.id]
	})
	if err != nil {
		return a, err
	}
	return h.best(ctx, a, b, common)
}

// best returns the first of the commits that is no ancestor of another.
func (h *History) best(ctx context.Context, a, b plumbing.Hash, common newestFirst) (plumbing.Hash, error) {
	var parents []plumbing.Hash
	for _, n := range common {
		parents = append(parents, n.parents...)
	}
	if len(common) == 1 {
		return common[0].id, nil
	}
	worse, err := h.ancestors(ctx, parents...)
	if err != nil {
		return a, err
	}
	for len(common) > 0 {
		if n := heap.Pop(&common).(*node); !worse[n.id] {
			return n.id, nil
		}
	}
	return a, &Error{Kind: CommitMissing, Problem: fmt.Sprintf("%.12s and %.12s have no common ancestor", a, b),
		Mend: "compare with a branch of the same history"}
}
