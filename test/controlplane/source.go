package controlplane

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// clusterModule is where the nested module lies in the source tree.
const clusterModule = "test/cluster"

// errNoSource tells what to do where the product runs without its source.
var errNoSource = errors.New("control plane: the source tree of penstock is not here, and the control plane is built from it: " +
	"run this in a checkout of https://github.com/penstock-dev/penstock, or set Options.SourceDir to its " + clusterModule)

// findSource returns the directory of the nested module: beside this file where
// that still exists (-trimpath hides it), else above the working directory.
func findSource() (string, error) {
	var starts []string
	if _, file, _, ok := runtime.Caller(0); ok {
		starts = append(starts, filepath.Dir(file))
	}
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	for _, start := range starts {
		if dir, ok := walkUp(start); ok {
			return dir, nil
		}
	}
	return "", errNoSource
}

// walkUp looks for the nested module in dir and all the directories above it.
func walkUp(dir string) (string, bool) {
	if !filepath.IsAbs(dir) {
		return "", false
	}
	for {
		candidate := filepath.Join(dir, filepath.FromSlash(clusterModule))
		if checkSource(candidate) == nil {
			return candidate, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// checkSource reports whether dir holds the nested module.
func checkSource(dir string) error {
	_, err := os.Stat(filepath.Join(dir, "controlplane", "main.go"))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("control plane: %s does not hold the module that the control plane is built from: "+
			"set Options.SourceDir to %s of a checkout", dir, clusterModule)
	}
	return doing("looking for the source of the control plane", err)
}
