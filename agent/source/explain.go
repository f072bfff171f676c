package source

import (
	"context"
	"maps"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxExplained is how many files are looked at one by one.
const maxExplained = 10_000

// explain adds what git log leaves out: a merge can have files as a parent has
// them that never knew what from changed, and so undo it; git follows that
// parent and tells of no commit at all. So each file that differs between from
// and to must have been changed by one of the commits that are told. If one was
// not, all commits are told that changed it on any side.
func (s *span) explain(ctx context.Context, told map[plumbing.Hash]bool, paths *paths) error {
	from, err := s.descended()
	if from == nil || err != nil {
		return err
	}
	to, err := s.history.objects.node(s.to)
	if err != nil {
		return err
	}
	files, err := s.history.changes.files(from.tree, to.tree, paths)
	if err != nil || len(files) == 0 {
		return err
	}
	if len(files) <= maxExplained {
		if files, err = s.unexplained(told, files, paths); err != nil || len(files) == 0 {
			return err
		}
		if paths, err = newPaths(s.history.objects, files); err != nil {
			return err
		}
	}
	return s.tellAll(ctx, told, paths)
}

// descended returns from, if to descends from it.
func (s *span) descended() (*node, error) {
	if s.from.IsZero() || s.from == s.to {
		return nil, nil
	}
	for _, n := range s.order {
		if slices.Contains(n.parents, s.from) {
			return s.history.objects.node(s.from)
		}
	}
	return nil, nil
}

// files lists the files that differ and concern the paths; a few more than
// maxExplained at most.
func (c *changes) files(a, b plumbing.Hash, within *paths) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := diff{changes: c, within: within, limit: maxExplained}
	return d.files(a, b)
}

// unexplained returns the files that no commit changed that is told.
func (s *span) unexplained(told map[plumbing.Hash]bool, files []string, paths *paths) ([]string, error) {
	open := map[string]bool{}
	for _, name := range files {
		open[name] = true
	}
	for _, n := range s.order {
		if !told[n.id] || len(open) == 0 {
			continue
		}
		before, err := s.treesBefore(n)
		if err != nil {
			return nil, err
		}
		changed, err := s.history.changes.files(before[0], n.tree, paths)
		if err != nil {
			return nil, err
		}
		for _, name := range changed {
			delete(open, name)
		}
	}
	return slices.Sorted(maps.Keys(open)), nil
}

// treesBefore returns the trees of a commit's parents, or the empty one.
func (s *span) treesBefore(n *node) ([]plumbing.Hash, error) {
	if len(n.parents) == 0 {
		return []plumbing.Hash{emptyTree}, nil
	}
	var trees []plumbing.Hash
	for _, id := range n.parents {
		parent, err := s.history.objects.node(id)
		if err != nil {
			return nil, err
		}
		trees = append(trees, parent.tree)
	}
	return trees, nil
}

// tellAll adds each commit in which the paths differ from any parent's.
func (s *span) tellAll(ctx context.Context, told map[plumbing.Hash]bool, paths *paths) error {
	for _, n := range s.order {
		if err := ctx.Err(); err != nil {
			return err
		}
		here, err := paths.of(n.tree)
		if err != nil {
			return err
		}
		before, err := s.treesBefore(n)
		if err != nil {
			return err
		}
		for _, tree := range before {
			there, err := paths.of(tree)
			if err != nil {
				return err
			}
			told[n.id] = told[n.id] || here != there
		}
	}
	return nil
}
