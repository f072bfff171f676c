package source_test

import (
	"fmt"
	"strings"
	"testing"
)

// longHistory is 10,000 commits to a thousand models, of which one model is
// changed by every thousandth.
func longHistory(b *testing.B) checkout {
	c := newCheckout(b)
	var w strings.Builder
	for i := range 10_000 {
		text := fmt.Sprintf("replicas: %d\n", i)
		fmt.Fprintf(&w, "commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n", 1_600_000_000+i)
		fmt.Fprintf(&w, "M 100644 inline environments/prod/model-%d/release.yaml\ndata %d\n%s\n", i%1000, len(text), text)
	}
	c.gitWith(w.String(), "fast-import", "--quiet")
	c.git("reset", "--quiet", "--hard")
	return c
}

var oneModel = []string{"environments/prod/model-7", "environments/base/model-7"}

// What one question costs that goes through 10,000 commits, in a new process.
func BenchmarkTouchingCold(b *testing.B) {
	c := longHistory(b)
	head := c.head()
	b.ReportAllocs()
	for b.Loop() {
		commits, err := c.open().History().Touching(b.Context(), "", head, oneModel)
		if err != nil || len(commits) != 10 {
			b.Fatal(len(commits), err)
		}
	}
}

// The next such question, about this unit or another.
func BenchmarkTouchingWarm(b *testing.B) {
	c := longHistory(b)
	head, h := c.head(), c.open().History()
	if _, err := h.Touching(b.Context(), "", head, oneModel); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Touching(b.Context(), "", head, oneModel); err != nil {
			b.Fatal(err)
		}
	}
}

// What the agent asks for each unit after a new commit.
func BenchmarkTouchingLastStep(b *testing.B) {
	c := longHistory(b)
	head, h := c.head(), c.open().History()
	before := c.git("rev-parse", "HEAD~3")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Touching(b.Context(), before, head, oneModel); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMergeBase(b *testing.B) {
	c := longHistory(b)
	c.git("checkout", "--quiet", "-b", "topic", "HEAD~50")
	c.commit("topic", one("a", "1"))
	clone := c.open()
	x, y := resolve(b, clone, "main"), resolve(b, clone, "topic")
	for b.Loop() {
		if _, err := clone.MergeBase(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDirty5000Files(b *testing.B) {
	c := newCheckout(b)
	c.commit("first", manyFiles(5000))
	clone := c.open()
	b.ReportAllocs()
	for b.Loop() {
		dirty(b, clone, nil)
	}
}

func BenchmarkObjectIDOfOneOf5000Files(b *testing.B) {
	c := newCheckout(b)
	c.commit("first", manyFiles(5000))
	clone := c.open()
	b.ReportAllocs()
	for b.Loop() {
		w := workTree(b, clone)
		if _, err := w.ObjectID("environments/env3/model7"); err != nil {
			b.Fatal(err)
		}
	}
}
