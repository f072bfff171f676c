package source

import (
	"context"
	"maps"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// outgoing lists what the server lacks of the new commit: commits, and of each
// the directories and files in which it differs from its parents.
//
// The server has what is behind the refs that it lists. A ref that is unknown
// here has moved on from where it was seen last, and so that is behind it too;
// a server to which that does not apply says so, and then gets all the rest.
func (r *Repository) outgoing(ctx context.Context, p *push, refs *packp.AdvRefs) ([]plumbing.Hash, error) {
	tips := r.branches.tips()
	if head := r.head(); !head.IsZero() {
		tips[r.cfg.Branch] = head
	}
	served := map[plumbing.Hash]bool{p.old: true}
	if refs != nil {
		for name, tip := range tips {
			there, ok := refs.References["refs/heads/"+name]
			if !ok || r.writer.whole && there != tip {
				delete(tips, name)
			}
		}
		for _, id := range refs.References {
			served[id] = true
		}
	}
	for _, tip := range tips {
		served[tip] = true
	}
	known := slices.DeleteFunc(slices.Collect(maps.Values(tips)), func(id plumbing.Hash) bool { return !r.store.has(id) })
	o := outgoing{ctx: ctx, objects: p.all, store: r.store.objects, served: served, tips: known, seen: map[plumbing.Hash]bool{}}
	if err := o.commits(p.new); err != nil {
		return nil, err
	}
	return o.list, nil
}

// outgoing collects what a server lacks.
type outgoing struct {
	ctx     context.Context
	objects *objects               // what there is here
	store   *objects               // what was here before the push
	served  map[plumbing.Hash]bool // commits that the server has
	tips    []plumbing.Hash        // those of them that are here, with all before them
	behind  map[plumbing.Hash]bool // all before them, once it is needed
	seen    map[plumbing.Hash]bool
	list    []plumbing.Hash
}

func (o *outgoing) add(id plumbing.Hash) bool {
	if o.seen[id] {
		return false
	}
	o.seen[id] = true
	o.list = append(o.list, id)
	return true
}

// commits lists a commit and those before it, up to what the server has.
func (o *outgoing) commits(from plumbing.Hash) error {
	var lacking []*node
	stack := []plumbing.Hash{from}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		there, err := o.has(id)
		if err != nil {
			return err
		}
		if there || !o.add(id) {
			continue
		}
		n, err := o.objects.node(id)
		if err != nil {
			return err
		}
		lacking = append(lacking, n)
		stack = append(stack, n.parents...)
	}
	for _, n := range lacking {
		before := make([]plumbing.Hash, 0, len(n.parents))
		for _, id := range n.parents {
			parent, err := o.objects.node(id)
			if err != nil {
				return err
			}
			before = append(before, parent.tree)
		}
		if err := o.tree(n.tree, before); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether the server has a commit. Mostly it is one that the server
// listed, or a recent one behind the tip of a branch; only if it is neither,
// everything behind the tips is looked through, once.
func (o *outgoing) has(id plumbing.Hash) (bool, error) {
	if err := o.ctx.Err(); err != nil || o.served[id] {
		return true, err
	}
	if !o.store.has(id) { // It was just made.
		return false, nil
	}
	if o.behind == nil {
		seen, err := o.store.search(o.ctx, o.tips, id)
		if err != nil || seen[id] {
			return seen[id], err
		}
		o.behind = seen
	}
	return o.behind[id], nil
}

// tree lists a directory and all in it, but for what was at the same place
// before: the server has that, or gets it.
func (o *outgoing) tree(id plumbing.Hash, before []plumbing.Hash) error {
	if slices.Contains(before, id) || !o.add(id) {
		return nil
	}
	here, err := o.objects.tree(id)
	if err != nil {
		return err
	}
	var old []*tree
	for _, id := range before {
		t, err := o.objects.tree(id)
		if err != nil {
			return err
		}
		old = append(old, t)
	}
	for _, e := range here.entries {
		if err := o.entry(e, old); err != nil {
			return err
		}
	}
	return nil
}

// entry lists what is new at one name.
func (o *outgoing) entry(e entry, old []*tree) error {
	kind := plumbing.BlobObject
	switch {
	case e.mode.IsDir():
		kind = plumbing.TreeObject
	case e.refused == ErrSubmodule:
		return nil
	case e.refused == ErrName: // It may be anything, and Git goes by what it is.
		found, err := o.objects.kind(e.id)
		if err != nil {
			return nil // a submodule
		}
		kind = found
	}
	var before []plumbing.Hash
	for _, t := range old {
		if was, ok := t.find(e.name); ok && was.id == e.id {
			return nil
		} else if ok && was.mode.IsDir() {
			before = append(before, was.id)
		}
	}
	if kind == plumbing.TreeObject {
		return o.tree(e.id, before)
	}
	o.add(e.id)
	return nil
}
