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

// changes says whether the change alters a file or directory.
func (r *runner) changes(name string) bool { return differs(r.fork.files, r.head.files, name) }

// canAffect says whether the change can reach a unit of the head: a directory that it is rendered from differs, or its
// environment.
func (r *runner) canAffect(unit *environments.Unit) bool {
	if known, ok := r.reach[unit.ID()]; ok {
		return known
	}
	can := r.changes(unit.Dir) || r.changesEnvironment(unit.Environment)
	if !can {
		roots, _ := r.renderer.Roots(r.head.files, unit) // those of a broken unit are known too
		can = slices.ContainsFunc(roots, r.changes)
	}
	r.reach[unit.ID()] = can
	return can
}

func (r *runner) changesEnvironment(env *environments.Environment) bool {
	return r.changes(path.Join(env.Dir, environments.EnvironmentFile))
}

// changedFiles are the files at or below a name that are not the same in two trees, sorted.
func changedFiles(before, after source.Tree, name string) ([]string, error) {
	if !differs(before, after, name) {
		return nil, nil
	}
	files, names := []string{}, map[string]bool{}
	for _, tree := range []source.Tree{before, after} {
		info, err := fs.Stat(tree, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil || !info.IsDir():
			files = append(files, name)
			continue
		}
		entries, err := fs.ReadDir(tree, name)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			names[path.Join(name, entry.Name())] = true
		}
	}
	for name := range names {
		below, err := changedFiles(before, after, name)
		if err != nil {
			return nil, err
		}
		files = append(files, below...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}
