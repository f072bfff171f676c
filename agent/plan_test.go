package agent

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// history is a repository with the reference tree, and the plans that follow from its commits.
type history struct {
	t       *testing.T
	repo    *gitserver.TestRepository
	cache   string
	follow  *source.Repository
	planner planner
	last    *plan
}

func newHistory(t *testing.T) *history {
	t.Helper()
	repo := gitserver.ForTest(t)
	front := repo.HTTP(gitserver.HTTP{})
	cache := t.TempDir()
	follow, err := source.Open(source.Config{URL: front.URL, Dir: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(follow.Close)
	h := &history{t: t, repo: repo, cache: cache, follow: follow}
	h.planner = planner{path: "environments", renderer: render.New(), metrics: newMetrics(), rulebook: &rulebook{layout: gate.Layout{}.WithDefaults()}}
	h.commit(gitserver.Change{Message: "Begin", FS: prefixed(t)})
	return h
}

// commit pushes a change and plans for it.
func (h *history) commit(change gitserver.Change) *plan {
	h.t.Helper()
	h.repo.Commit(change)
	snapshot, err := h.follow.Poll(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	next, err := h.planner.plan(h.t.Context(), snapshot, h.last)
	if err != nil {
		h.t.Fatal(err)
	}
	h.last = next
	return next
}

func (h *history) read(name string) string {
	h.t.Helper()
	content, err := environments.Reference.ReadFile(strings.TrimPrefix(name, "environments/"))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(content)
}

func TestTheFirstPlanRendersEveryUnit(t *testing.T) {
	h := newHistory(t)
	if h.last.rendered != len(h.last.units) || len(h.last.units) < 6 {
		t.Errorf("%d of %d units were rendered", h.last.rendered, len(h.last.units))
	}
	for id, unit := range h.last.units {
		if unit.err != nil {
			t.Errorf("%s: %v", id, unit.err)
		}
	}
}

// The second promise: a unit is rendered again only when a file that it reads changed.
func TestAUnitIsRenderedAgainOnlyWhenAFileThatItReadsChanged(t *testing.T) {
	release := "environments/dev/llama-3-8b/release.yaml"
	model := "environments/base/llama-3-8b/model.yaml"
	environment := "environments/dev/environment.yaml"
	for name, test := range map[string]struct {
		file string
		want func(id string) bool
	}{
		"a file outside the environments": {"README.md", func(string) bool { return false }},
		"a unit's own file":               {release, func(id string) bool { return id == "dev/llama-3-8b" }},
		"a base":                          {model, func(id string) bool { return strings.HasSuffix(id, "/llama-3-8b") }},
		"an environment":                  {environment, func(id string) bool { return strings.HasPrefix(id, "dev/") }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t)
			before := h.last
			content := "# changed\n"
			if strings.HasPrefix(test.file, "environments/") {
				content += h.read(test.file)
			}
			next := h.commit(gitserver.Change{Message: "Change " + test.file, Files: map[string]string{test.file: content}})
			for id, unit := range next.units {
				if again := unit != before.units[id]; again != test.want(id) {
					t.Errorf("%s: rendered again is %v", id, again)
				}
			}
		})
	}
}

func TestABrokenUnitIsRenderedAgainWithEveryCommitUntilItIsMended(t *testing.T) {
	h := newHistory(t)
	release := "environments/dev/llama-3-8b/release.yaml"
	broken := h.commit(gitserver.Change{Message: "Break", Files: map[string]string{release: "kind: [\n"}})
	problems := problem.Of(broken.units["dev/llama-3-8b"].err)
	if len(problems) == 0 || problems[0].File != release {
		t.Fatalf("the problem does not name the file: %v", problems)
	}
	for id, unit := range broken.units {
		if id != "dev/llama-3-8b" && unit.err != nil {
			t.Errorf("%s was broken too: %v", id, unit.err)
		}
	}
	mended := h.commit(gitserver.Change{Message: "Mend", Files: map[string]string{release: h.read(release)}})
	if err := mended.units["dev/llama-3-8b"].err; err != nil {
		t.Error(err)
	}
}

// The cache may be deleted at any time: that must never be taken for files that are missing from Git.
func TestAPlanThatLosesTheCacheFailsAsAWholeAndIsMadeAgain(t *testing.T) {
	h := newHistory(t)
	h.repo.Commit(gitserver.Change{Message: "Touch everything", Files: map[string]string{
		"environments/dev/environment.yaml": h.read("environments/dev/environment.yaml") + "# changed\n",
	}})
	snapshot, err := h.follow.Poll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := environments.Load(snapshot, "environments"); err != nil { // it is in memory from now on
		t.Fatal(err)
	}
	store, err := filepath.Glob(filepath.Join(h.cache, "*"))
	if err != nil || len(store) == 0 {
		t.Fatalf("no cache in %s: %v", h.cache, err)
	}
	for _, name := range store {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
	// Nothing of this plan can be carried over, so that files have to be read.
	if next, err := h.planner.plan(t.Context(), snapshot, nil); err == nil {
		for id, unit := range next.units {
			if unit.err != nil {
				t.Errorf("%s is blamed for the lost cache: %v", id, unit.err)
			}
		}
	} else if !strings.Contains(err.Error(), "cache") {
		t.Errorf("the error does not name the cache: %v", err)
	}
	snapshot, err = h.follow.Poll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next, err := h.planner.plan(t.Context(), snapshot, h.last)
	if err != nil {
		t.Fatal(err)
	}
	for id, unit := range next.units {
		if unit.err != nil {
			t.Errorf("%s: %v", id, unit.err)
		}
	}
}

func TestAnAgentPlansOnlyForTheEnvironmentsThatItServes(t *testing.T) {
	h := newHistory(t)
	h.planner.serves = []string{"prod"}
	next := h.commit(gitserver.Change{Message: "Whatever", Files: map[string]string{"README.md": "x"}})
	for id := range next.units {
		if !strings.HasPrefix(id, "prod/") {
			t.Errorf("%s was planned", id)
		}
	}
	if len(next.units) == 0 || len(next.environments) != 1 {
		t.Errorf("%d units of %d environments", len(next.units), len(next.environments))
	}
}

// prefixed is the reference tree where a repository has it, below environments.
func prefixed(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(environments.Reference, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := environments.Reference.ReadFile(name)
		files["environments/"+name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
