package source_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const unit = "prod/llama"

func TestTouchingAlongALine(t *testing.T) {
	c := newCheckout(t)
	first := c.commit("first", one(unit+"/a", "1"))
	c.commit("other", one("README", "1"))
	c.commit("change", one(unit+"/a", "2"))
	c.commit("revert", one(unit+"/a", "1"))
	c.git("mv", unit, "prod/renamed")
	last := c.commit("rename", nil)
	c.touching("", last, "rename revert change first", unit)
	c.touching(first, last, "rename revert change", unit+"/a")
	c.touching(first, last, "rename", "prod/renamed")
	c.touching(first, last, "other", "README", "none", "README/none")
	c.touching(first, last, "", "none")
	c.touching(first, last, "")
	c.touching(last, last, "", ".")
	c.touching(last, first, "", ".")
	c.step("", last, "rename", unit)
	c.step(first, c.git("rev-parse", last+"~2"), "change", unit)
	c.step(last, last, "", unit)
	c.step("", first, "first", unit)
	c.step("", last, "", "none")
}

// Turning a file executable changes it.
func TestAModeIsPartOfAFile(t *testing.T) {
	c := newCheckout(t)
	first := c.commit("first", one(unit+"/a", "1"))
	c.git("update-index", "--chmod=+x", unit+"/a")
	c.git("commit", "--quiet", "-m", "chmod")
	c.touching(first, c.head(), "chmod", unit+"/a")
	c.touching(first, c.head(), "chmod", unit)
}

// branched is a history with a branch that changed the unit and policies.
func branched(t *testing.T) (c checkout, base string) {
	c = newCheckout(t)
	base = c.commit("base", map[string]string{unit + "/a": "1", "policies/p": "1", "z": "1"})
	c.git("checkout", "--quiet", "-b", "topic")
	c.commit("topic-unit", one(unit+"/a", "2"))
	c.commit("topic-policy", one("policies/p", "2"))
	c.git("checkout", "--quiet", "main")
	c.commit("main-z", one("z", "2"))
	return c, base
}

func TestTouchingThroughMerges(t *testing.T) {
	t.Run("clean", func(t *testing.T) {
		c, base := branched(t)
		c.git("merge", "--quiet", "--no-ff", "-m", "merge", "topic")
		c.touching(base, c.head(), "topic-unit", unit)
		c.touching(base, c.head(), "merge main-z topic-policy topic-unit", ".")
		c.step(base, c.head(), "merge", unit)
		c.step(base, c.head(), "merge", unit, "policies")
		c.step(base, c.head(), "main-z", "z")
	})
	t.Run("evil", func(t *testing.T) {
		c, base := branched(t)
		c.git("merge", "--quiet", "--no-ff", "--no-commit", "topic")
		c.commit("evil", one(unit+"/a", "666"))
		c.touching(base, c.head(), "evil topic-unit", unit)
	})
	t.Run("ours", func(t *testing.T) {
		c, base := branched(t)
		from := c.head()
		c.git("merge", "--quiet", "-s", "ours", "-m", "ours", "topic")
		c.touching(base, c.head(), "", unit)
		c.touching(from, c.head(), "", unit)
		c.step(base, c.head(), "", unit)
	})
	t.Run("undone", func(t *testing.T) { // by merging what has the files of long ago
		c, base := branched(t)
		from := c.commit("main-unit", one(unit+"/a", "3"))
		c.git("checkout", "--quiet", "-b", "old", base)
		c.commit("old-z", one("y", "1"))
		c.git("merge", "--quiet", "-s", "ours", "-m", "undo", from)
		c.touching(from, c.head(), "undo", unit)
		c.commit("later", one("z", "9"))
		c.touching(from, c.head(), "undo", unit)
		c.step(from, c.head(), "undo", unit)
		c.step(from, c.head(), "later", "z")
		c.step(from, c.head(), "", "none")
	})
	t.Run("octopus", func(t *testing.T) {
		c, base := branched(t)
		c.git("checkout", "--quiet", "-b", "more", base)
		c.commit("more-unit", one(unit+"/b", "1"))
		c.git("checkout", "--quiet", "main")
		c.git("merge", "--quiet", "--no-ff", "-m", "octopus", "topic", "more")
		c.touching(base, c.head(), "octopus more-unit topic-unit", unit)
		c.touching(base, c.head(), "topic-policy", "policies")
	})
	t.Run("squash", func(t *testing.T) {
		c, base := branched(t)
		c.git("merge", "--quiet", "--squash", "topic")
		c.commit("squash", nil)
		c.touching(base, c.head(), "squash", unit)
	})
	t.Run("rebase", func(t *testing.T) {
		c, base := branched(t)
		c.git("checkout", "--quiet", "topic")
		c.git("rebase", "--quiet", "main")
		c.touching(base, c.head(), "topic-unit", unit)
		c.step(base, c.head(), "topic-unit", unit)
	})
	t.Run("criss-cross", func(t *testing.T) {
		c, base := branched(t)
		main := c.head()
		c.git("merge", "--quiet", "--no-ff", "-m", "one", "topic")
		c.git("checkout", "--quiet", "topic")
		c.git("merge", "--quiet", "--no-ff", "-m", "two", main)
		c.git("merge", "--quiet", "--no-ff", "-m", "three", "main")
		c.touching(base, c.head(), "topic-unit", unit)
	})
}

// The commits of a branch that was merged before are not told again, whatever
// the clocks of their authors said.
func TestLyingDates(t *testing.T) {
	repo := gitserver.ForTest(t)
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	commit := func(branch, message, onto string, year int, merge ...string) string {
		return repo.Commit(gitserver.Change{Branch: branch, Message: message, Onto: onto, When: date(year), Merge: merge,
			Files: one(unit+"/"+message, message)})
	}
	root := commit("main", "root", "", 2020)
	side := commit("side", "side", root, 2099)
	from := commit("main", "from", root, 1999, side)
	old := commit("old", "old", side, 1980)
	to := commit("main", "to", from, 1975, old)
	poll(t, r)
	commits, err := r.History().Touching(t.Context(), from, to, []string{unit})
	if err != nil || subjects(commits) != "to old" {
		t.Errorf("%s..%s touched it in %q, %v", from, to, subjects(commits), err)
	}
	for _, ask := range []struct {
		tip, old string
		want     bool
	}{{to, root, true}, {to, side, true}, {from, old, false}, {root, to, false}, {to, to, true}} {
		if got, err := r.History().Contains(t.Context(), ask.tip, ask.old); got != ask.want || err != nil {
			t.Errorf("Contains(%s, %s) = %v, %v", ask.tip, ask.old, got, err)
		}
	}
	if base, err := r.History().MergeBase(t.Context(), from, old); err != nil || base != side {
		t.Errorf("MergeBase is %s, %v; want %s", base, err, side)
	}
}

func TestHistoryRefuses(t *testing.T) {
	c := newCheckout(t)
	first := c.commit("first", one("a", "1"))
	h := c.open().History()
	none := strings.Repeat("0", 39) + "1"
	for name, err := range map[string]error{
		"no such from": second(h.Touching(t.Context(), none, first, nil)),
		"no such to":   second(h.Touching(t.Context(), "", none, nil)),
		"a short id":   second(h.Touching(t.Context(), "", first[:8], nil)),
		"no such tip":  second(h.Contains(t.Context(), none, first)),
		"no such old":  second(h.Contains(t.Context(), first, none)),
		"no such base": second(h.MergeBase(t.Context(), first, none)),
	} {
		if source.KindOf(err) != source.CommitMissing {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Touching(t.Context(), "", first, []string{"../a"}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a path out of the repository: %v", err)
	}
	if _, _, err := h.FirstParentTouching(t.Context(), "", first, []string{"/a"}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("an absolute path: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Touching(ctx, "", first, []string{"a"}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if _, _, err := h.FirstParentTouching(ctx, "", first, []string{"b"}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestLines(t *testing.T) {
	long := make([]string, 9000)
	for i := range long {
		long[i] = fmt.Sprint(i)
	}
	c := newCheckout(t)
	old := map[string]string{
		"same": "a\nb\n", "changed": "a\nb\nc\n", "deleted": "a\nb\n", "no end": "a\nb", "binary": "a\x00\nb\n",
		"moved": "a\nb\nc\nd\n", "all": strings.Join(long, "\n"), "empty": "\n",
	}
	c.commit("old", old)
	before := c.head()
	c.commit("new", map[string]string{
		"changed": "a\nB\nc\n", "deleted": "", "no end": "a\nb\n", "binary": "b\x00", "added": "1\n2\n3", "empty": "\n\n",
		"moved": "d\na\nb\nc\n", "all": strings.Join(long, "x\n"),
	})
	clone := c.open()
	for name, want := range map[string]int64{
		"same": 0, "changed": 2, "deleted": 2, "added": 3, "no end": 2, "binary": 2, "moved": 2, "empty": 1, "none": 0, "all": 2*9000 - 2,
	} {
		got, err := source.Lines(resolve(t, clone, before), resolve(t, clone, "HEAD"), []string{name})
		if err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", name, got, err, want)
		}
	}
	if got, err := source.Lines(resolve(t, clone, before), resolve(t, clone, "HEAD"), []string{"changed", "added"}); err != nil || got != 5 {
		t.Errorf("two files: %d, %v", got, err)
	}
	if _, err := source.Lines(resolve(t, clone, before), resolve(t, clone, "HEAD"), []string{"../x"}); err == nil {
		t.Error("a path out of the repository has lines")
	}
}
