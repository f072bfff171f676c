package check

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
)

// differs says whether a file or directory is not the same in two trees. What cannot be read is taken for different.
func differs(before, after source.Tree, name string) bool {
	old, oldErr := before.ObjectID(name)
	now, nowErr := after.ObjectID(name)
	if errors.Is(oldErr, fs.ErrNotExist) && errors.Is(nowErr, fs.ErrNotExist) {
		return false
	}
	return oldErr != nil || nowErr != nil || old != now
}

// canAffect says whether the change can reach a unit: a directory that it is rendered from differs, or its environment.
func (r *runner) canAffect(unit *environments.Unit) bool {
	names := []string{unit.Dir, path.Join(unit.Environment.Dir, environments.EnvironmentFile)}
	if slices.ContainsFunc(names, func(name string) bool { return differs(r.trees.Fork, r.trees.Head, name) }) {
		return true
	}
	roots, err := r.renderer.Roots(r.trees.Head, unit)
	return err != nil || slices.ContainsFunc(roots, func(root string) bool { return differs(r.trees.Fork, r.trees.Head, root) })
}

// changedFiles are the files below a directory that are not the same in two trees, sorted.
func changedFiles(before, after source.Tree, dir string) ([]string, error) {
	if !differs(before, after, dir) {
		return nil, nil
	}
	names := map[string]bool{}
	for _, tree := range []source.Tree{before, after} {
		entries, err := fs.ReadDir(tree, dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, entry := range entries {
			names[entry.Name()] = names[entry.Name()] || entry.IsDir()
		}
	}
	var files []string
	for name, isDir := range names {
		name = path.Join(dir, name)
		if !isDir {
			if differs(before, after, name) {
				files = append(files, name)
			}
			continue
		}
		below, err := changedFiles(before, after, name)
		if err != nil {
			return nil, err
		}
		files = append(files, below...)
	}
	slices.Sort(files)
	return files, nil
}
