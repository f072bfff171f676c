package source_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// files is a small repository.
var files = map[string]string{
	"README.md":                            "# Models\n",
	"environments/dev/llama/model.yaml":    "kind: ModelDeployment\n",
	"environments/prod/llama/model.yaml":   "kind: ModelDeployment\n",
	"environments/prod/mixtral/model.yaml": "kind: ModelDeployment # larger\n",
}

// follow opens a repository behind a front, with the front's own Secret.
func follow(t testing.TB, repo *gitserver.TestRepository, front *gitserver.Front, adjust ...func(*source.Config)) *source.Repository {
	t.Helper()
	r, err := source.Open(config(t, repo, front, adjust...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func config(t testing.TB, repo *gitserver.TestRepository, front *gitserver.Front, adjust ...func(*source.Config)) source.Config {
	t.Helper()
	cfg := source.Config{URL: front.URL, Dir: t.TempDir()}
	if len(front.Secret) > 0 {
		cfg.AuthDir = repo.SecretDir(front)
	}
	for _, f := range adjust {
		f(&cfg)
	}
	return cfg
}

func poll(t testing.TB, r *source.Repository) *source.Snapshot {
	t.Helper()
	snap, err := r.Poll(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// refuse polls and wants an error of the kind.
func refuse(t testing.TB, r *source.Repository, kind source.Kind) *source.Error {
	t.Helper()
	_, err := r.Poll(context.Background())
	var e *source.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("Poll said %v, want an error of kind %d", err, kind)
	}
	return e
}

// refuseRewind polls and wants a rewind refused.
func refuseRewind(t testing.TB, r *source.Repository, from, to string) {
	t.Helper()
	_, err := r.Poll(context.Background())
	var e *source.RewindError
	if !errors.As(err, &e) || e.From != from || e.To != to || e.Branch != "main" {
		t.Fatalf("Poll said %v, want a rewind from %s to %s refused", err, from, to)
	}
	if source.IsTransient(err) {
		t.Error("a rewind is called transient")
	}
}

func at(t testing.TB, snap *source.Snapshot, hash string) {
	t.Helper()
	if got := snap.Commit().Hash; got != hash {
		t.Fatalf("the snapshot is of %s, want %s", got, hash)
	}
}

func contents(t testing.TB, snap *source.Snapshot, name, want string) {
	t.Helper()
	got, err := snap.ReadFile(name)
	if err != nil || string(got) != want {
		t.Fatalf("ReadFile(%q) = %q, %v; want %q", name, got, err, want)
	}
}

// counted wants exactly these numbers of listings and fetches since the last
// Reset.
func counted(t testing.TB, front *gitserver.Front, listings, fetches int) {
	t.Helper()
	l, f := front.Count("info/refs"), front.Count("git-upload-pack")
	if l != listings || f != fetches {
		t.Errorf("%d listings and %d fetches, want %d and %d", l, f, listings, fetches)
	}
}

// journal collects log lines.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) keep(cfg *source.Config) { cfg.Logger = slog.New(slog.NewTextHandler(j, nil)) }

// store returns where a configuration keeps its bare repository.
func store(cfg source.Config) string { return filepath.Join(cfg.Dir, "repository.git") }

// objectFiles returns the files that hold objects.
func objectFiles(t testing.TB, cfg source.Config) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(filepath.Join(store(cfg), "objects"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("the store has %d files, %v", len(all), err)
	}
	return all
}

// overwrite changes a file that was made read-only.
func overwrite(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func mentions(t testing.TB, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q does not mention %q", text, word)
		}
	}
}

// date is the first day of a year.
func date(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
