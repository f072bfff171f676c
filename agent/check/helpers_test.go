package check_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// now is when everything here is decided, and committed when commits are made.
var (
	now       = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	committed = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
)

// files are what a commit writes, by path.
type files map[string]string

// history is a real repository, with what is merged on main and the change on the branch change.
type history struct {
	testing.TB
	repo  *gitserver.TestRepository
	hour  int
	trees func(*check.Trees) // puts something in the place of a tree; may be nil
}

// newHistory has the environments dev and prod, with a policy in prod, and two models in each.
func newHistory(t testing.TB, more ...files) *history {
	t.Helper()
	h := &history{TB: t, repo: gitserver.ForTest(t)}
	start := files{
		"environments/dev/environment.yaml":     environment("dev"),
		"environments/prod/environment.yaml":    environment("prod", "policies: [{name: few}]"),
		"environments/dev/echo/model.yaml":      echo("echo", "1.0"),
		"environments/prod/echo/model.yaml":     echo("echo", "1.0"),
		"environments/prod/parrot/model.yaml":   echo("parrot", "1.0"),
		"policies/few.yaml":                     policy("few", fewer(3), "at most 3 replicas"),
		"environments/prod/echo/README.md":      "What echoes.\n",
		"environments/base/README.md":           "Nobody reads this.\n",
		"environments/dev/parrot/model.yaml":    echo("parrot", "1.0"),
		"environments/staging/environment.yaml": environment("staging"),
	}
	h.main("Start", append([]files{start}, more...)...)
	return h
}

// main commits files to main. An empty text deletes a file.
func (h *history) main(message string, all ...files) string {
	h.Helper()
	return h.commit(gitserver.Change{Branch: "main", Message: message}, all...)
}

// change commits files to the branch change, which begins where main is.
func (h *history) change(message string, all ...files) string {
	h.Helper()
	return h.commit(gitserver.Change{Branch: "change", Message: message}, all...)
}

// signed is change with a signature by one of the keys, whose author is somebody@example.com.
func (h *history) signed(key byte, message string, all ...files) string {
	h.Helper()
	author := gitserver.Person{Name: people[key], Email: people[key] + "@example.com"}
	return h.commit(gitserver.Change{Branch: "change", Message: message, Signer: signer(h.TB, key), Author: author}, all...)
}

func (h *history) commit(c gitserver.Change, all ...files) string {
	h.Helper()
	if _, err := h.repo.Head(c.Branch); err != nil && c.Branch != "main" {
		c.Onto, _ = h.repo.Head("main")
	}
	c.Files = map[string]string{}
	for _, some := range all {
		for name, text := range some {
			if c.Files[name] = text; text == "" {
				delete(c.Files, name)
				c.Delete = append(c.Delete, name)
			}
		}
	}
	h.hour++
	c.When = committed.Add(time.Duration(h.hour) * time.Hour)
	return h.repo.Commit(c)
}

// open reads the trees of the change against main.
func (h *history) open() check.Trees {
	h.Helper()
	clone, err := source.OpenClone(h.repo.Dir())
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { clone.Close() })
	trees, err := treesOf(clone)
	if err != nil {
		h.Fatal(err)
	}
	return trees
}

// treesOf are the branch change, main, and where they parted.
func treesOf(clone *source.Clone) (check.Trees, error) {
	base, err := clone.Resolve("main")
	if err != nil {
		return check.Trees{}, err
	}
	head, err := clone.Resolve("change")
	if err != nil {
		return check.Trees{}, err
	}
	fork, err := clone.MergeBase(base, head)
	return check.Trees{Base: base, Fork: fork, HeadCommit: head, Head: head, History: clone.History(), At: clone.Resolve}, err
}

// run is what becomes of the change, or why that cannot be told.
func (h *history) run(o check.Options) (*check.Report, error) {
	h.Helper()
	trees := h.open()
	if h.trees != nil {
		h.trees(&trees)
	}
	o.Now = now
	return check.Run(h.Context(), render.New(), trees, o)
}

// check is what becomes of the change.
func (h *history) check(o ...check.Options) *check.Report {
	h.Helper()
	report, err := h.run(append(o, check.Options{})[0])
	if err != nil {
		h.Fatal(err)
	}
	return report
}

// brief is a report in a few words: the verdict, and what becomes of each unit.
func brief(r *check.Report) string {
	parts := []string{string(r.Verdict)}
	for _, u := range r.Units {
		text := u.ID
		switch {
		case len(u.Problems) > 0:
			text += " invalid"
		default:
			text += " " + u.Change + " " + string(u.Outcome.Verdict)
		}
		parts = append(parts, text)
	}
	return strings.Join(append(parts, fmt.Sprintf("%d not", r.Unaffected)), "; ")
}

func wantBrief(t *testing.T, r *check.Report, want string) {
	t.Helper()
	if got := brief(r); got != want {
		t.Errorf("got  %s\nwant %s\n%s", got, want, written(t, check.WriteText, r))
	}
}

// wantText looks for parts of the report as a person reads it.
func wantText(t *testing.T, r *check.Report, parts ...string) {
	t.Helper()
	text := written(t, check.WriteText, r)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

func written(t testing.TB, format func(io.Writer, *check.Report) error, r *check.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := format(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// findings are what the policies say of a unit, one a line.
func findings(u check.Unit) string {
	var lines []string
	if u.Outcome != nil {
		for _, f := range u.Outcome.Findings {
			lines = append(lines, f.String())
		}
	}
	return strings.Join(lines, "\n")
}
