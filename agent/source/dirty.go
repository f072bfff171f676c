package source

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Dirty returns the files that are not on disk as they are in HEAD: added,
// changed or deleted; only those at or below the paths, if any are given. They
// are sorted. What is staged makes no difference.
func (w *WorkTree) Dirty(paths ...string) ([]string, error) {
	for _, name := range paths {
		if !fs.ValidPath(name) {
			return nil, &fs.PathError{Op: "compare", Path: name, Err: fs.ErrInvalid}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d := difference{tree: w, paths: paths, files: map[string]bool{}}
	var head *entry
	switch id, err := w.clone.head(); {
	case err == nil:
		n, err := w.clone.objects.node(id)
		if err != nil {
			return nil, err
		}
		head = &entry{name: ".", id: n.tree, mode: fs.ModeDir | 0o555}
	case KindOf(err) != RepositoryEmpty:
		return nil, err
	}
	err := d.compare(head, &found{entry: entry{name: ".", mode: fs.ModeDir | 0o555}, path: "."}, ".")
	if err != nil {
		return nil, fmt.Errorf("comparing the files on disk with HEAD: %w", err)
	}
	return slices.Sorted(maps.Keys(d.files)), nil
}

// difference collects the files that differ between HEAD and the disk.
type difference struct {
	tree  *WorkTree
	paths []string
	files map[string]bool
}

// compare looks at one name, which one of the sides may lack.
func (d *difference) compare(head *entry, disk *found, name string) error {
	inside := d.inside(name)
	if !inside && !d.above(name) {
		return nil
	}
	if inside && head != nil && disk != nil {
		same, err := d.same(*head, *disk)
		if same || err != nil {
			return err
		}
	}
	if inside && (head != nil && !head.mode.IsDir() || disk != nil && !disk.mode.IsDir()) {
		d.files[name] = true
	}
	return d.below(head, disk, name)
}

// same reports whether both sides are the same to Git.
func (d *difference) same(head entry, disk found) (bool, error) {
	id, err := d.tree.id(disk)
	if err != nil || id != head.id {
		return false, err
	}
	return head.mode == disk.mode || head.refused == ErrName, nil
}

// below compares what is in two directories.
func (d *difference) below(head *entry, disk *found, name string) error {
	before, err := d.headEntries(head)
	if err != nil {
		return err
	}
	now, err := d.diskEntries(disk)
	if err != nil {
		return err
	}
	names := slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(now)))
	slices.Sort(names)
	for _, part := range slices.Compact(names) {
		if err := d.compare(before[part], now[part], path.Join(name, part)); err != nil {
			return err
		}
	}
	return nil
}

func (d *difference) headEntries(dir *entry) (map[string]*entry, error) {
	if dir == nil || !dir.mode.IsDir() || dir.id == plumbing.ZeroHash {
		return nil, nil
	}
	t, err := d.tree.clone.objects.tree(dir.id)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*entry, len(t.entries))
	for i := range t.entries {
		all[t.entries[i].name] = &t.entries[i]
	}
	return all, nil
}

func (d *difference) diskEntries(dir *found) (map[string]*found, error) {
	if dir == nil || !dir.mode.IsDir() {
		return nil, nil
	}
	l, err := d.tree.listing(dir.path)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*found, len(l.entries))
	for _, e := range l.entries {
		f := l.found(dir.path, e, d.tree)
		all[e.name] = &f
	}
	return all, nil
}

// inside reports whether a name is at or below one of the paths.
func (d *difference) inside(name string) bool {
	return len(d.paths) == 0 || slices.ContainsFunc(d.paths, func(p string) bool { return isBelow(name, p) })
}

// above reports whether one of the paths is below a name.
func (d *difference) above(name string) bool {
	return slices.ContainsFunc(d.paths, func(p string) bool { return isBelow(p, name) })
}

// isBelow reports whether a name is a directory or in it.
func isBelow(name, dir string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}
