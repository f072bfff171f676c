package build

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cached reports whether dir is complete, and marks it as used.
func cached(dir string) bool {
	now := time.Now()
	return os.Chtimes(dir, now, now) == nil
}

// buildOnce builds into dir, unless another process has done so meanwhile.
func (m Module) buildOnce(ctx context.Context, options Options, source, dir string) error {
	if err := os.MkdirAll(options.CacheDir, 0o755); err != nil {
		return m.doing("making the cache directory", err)
	}
	unlock, err := lockFile(ctx, filepath.Join(options.CacheDir, "lock"), func() {
		fmt.Fprintf(options.Progress, "waiting for another process that is building %s\n", m.Name)
	})
	if err != nil {
		return m.doing("waiting for its turn to build", err)
	}
	defer unlock()
	if cached(dir) {
		return nil
	}
	removeUnused(options.CacheDir)
	// A directory appears whole or not at all: it is built aside and renamed.
	aside := dir + ".part"
	if err := m.compile(ctx, options.Progress, source, aside); err != nil {
		_ = os.RemoveAll(aside)
		return err
	}
	return m.doing("putting the binaries in place", os.Rename(aside, dir))
}

// compile runs go build and tells how it goes.
func (m Module) compile(ctx context.Context, progress io.Writer, source, target string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return m.doing("making the build directory", err)
	}
	watch := newBuildProgress(progress, m, m.countPackages(ctx, source))
	cmd := exec.CommandContext(ctx, "go", m.args("-v", target)...)
	cmd.Dir = source
	cmd.Env = Env()
	cmd.Stderr = watch
	// A group of its own keeps a terminal's Ctrl-C from it: it is for its owner, who stops everything in order. And the
	// compilers are children of go; they must not outlive a cancelled build.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("%s: building %s: %w\n%s", m.Name, source, err, watch.complaints())
	}
	watch.done()
	return nil
}

// args are go's arguments; they are part of the digest.
func (m Module) args(verbose, target string) []string {
	args := []string{"build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", strings.TrimSpace("-s -w " + m.LDFlags)}
	args = append(args, m.Flags...)
	if verbose != "" {
		args = append(args, verbose)
	}
	return append(append(args, "-o", target+string(filepath.Separator)), m.Programs...)
}

// countPackages is the most that a build can have to compile; 0 if unknown.
func (m Module) countPackages(ctx context.Context, source string) int {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-deps"}, m.Programs...)...)
	cmd.Dir = source
	cmd.Env = Env()
	out, err := cmd.Output()
	if err != nil {
		return 0 // go build will say what is wrong
	}
	return strings.Count(string(out), "\n")
}

// removeUnused removes what no build has used for long, and what a build that was killed left behind. It runs under the
// lock; what it cannot remove, stays.
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
