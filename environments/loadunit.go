package environments

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
)

// units loads the directories of an environment.
func (l *loader) units(env *Environment, entries []fs.DirEntry) {
	count := 0
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") || name == EnvironmentFile || entry.Type().IsRegular() {
			continue
		}
		if count++; count > MaxUnits {
			env.Problems = append(env.Problems, problem.Problem{File: env.Dir, Rule: problem.TooLarge,
				Message: fmt.Sprintf("the environment has more than %d models", MaxUnits), Mend: "split the environment"})
			return
		}
		dir := path.Join(env.Dir, name)
		if l.isLeft(dir) {
			continue
		}
		unit := &Unit{Environment: env, Name: name, Dir: dir}
		unit.Problems = checkDirName(dir, "a model", MaxUnitName)
		unit.Problems = append(unit.Problems, l.unit(dir, entry)...)
		l.tree.Units = append(l.tree.Units, unit)
	}
}

// isLeft tells a directory whose unit was removed: only the approvals of that are left in it.
func (l *loader) isLeft(dir string) bool {
	entries, err := fs.ReadDir(l.fsys, dir)
	return err == nil && len(entries) == 1 && entries[0].Name() == ApprovalsDir && entries[0].IsDir()
}

// unit checks a unit's directory without reading what its files say.
func (l *loader) unit(dir string, entry fs.DirEntry) problem.List {
	if !entry.IsDir() {
		return problem.List{irregular(dir, entry)}
	}
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return problem.List{unreadable(dir, err)}
	}
	problems := CheckDir(l.fsys, dir)
	var kustomizations []string
	for _, name := range descriptors(entries) {
		if name != ModelFile {
			kustomizations = append(kustomizations, name)
		}
	}
	switch {
	case len(kustomizations) > 1:
		problems = append(problems, problem.Problem{File: dir, Rule: problem.NotAllowed,
			Message: "kustomize cannot choose between " + strings.Join(kustomizations, " and "), Mend: "keep kustomization.yaml alone"})
	case len(descriptors(entries)) == 0:
		problems = append(problems, problem.Problem{File: dir, Rule: problem.MissingFile,
			Message: "the directory has neither kustomization.yaml nor model.yaml", Mend: "add one of them, or delete the directory"})
	}
	return problems
}

// CheckDir refuses what must not be rendered from, in a directory and below: symbolic links and
// submodules, which lead out of the snapshot, anything else that is no file or directory, and more than
// MaxUnitFiles files. Whoever reads a directory that a unit refers to, such as a base, checks it first.
func CheckDir(fsys fs.FS, dir string) problem.List {
	var problems problem.List
	files := 0
	_ = fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			problems = append(problems, unreadable(name, err))
			return fs.SkipDir
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			problems = append(problems, irregular(name, entry))
		}
		if files++; files > MaxUnitFiles {
			problems = append(problems, problem.Problem{File: dir, Rule: problem.TooLarge,
				Message: fmt.Sprintf("the directory has more than %d files", MaxUnitFiles), Mend: "move what the model does not need elsewhere"})
			return fs.SkipAll
		}
		return nil
	})
	return problems
}

// irregular reports an entry that is neither a file nor a directory.
func irregular(name string, entry fs.DirEntry) problem.Problem {
	switch kind := entry.Type(); {
	case kind&fs.ModeSymlink != 0:
		return problem.Problem{File: name, Rule: problem.Symlink,
			Message: "a symbolic link could lead out of the repository and is not followed", Mend: "commit the file itself, or refer to its directory from kustomization.yaml"}
	case kind&fs.ModeIrregular != 0:
		return problem.Problem{File: name, Rule: problem.Submodule,
			Message: "a Git submodule is not fetched: its files are in another repository", Mend: "commit the files themselves"}
	}
	return problem.Problem{File: name, Rule: problem.NotAllowed, Message: "this is neither a file nor a directory", Mend: "delete it"}
}
