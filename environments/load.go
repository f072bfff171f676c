package environments

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/penstock-dev/penstock/environments/problem"
)

// The names that Load looks for.
const (
	// BaseDir is the one directory beside the environments that is none itself: what they share.
	BaseDir = "base"
	// EnvironmentFile makes a directory an environment.
	EnvironmentFile = "environment.yaml"
	// ModelFile makes a directory a unit, when it has no kustomization.yaml.
	ModelFile = "model.yaml"
	// ApprovalsDir is where the approvals of a unit lie, in its directory. Where nothing else is left, the unit was
	// removed, and they approve that.
	ApprovalsDir = "approvals"
)

// What one environment may hold.
const (
	// MaxUnits is the number of units in an environment.
	MaxUnits = 5_000
	// MaxUnitFiles is the number of files in a unit's directory and below.
	MaxUnitFiles = 200
	// MaxUnitName is the length of a unit's name: what is rendered from it appends up to ten characters,
	// and a label takes 63.
	MaxUnitName = 53
)

// Load finds the environments and units below root, such as "environments". It returns an error only when
// root itself cannot be read; whatever is wrong with one environment or unit is among its Problems and
// keeps no other from being served.
//
// A directory is an environment when it has an environment.yaml. A directory without one that holds units
// all the same is one with a problem, so that a deleted environment.yaml is never taken for deleted models.
// Other directories, base, and names that begin with a dot are left alone.
func Load(fsys fs.FS, root string) (*Tree, error) {
	entries, err := fs.ReadDir(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("read the environments in %s: %w", root, err)
	}
	l := &loader{fsys: fsys, tree: &Tree{}}
	for _, entry := range entries {
		l.environment(path.Join(root, entry.Name()), entry)
	}
	slices.SortFunc(l.tree.Environments, func(a, b *Environment) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(l.tree.Units, func(a, b *Unit) int { return strings.Compare(a.ID(), b.ID()) })
	checkRelations(l.tree)
	return l.tree, nil
}

type loader struct {
	fsys fs.FS
	tree *Tree
}

// environment loads a directory, if it is an environment, and its units.
func (l *loader) environment(dir string, entry fs.DirEntry) {
	name := entry.Name()
	if name == BaseDir || strings.HasPrefix(name, ".") || entry.Type().IsRegular() {
		return
	}
	env := &Environment{Name: name, Dir: dir}
	if !entry.IsDir() { // whatever it points to, its models must not look deleted
		env.Problems = problem.List{irregular(dir, entry)}
		l.tree.Environments = append(l.tree.Environments, env)
		return
	}
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		env.Problems = problem.List{unreadable(dir, err)}
		l.tree.Environments = append(l.tree.Environments, env)
		return
	}
	if !l.isEnvironment(dir, entries) {
		return
	}
	env.Problems = checkDirName(dir, "an environment", validation.DNS1123LabelMaxLength)
	l.readEnvironment(env, entries)
	l.units(env, entries)
	l.tree.Environments = append(l.tree.Environments, env)
}

// isEnvironment tells whether a directory has an environment.yaml, of whatever type, or units.
func (l *loader) isEnvironment(dir string, entries []fs.DirEntry) bool {
	for _, entry := range entries {
		if entry.Name() == EnvironmentFile {
			return true
		}
	}
	for _, entry := range entries {
		if entry.IsDir() && l.isUnit(path.Join(dir, entry.Name())) {
			return true
		}
	}
	return false
}

// isUnit tells whether a directory has one of the files that make a unit.
func (l *loader) isUnit(dir string) bool {
	entries, err := fs.ReadDir(l.fsys, dir)
	return err == nil && len(descriptors(entries)) > 0
}

// descriptors are the files in a directory that make it a unit.
func descriptors(entries []fs.DirEntry) []string {
	var names []string
	for _, entry := range entries {
		if name := entry.Name(); name == ModelFile || isKustomization(name) {
			names = append(names, name)
		}
	}
	return names
}

// checkDirName refuses a directory whose name no Kubernetes object could have.
func checkDirName(dir, what string, longest int) problem.List {
	name := path.Base(dir)
	if len(name) > longest {
		return problem.List{{File: dir, Rule: problem.InvalidName,
			Message: fmt.Sprintf("the name of %s has at most %d characters, this one has %d", what, longest, len(name)), Mend: "shorten the directory's name"}}
	}
	if len(validation.IsDNS1123Label(name)) > 0 {
		return problem.List{{File: dir, Rule: problem.InvalidName,
			Message: fmt.Sprintf("%q cannot be the name of %s", name, what),
			Mend:    "rename the directory: lower-case letters, digits and dashes, with a letter or digit at both ends"}}
	}
	return nil
}

func unreadable(file string, err error) problem.Problem {
	return problem.Problem{File: file, Rule: problem.UnreadableFile, Message: "cannot read it: " + reason(err), Mend: "check that it is a readable file"}
}

// reason is an error without the path, which is said already and may be one of this machine.
func reason(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err.Error()
	}
	return err.Error()
}
