package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/penstock-dev/penstock/test/internal/build"
)

// A module is a version of a Go module. Its sum is the hash of its content, as
// in a go.sum.
type module struct{ path, version, sum string }

func (m module) String() string { return m.path + "@" + m.version }

// in returns the file's path, given the directories of the modules.
func (f crdFile) in(dirs map[module]string) string {
	return filepath.Join(dirs[f.module], filepath.FromSlash(f.path))
}

// download returns the directories of modules in Go's module cache. Go downloads
// those that are not there yet, as the user has set it up to: GOPROXY, GOSUMDB
// and the others hold.
func download(ctx context.Context, dir string, modules []module) (map[module]string, error) {
	args := []string{"mod", "download", "-json"}
	for _, m := range modules {
		args = append(args, m.String())
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, build.Env(), &stdout, &stderr // outside the reach of any go.mod
	failed := cmd.Run()
	if ctx.Err() != nil {
		return nil, doing("downloading CRDs", context.Cause(ctx))
	}
	if errors.Is(failed, exec.ErrNotFound) {
		return nil, errors.New("control plane: no go command in PATH, and the CRDs are taken from Go modules: install Go from https://go.dev/dl")
	}
	dirs, err := checkDownloads(&stdout, modules)
	if err == nil && failed != nil {
		err = fmt.Errorf("control plane: go %s: %w\n%s", strings.Join(args, " "), failed, &stderr)
	}
	return dirs, err
}

// A downloaded module is what go tells of one.
type downloaded struct{ Path, Version, Dir, Sum, Error string }

// checkDownloads reads what go tells of the modules, and compares it with what
// they ought to be.
func checkDownloads(output io.Reader, modules []module) (map[module]string, error) {
	told := map[string]downloaded{}
	for decoder := json.NewDecoder(output); decoder.More(); {
		var d downloaded
		if err := decoder.Decode(&d); err != nil {
			return nil, doing("reading the output of go mod download", err)
		}
		told[d.Path] = d
	}
	dirs := map[module]string{}
	var errs []error
	for _, m := range modules {
		if err := m.check(told[m.path]); err != nil {
			errs = append(errs, err)
		}
		dirs[m] = told[m.path].Dir
	}
	return dirs, errors.Join(errs...)
}

// check returns why a download cannot be used, and what to do about it.
func (m module) check(d downloaded) error {
	switch {
	case d.Error != "":
		return fmt.Errorf("control plane: the CRDs in the Go module %s cannot be had: %s; "+
			"run `go mod download %[1]s` once where a module proxy (GOPROXY) can be reached; after that they are in the module cache", m, d.Error)
	case d.Dir == "":
		return fmt.Errorf("control plane: go mod download says nothing of %s", m)
	case d.Sum != m.sum:
		return fmt.Errorf("control plane: the Go module %s is not the one that is pinned: its hash is %s and not %s; "+
			"if the module cache is not to be trusted, clear it with `go clean -modcache`; if crds.go has just got another version, give it this version's hash", m, d.Sum, m.sum)
	}
	return nil
}
