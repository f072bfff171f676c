package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// cluster is a module of two programs.
var cluster = Module{Name: "the cluster", Dir: "test/cluster", Programs: []string{"./controlplane", "./kwok"}, Takes: "no time"}

// moduleWith is a module of two small programs, the first with this body.
func moduleWith(t *testing.T, body string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":               "module example.com/cluster\n\ngo 1.26.0\n",
		"controlplane/main.go": "package main\n\nfunc main() { " + body + " }\n",
		"kwok/main.go":         "package main\n\nfunc main() {}\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lines collects progress from several goroutines.
type lines struct {
	sync.Mutex
	strings.Builder
}

func (l *lines) Write(data []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Builder.Write(data)
}

func TestBuildHappensOnce(t *testing.T) {
	t.Parallel()
	var progress lines
	options := Options{Progress: &progress, CacheDir: t.TempDir(), SourceDir: moduleWith(t, `println("built")`)}
	var builds sync.WaitGroup
	for range 4 {
		builds.Go(func() {
			if _, err := cluster.Build(t.Context(), options); err != nil {
				t.Error(err)
			}
		})
	}
	builds.Wait()
	if n := strings.Count(progress.String(), "built the cluster in"); n != 1 {
		t.Errorf("built %d times:\n%s", n, progress.String())
	}
	dir, err := cluster.Build(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(filepath.Join(dir, "controlplane")).CombinedOutput(); err != nil || string(out) != "built\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestBuildFollowsTheSource(t *testing.T) {
	t.Parallel()
	options := Options{CacheDir: t.TempDir(), SourceDir: moduleWith(t, `println("old")`)}
	old, err := cluster.Build(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	options.SourceDir = moduleWith(t, `println("new")`)
	changed, err := cluster.Build(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if old == changed {
		t.Error("a changed module has the same binaries")
	}
	options.SourceDir = moduleWith(t, `println("old")`)
	if again, err := cluster.Build(t.Context(), options); err != nil || again != old {
		t.Errorf("the same module elsewhere has other binaries: %v, %v", again, err)
	}
}

func TestBuildFailure(t *testing.T) {
	t.Parallel()
	options := Options{CacheDir: t.TempDir(), SourceDir: moduleWith(t, "undefined()")}
	_, err := cluster.Build(t.Context(), options)
	if err == nil || !strings.Contains(err.Error(), "controlplane/main.go:3:15: undefined: undefined") {
		t.Errorf("got %v, want the compiler's message", err)
	}
	entries, err := os.ReadDir(options.CacheDir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "lock" {
		t.Errorf("a build that failed left %v, %v", entries, err)
	}
}

func TestBuildWithoutSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := cluster.Build(t.Context(), Options{CacheDir: t.TempDir(), SourceDir: dir})
	want := "the cluster: " + dir + " does not hold the module that it is built from: set Options.SourceDir to test/cluster of a checkout"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, ok := cluster.walkUp(dir); ok {
		t.Error("found a module where there is none")
	}
}

func TestBuildGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	options := Options{CacheDir: t.TempDir(), SourceDir: moduleWith(t, "")}
	unlock, err := lockFile(t.Context(), filepath.Join(options.CacheDir, "lock"), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	options.Progress = writerFunc(func([]byte) { cancel() }) // it is told to wait
	if _, err := cluster.Build(ctx, options); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(data []byte) (int, error) { f(data); return len(data), nil }

func TestUnusedBinariesAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"used": 0, "unused": 2 * keepUnused, "killed.part": 0} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Mkdir(path, 0o755), os.Chtimes(path, time.Time{}, time.Now().Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	removeUnused(dir)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "used" {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestBuildProgress(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := newBuildProgress(&out, cluster, 3)
	p.told = time.Time{} // long ago
	for _, part := range []string{"k8s.io/", "api/core/v1\nk8s.io/client-go\n", "# k8s.io/broken\n", "x.go:1: bad thing\n"} {
		if _, err := p.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	want := "building the cluster (the first time takes no time)\n" +
		"building the cluster: compiling k8s.io/api/core/v1 (1 of at most 3 packages)\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if got, want := p.complaints(), "# k8s.io/broken\nx.go:1: bad thing"; got != want || p.compiled != 2 {
		t.Errorf("got %q and %d packages, want %q and 2", got, p.compiled, want)
	}
}
