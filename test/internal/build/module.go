package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// keepUnused is how long binaries that nobody runs any more stay in the cache.
const keepUnused = 7 * 24 * time.Hour

// A Module is a nested module and the programs in it.
type Module struct {
	// Name is what people call it, as in "the control plane".
	Name string
	// Dir of the module in the source tree, with slashes, as in "test/cluster".
	Dir string
	// Programs are packages of the module, as in "./kwok". Each binary is named for its directory.
	Programs []string
	// Flags for go build beside those that all have.
	Flags []string
	// LDFlags for the linker beside those that all have.
	LDFlags string
	// Takes is about how long the first build takes, as in "about 6 minutes".
	Takes string
}

// Options say how to build. The zero value is useful.
type Options struct {
	// Progress is told what takes long, one line at a time. Default: nobody.
	Progress io.Writer
	// CacheDir keeps the binaries. Default: penstock and the last part of Module.Dir in the user's cache directory.
	CacheDir string
	// SourceDir is where the module is. Default: Module.Dir in the source tree of this package, or of the working
	// directory.
	SourceDir string
}

// Build compiles the programs, unless the cache already has them, and returns the directory with the binaries.
func (m Module) Build(ctx context.Context, options Options) (dir string, err error) {
	if options, err = m.withDefaults(options); err != nil {
		return "", err
	}
	source, err := m.source(options.SourceDir)
	if err != nil {
		return "", err
	}
	toolchain, err := m.toolchain(ctx, source)
	if err != nil {
		return "", err
	}
	name, err := m.digest(source, toolchain)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(options.CacheDir, name)
	if cached(dir) {
		return dir, nil
	}
	return dir, m.buildOnce(ctx, options, source, dir)
}

// ModuleDir returns where the files are of a module that this one requires.
func (m Module) ModuleDir(ctx context.Context, required string) (string, error) {
	source, err := m.source("")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", required)
	cmd.Dir = source
	cmd.Env = Env()
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), m.doing("finding the files of "+required, err)
}

// Env is the environment of the go command: it keeps the caller's flags and workspace out of the nested module, and
// spares the machine a C compiler.
func Env() []string {
	return append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
}

// withDefaults is the only place where defaults are filled in.
func (m Module) withDefaults(o Options) (Options, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.CacheDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, m.doing("finding the user's cache directory (set HOME, or Options.CacheDir)", err)
		}
		o.CacheDir = filepath.Join(cache, "penstock", path.Base(m.Dir))
	}
	return o, nil
}

// toolchain is the Go version that the module will be built with.
func (m Module) toolchain(ctx context.Context, source string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH")
	cmd.Dir = source
	cmd.Env = Env()
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s: no go command in PATH, and it is compiled from source: install Go from https://go.dev/dl", m.Name)
	}
	return strings.Join(strings.Fields(string(out)), " "), m.doing("asking go for its version", err)
}

// doing wraps an error with what was being done, and keeps nil nil.
func (m Module) doing(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", m.Name, what, err)
}
