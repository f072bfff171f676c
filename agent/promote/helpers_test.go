package promote_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

var update = flag.Bool("update", false, "write the golden files anew")

// layout is the usual one.
var layout = gate.Layout{}

// renderer is shared: it remembers nothing of a tree.
var renderer = render.New()

// committed is when the commits of the tests are made, one an hour.
var committed = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// repository is a real one, with testdata/tree on main.
type repository struct {
	*gitserver.TestRepository
	testing.TB
	hours int
}

func newRepository(t testing.TB) *repository {
	t.Helper()
	r := &repository{TestRepository: gitserver.ForTest(t), TB: t}
	r.commit(gitserver.Change{Message: "Serve our models", FS: os.DirFS("testdata/tree")})
	return r
}

// commit makes a commit, an hour after the one before.
func (r *repository) commit(c gitserver.Change) string {
	r.Helper()
	if c.When.IsZero() {
		c.When = committed.Add(time.Duration(r.hours) * time.Hour)
		r.hours++
	}
	return r.Commit(c)
}

// write commits files to main.
func (r *repository) write(message string, files map[string]string) string {
	r.Helper()
	return r.commit(gitserver.Change{Message: message, Files: files})
}

// open reads the repository as it is now.
func (r *repository) open() *source.Clone {
	r.Helper()
	clone, err := source.OpenClone(r.Dir())
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { clone.Close() })
	return clone
}

// main is the newest commit of main.
func (r *repository) main() (*source.Clone, *source.Snapshot) {
	r.Helper()
	clone := r.open()
	at, err := clone.Resolve("refs/heads/main")
	if err != nil {
		r.Fatal(err)
	}
	return clone, at
}

// plan is a promotion of what is on main.
func (r *repository) plan(request promote.Request) *promote.Plan {
	r.Helper()
	_, at := r.main()
	plan, err := promote.New(renderer, at, gate.Layout{}, request)
	if err != nil {
		r.Fatal(err)
	}
	return plan
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not as it was (-update writes it anew):\n%s", name, diff)
	}
}

// read is a file of the tree of the tests.
func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/tree", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
