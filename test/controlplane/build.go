package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// kubernetesVersion is what the API server says of itself; it must be the
// version that test/cluster/go.mod requires.
const kubernetesVersion = "v1.37.2"

// keepUnused is how long binaries that nobody runs any more stay in the cache.
const keepUnused = 7 * 24 * time.Hour

// Binaries are the two programs of a control plane.
type Binaries struct {
	// ControlPlane is etcd, kube-apiserver, kube-controller-manager,
	// kube-scheduler or kubectl, by the name that it is called by.
	ControlPlane string
	// KWOK plays the nodes.
	KWOK string
}

// Build compiles the binaries, unless the cache already has them. Any number of
// processes may call it at once: one builds, the others wait for it.
func Build(ctx context.Context, options Options) (Binaries, error) {
	options, err := options.withDefaults()
	if err != nil {
		return Binaries{}, err
	}
	source, err := sourceDir(options)
	if err != nil {
		return Binaries{}, err
	}
	toolchain, err := toolchain(ctx, source)
	if err != nil {
		return Binaries{}, err
	}
	name, err := digest(source, toolchain)
	if err != nil {
		return Binaries{}, err
	}
	dir := filepath.Join(options.CacheDir, name)
	if cached(dir) {
		return binariesIn(dir), nil
	}
	return binariesIn(dir), buildOnce(ctx, options, source, dir)
}

func sourceDir(options Options) (string, error) {
	if options.SourceDir == "" {
		return findSource()
	}
	return options.SourceDir, checkSource(options.SourceDir)
}

// toolchain is the Go version that the module will be built with.
func toolchain(ctx context.Context, source string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH")
	cmd.Dir = source
	cmd.Env = buildEnv()
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("control plane: no go command in PATH, and the control plane is compiled from source: install Go from https://go.dev/dl")
	}
	return strings.Join(strings.Fields(string(out)), " "), doing("asking go for its version", err)
}

func binariesIn(dir string) Binaries {
	return Binaries{
		ControlPlane: filepath.Join(dir, "controlplane"),
		KWOK:         filepath.Join(dir, "kwok"),
	}
}

// cached reports whether dir is complete, and marks it as used.
func cached(dir string) bool {
	now := time.Now()
	return os.Chtimes(dir, now, now) == nil
}

// buildOnce builds into dir, unless another process has done so meanwhile.
func buildOnce(ctx context.Context, options Options, source, dir string) error {
	if err := os.MkdirAll(options.CacheDir, 0o755); err != nil {
		return doing("making the cache directory", err)
	}
	unlock, err := lockFile(ctx, filepath.Join(options.CacheDir, "lock"), func() {
		fmt.Fprintln(options.Progress, "waiting for another process that is building the control plane")
	})
	if err != nil {
		return err
	}
	defer unlock()
	if cached(dir) {
		return nil
	}
	removeUnused(options.CacheDir)
	// A directory appears whole or not at all: it is built aside and renamed.
	aside := dir + ".part"
	if err := compile(ctx, options.Progress, source, aside); err != nil {
		_ = os.RemoveAll(aside)
		return err
	}
	return doing("putting the binaries in place", os.Rename(aside, dir))
}

// compile runs go build and tells how it goes.
func compile(ctx context.Context, progress io.Writer, source, target string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return doing("making the build directory", err)
	}
	watch := newBuildProgress(progress, countPackages(ctx, source))
	cmd := exec.CommandContext(ctx, "go", buildArgs("-v", target)...)
	cmd.Dir = source
	cmd.Env = buildEnv()
	cmd.Stderr = watch
	inOwnGroup(cmd)
	// The compilers are children of go; they must not outlive a cancelled build.
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("control plane: building %s: %w\n%s", source, err, watch.complaints())
	}
	watch.done()
	return nil
}

// buildArgs are go's arguments; they are part of the digest.
func buildArgs(verbose, target string) []string {
	const version = "k8s.io/component-base/version"
	ldflags := "-s -w -X " + version + ".gitVersion=" + kubernetesVersion +
		" -X " + version + ".gitMajor=1 -X " + version + ".gitMinor=" + strings.Split(kubernetesVersion, ".")[1]
	args := []string{"build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", ldflags}
	if verbose != "" {
		args = append(args, verbose)
	}
	return append(args, "-o", target+string(filepath.Separator), "./controlplane", "./kwok")
}

// buildEnv keeps the caller's flags and workspace out of the nested module, and
// spares the machine a C compiler.
func buildEnv() []string {
	return append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
}

// countPackages is the most that a build can have to compile; 0 if unknown.
func countPackages(ctx context.Context, source string) int {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "./controlplane", "./kwok")
	cmd.Dir = source
	cmd.Env = buildEnv()
	out, err := cmd.Output()
	if err != nil {
		return 0 // go build will say what is wrong
	}
	return strings.Count(string(out), "\n")
}

// removeUnused removes what no build has used for long, and what a build that
// was killed left behind. It runs under the lock; what it cannot remove, stays.
func removeUnused(cacheDir string) {
	entries, err := os.ReadDir(cacheDir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !entry.IsDir() {
			continue
		}
		if strings.HasSuffix(entry.Name(), ".part") || time.Since(info.ModTime()) > keepUnused {
			_ = os.RemoveAll(filepath.Join(cacheDir, entry.Name()))
		}
	}
}
