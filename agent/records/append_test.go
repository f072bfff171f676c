package records_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// What Append says is what an agent pushes, and what git itself and Verify find to be right.
func TestWhatIsAppendedIsPushedSignedAndVerified(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", map[string]string{"README.md": "models\n"})
	agent, err := source.Open(source.Config{URL: repo.HTTP(gitserver.HTTP{}).URL, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agent.Close)
	if _, err := agent.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	key, head, told := keyOf(t, "agent of staging"), records.Head{}, story()
	for len(told) > 0 {
		var parent *source.Snapshot
		if head.Commit != "" {
			if parent, err = agent.At(head.Commit); err != nil {
				t.Fatal(err)
			}
		}
		c, err := records.Append(head, "staging", told[:2], nil, noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		next, objects, err := c.Build(parent, key)
		if err != nil {
			t.Fatal(err)
		}
		if err := agent.Push(t.Context(), records.Branch("staging"), head.Commit, next.Commit, objects...); err != nil {
			t.Fatal(err)
		}
		head, told = next, told[2:]
	}
	allowed := filepath.Join(t.TempDir(), "allowed_signers")
	if err := os.WriteFile(allowed, []byte("penstock@staging "+string(ssh.MarshalAuthorizedKey(key.PublicKey()))), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-c", "gpg.ssh.allowedSignersFile=" + allowed, "verify-commit", head.Commit},
		{"fsck", "--strict", "--full"},
	} {
		if out, err := repo.Git(nil, args...); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
	opts := records.Options{Environment: "staging", Keys: keys(t, "staging", listed(key)), Now: noon.Add(time.Hour)}
	for name, reader := range map[string]records.Reader{"the agent's": agent, "a clone's": clone(t, repo)} {
		l, err := records.Verify(t.Context(), reader, head.Commit, opts)
		if err != nil || l.Len() != len(story()) || l.Head() != head {
			t.Errorf("by %s: %v, %+v", name, err, l.Head())
		}
	}
	if out, err := repo.Git(nil, "log", "-1", "--format=%an <%ae> %cn <%ce> %s|%(trailers:key=Penstock-Sequence,valueonly)", head.Commit); err != nil ||
		out != "Penstock <penstock@staging> Penstock <penstock@staging> staging: 2 facts about 2 models|15-16" {
		t.Errorf("git log shows %s, %v", out, err)
	}
}

func clone(t *testing.T, repo *gitserver.TestRepository) *source.Clone {
	t.Helper()
	c, err := source.OpenClone(repo.Dir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestFactsAreNumberedLinkedAndInTheOrderOfTime(t *testing.T) {
	facts := []records.Fact{fact(records.Applied, "llama", releaseA, noon.Add(time.Hour+time.Microsecond)), fact(records.Healthy, "llama", releaseA, noon), fact(records.Applied, "llama", releaseB, noon.Add(9*time.Hour))}
	head := records.Head{Commit: commitA, Sequence: 41, Digest: releaseB, Time: noon.Add(-time.Hour)}
	c, err := records.Append(head, "staging", facts, nil, noon.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []time.Duration{time.Hour, time.Hour, 2 * time.Hour} {
		f := c.Facts[i]
		if f.Sequence != uint64(42+i) || !f.Time.Equal(noon.Add(at)) || f.Previous != head.Digest {
			t.Errorf("fact %d is %d at %s after %s", i, f.Sequence, f.Time, f.Previous)
		}
		head.Digest = records.Digest(c.Files[f.Path()])
	}
	if c.Parent != commitA || c.Head.Sequence != 44 || c.Head.Digest != head.Digest || !c.Head.Time.Equal(noon.Add(2*time.Hour)) || len(c.Files) != 3 {
		t.Errorf("got %+v with %d files", c.Head, len(c.Files))
	}
	if facts[0].Sequence != 0 {
		t.Error("the facts that were handed in were changed")
	}
}

func TestWhatIsThereIsNotWrittenAgain(t *testing.T) {
	a, b := fact(records.Applied, "llama", releaseA, noon), fact(records.Healthy, "llama", releaseA, noon)
	c, err := records.Append(records.Head{}, "staging", []records.Fact{a, b, a}, map[string]bool{b.ID: true}, noon)
	if err != nil || len(c.Facts) != 1 || c.Facts[0].ID != a.ID {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, err = records.Append(records.Head{}, "staging", []records.Fact{b}, map[string]bool{b.ID: true}, noon); c != nil || err != nil {
		t.Errorf("with nothing to write: %+v, %v", c, err)
	}
}

func TestAppendRefuses(t *testing.T) {
	good := fact(records.Applied, "llama", releaseA, noon)
	for name, test := range map[string]struct {
		head   records.Head
		change func(f *records.Fact)
		says   string
	}{
		"a fact of another environment":           {change: func(f *records.Fact) { f.Environment = "prod" }, says: "is about prod/llama"},
		"a fact without an id":                    {change: func(f *records.Fact) { f.ID = "" }, says: "expected 32 hex digits"},
		"to follow what is yet to come":           {head: records.Head{Sequence: 1, Digest: releaseA, Time: noon.Add(records.Skew + time.Millisecond)}, says: records.ErrClock.Error()},
		"a model whose name leads out of its own": {change: func(f *records.Fact) { f.Model = "../prod" }, says: "no name of a model"},
	} {
		f := good
		if test.change != nil {
			test.change(&f)
		}
		if _, err := records.Append(test.head, "staging", []records.Fact{f}, nil, noon); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := records.Append(records.Head{Time: noon.Add(time.Hour)}, "staging", nil, nil, noon)
	if !errors.Is(err, records.ErrClock) {
		t.Errorf("got %v", err)
	}
}

func TestManyFactsGoIntoSeveralCommits(t *testing.T) {
	var facts []records.Fact
	for i := range 2100 {
		facts = append(facts, fact(records.Applied, "llama", releaseA, noon.Add(time.Duration(i)*time.Second)))
	}
	head, rest, commits := records.Head{}, facts, []int{}
	for len(rest) > 0 {
		c, err := records.Append(head, "staging", rest, nil, noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		commits, head, rest = append(commits, len(c.Facts)), c.Head, c.Rest
	}
	if !slices.Equal(commits, []int{1000, 1000, 100}) || head.Sequence != 2100 {
		t.Errorf("commits of %v facts, up to %d", commits, head.Sequence)
	}
}
