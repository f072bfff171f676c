package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// source returns the directory of the module: the given one, else that of the source tree that this file is in
// (-trimpath hides it), else above the working directory.
func (m Module) source(given string) (string, error) {
	if given != "" {
		return given, m.check(given)
	}
	var starts []string
	if _, file, _, ok := runtime.Caller(0); ok {
		starts = append(starts, filepath.Dir(file))
	}
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	for _, start := range starts {
		if dir, ok := m.walkUp(start); ok {
			return dir, nil
		}
	}
	// Where the product runs without its source.
	return "", fmt.Errorf("%s: the source tree of penstock is not here, and it is built from that: "+
		"run this in a checkout of https://github.com/penstock-dev/penstock, or set Options.SourceDir to its %s", m.Name, m.Dir)
}

// walkUp looks for the module in dir and all the directories above it.
func (m Module) walkUp(dir string) (string, bool) {
	if !filepath.IsAbs(dir) {
		return "", false
	}
	for {
		candidate := filepath.Join(dir, filepath.FromSlash(m.Dir))
		if m.check(candidate) == nil {
			return candidate, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// check reports whether dir holds the module.
func (m Module) check(dir string) error {
	_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(m.Programs[0]), "main.go"))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %s does not hold the module that it is built from: set Options.SourceDir to %s of a checkout", m.Name, dir, m.Dir)
	}
	return m.doing("looking for its source", err)
}
