package source

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// FileChange is a file in which two Snapshots differ.
type FileChange struct {
	Path string
	// Before and After are the ids of its contents; empty where there is none.
	Before, After string
	// Mode is that after the change, or what it was if the file was removed.
	Mode fs.FileMode
}

// Changes lists the files in which s differs from before, sorted by path; all
// of its files if before is nil. Directories that are equal are not read.
func (s *Snapshot) Changes(before *Snapshot) ([]FileChange, error) {
	c := comparison{now: s.objects, then: s.objects}
	old := plumbing.ZeroHash
	if before != nil {
		old, c.then = before.commit.tree, before.objects
	}
	if err := c.directory(".", old, s.commit.tree); err != nil {
		return nil, fmt.Errorf("comparing the files of two commits: %w", err)
	}
	slices.SortFunc(c.list, func(a, b FileChange) int { return cmp.Compare(a.Path, b.Path) })
	return c.list, nil
}

// comparison is of two trees, each with its own objects.
type comparison struct {
	then, now *objects
	list      []FileChange
}

// directory compares what are directories at a path, or zero.
func (c *comparison) directory(at string, old, new plumbing.Hash) error {
	if old == new {
		return nil
	}
	was, err := entriesOf(c.then, old)
	if err != nil {
		return err
	}
	is, err := entriesOf(c.now, new)
	if err != nil {
		return err
	}
	for len(was) > 0 || len(is) > 0 {
		var a, b entry // of one name
		first := len(was) > 0 && (len(is) == 0 || was[0].name <= is[0].name)
		second := len(is) > 0 && (len(was) == 0 || is[0].name <= was[0].name)
		if first {
			a, was = was[0], was[1:]
		}
		if second {
			b, is = is[0], is[1:]
		}
		if a.id == b.id && a.mode == b.mode {
			continue
		}
		if err := c.entry(path.Join(at, cmp.Or(a.name, b.name)), a, b); err != nil {
			return err
		}
	}
	return nil
}

// entry notes what differs at one path, where either may be nothing.
func (c *comparison) entry(at string, was, is entry) error {
	var change FileChange
	var oldDir, newDir plumbing.Hash
	if was.mode.IsDir() {
		oldDir = was.id
	} else if !was.id.IsZero() {
		change.Before, change.Mode = was.id.String(), was.mode
	}
	if is.mode.IsDir() {
		newDir = is.id
	} else if !is.id.IsZero() {
		change.After, change.Mode = is.id.String(), is.mode
	}
	if change.Before != "" || change.After != "" {
		change.Path = at
		c.list = append(c.list, change)
	}
	return c.directory(at, oldDir, newDir)
}

func entriesOf(o *objects, id plumbing.Hash) ([]entry, error) {
	if id.IsZero() || id == emptyTree {
		return nil, nil
	}
	t, err := o.tree(id)
	if err != nil {
		return nil, err
	}
	return t.entries, nil
}
