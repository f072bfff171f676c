package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// layout is where the parts of a repository are.
type layout struct {
	root   string // of the work tree; empty if there is none
	prefix string // from root to where we began, slash-separated; empty if there
	git    string // holds HEAD and the index of this work tree
	common string // holds objects, refs and the configuration
}

// discover finds the repository that a directory is in, as git does: the
// directory itself or the nearest above it that has .git or is a repository.
func discover(dir string) (layout, error) {
	start, err := filepath.Abs(dir)
	if err == nil {
		start, err = filepath.EvalSymlinks(start)
	}
	if err != nil {
		return layout{}, notFound(dir, err.Error())
	}
	for here := start; ; here = filepath.Dir(here) {
		l, err := inspectDir(here)
		if err != nil {
			return layout{}, notFound(dir, err.Error())
		}
		if l.git != "" {
			return l.from(start)
		}
		if here == filepath.Dir(here) {
			return layout{}, notFound(dir, "neither it nor a directory above it is a Git repository")
		}
	}
}

func notFound(dir, why string) error {
	return &Error{Kind: RepositoryNotFound, Problem: fmt.Sprintf("no clone was found at %s: %s", dir, why),
		Mend: "run it inside a clone, or name one"}
}

// inspectDir returns the layout of a repository whose root is dir, or nothing.
func inspectDir(dir string) (layout, error) {
	dotGit := filepath.Join(dir, ".git")
	info, err := os.Stat(dotGit)
	switch {
	case err == nil && !info.IsDir():
		return linked(dir, dotGit)
	case err == nil && isGitDir(dotGit):
		return withCommon(layout{root: dir, git: dotGit})
	case isGitDir(dir):
		return withCommon(layout{git: dir})
	}
	return layout{}, nil
}

// isGitDir reports whether a directory looks like a repository.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if _, err := os.Stat(filepath.Join(dir, "commondir")); err == nil {
		return true
	}
	objects, err := os.Stat(filepath.Join(dir, "objects"))
	refs, err2 := os.Stat(filepath.Join(dir, "refs"))
	return err == nil && err2 == nil && objects.IsDir() && refs.IsDir()
}

// linked follows a .git file, which work trees and submodules have.
func linked(root, file string) (layout, error) {
	target, err := pointer(file)
	if err != nil {
		return layout{}, err
	}
	target, ok := strings.CutPrefix(target, "gitdir: ")
	if !ok {
		return layout{}, fmt.Errorf("%s does not say where its repository is", file)
	}
	git := relativeTo(root, target)
	if !isGitDir(git) {
		return layout{}, fmt.Errorf("%s points to %s, which is not a repository", file, git)
	}
	return withCommon(layout{root: root, git: git})
}

// withCommon finds what a linked work tree shares with the others.
func withCommon(l layout) (layout, error) {
	l.common = l.git
	target, err := pointer(filepath.Join(l.git, "commondir"))
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	l.common = relativeTo(l.git, target)
	return l, err
}

// pointer reads a file that holds one line.
func pointer(file string) (string, error) {
	data, err := os.ReadFile(file)
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	return strings.TrimRight(string(line), "\r"), err
}

// relativeTo returns a path that a file in dir gives.
func relativeTo(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// from notes where below the root we began.
func (l layout) from(start string) (layout, error) {
	if l.root == "" {
		return l, nil
	}
	prefix, err := filepath.Rel(l.root, start)
	if prefix = filepath.ToSlash(prefix); prefix != "." {
		l.prefix = prefix
	}
	return l, err
}
