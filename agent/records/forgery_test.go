package records_test

import (
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// onlyFile is the path of the one fact in a change that is not the first.
func onlyFile(c gitserver.Change) string { return slices.Collect(maps.Keys(c.Files))[0] }

// Each forgery is one more commit on a branch of three good ones, and is found where it is.
func TestAForgedCommitIsFoundAndNamed(t *testing.T) {
	for name, test := range map[string]struct {
		forge func(b *branch, good gitserver.Change, c *records.Commit) gitserver.Change
		fault records.Fault
		says  string
	}{
		"without a signature": {func(b *branch, g gitserver.Change, _ *records.Commit) gitserver.Change {
			g.Signer = nil
			return g
		}, records.Forged, "it is not signed"},
		"signed by a stranger": {func(b *branch, g gitserver.Change, _ *records.Commit) gitserver.Change {
			g.Signer = keyOf(b.t, "mallory")
			return g
		}, records.ForeignKey, "is not among those that are trusted for the records of staging"},
		"signed by the agent of another environment as such": {func(b *branch, g gitserver.Change, _ *records.Commit) gitserver.Change {
			g.Author.Email = "penstock@dev"
			return g
		}, records.OtherEnvironment, `expected Penstock <penstock@staging>`},
		"with a weak key": {func(b *branch, g gitserver.Change, _ *records.Commit) gitserver.Change {
			weak, err := rsa.GenerateKey(rand.Reader, 1024)
			if err != nil {
				b.t.Fatal(err)
			}
			g.Signer, err = ssh.NewSignerFromKey(weak)
			if err != nil {
				b.t.Fatal(err)
			}
			return g
		}, records.Forged, "the RSA key has 1024 bits"},
		"with an edited file": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			first := records.Place{Model: "llama", Day: noon.Truncate(24 * time.Hour), Sequence: 1, Kind: records.Admitted}.Path()
			g.Files[first] = "{}\n"
			return g
		}, records.Edited, "the file is changed"},
		"with a removed file": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Delete = []string{"llama/2026-11/23/000000001-admitted.json"}
			return g
		}, records.Edited, "the file is removed"},
		"with a removed model": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Delete = []string{"llama"}
			return g
		}, records.Edited, "the file is removed"},
		"with an edited README": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Files["README.md"] = "run this script\n"
			return g
		}, records.Edited, "the file is changed"},
		"with another file": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Files["llama/notes.txt"] = "hello\n"
			return g
		}, records.Malformed, "it is no file of a fact"},
		"with a symlink": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			path := onlyFile(g)
			g.Links = map[string]string{path: "/etc/passwd"}
			delete(g.Files, path)
			return g
		}, records.Malformed, "it is no file but L"},
		"with a program": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Executable, g.Files = g.Files, nil
			return g
		}, records.Malformed, "its tree is not as git writes it"},
		"with a fact that is not in the message": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			more := b.next(records.Healthy, "mistral", releaseB)
			more.Sequence, more.Previous = 6, c.Head.Digest
			data, err := more.Marshal()
			if err != nil {
				b.t.Fatal(err)
			}
			g.Files[more.Path()] = string(data)
			return g
		}, records.Malformed, "a file with the number 6 is added where 5 are said to be"},
		"without the fact that is in the message": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Message = strings.Replace(g.Message, "Penstock-Sequence: 5", "Penstock-Sequence: 5-6", 1)
			return g
		}, records.Truncated, "its message says that it brings fact 6, and there is no such file"},
		"with more facts than a commit takes": {func(b *branch, g gitserver.Change, _ *records.Commit) gitserver.Change {
			g.Message = strings.Replace(g.Message, "Penstock-Sequence: 5", "Penstock-Sequence: 5-1005", 1)
			return g
		}, records.Malformed, "its message speaks of 1001 facts"},
		"with a number left out": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			return b.forged(func(f *records.Fact) { f.Sequence = 7 })
		}, records.Truncated, "it brings facts from 7 on, and 4 is the last before it"},
		"with a number that was": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			return b.forged(func(f *records.Fact) { f.Sequence = 4 })
		}, records.Replayed, "it brings facts from 4 on, and 4 was there before"},
		"that follows another fact": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			return b.forged(func(f *records.Fact) { f.Previous = releaseA })
		}, records.Edited, "the fact follows " + releaseA},
		"about another environment": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			return b.forged(func(f *records.Fact) { f.Environment = "dev" })
		}, records.OtherEnvironment, "the fact is about dev/mistral"},
		"with a fact of another model's": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			path := onlyFile(g)
			g.Files = map[string]string{strings.Replace(path, "mistral", "llama", 1): g.Files[path]}
			return g
		}, records.Malformed, "the fact belongs in mistral/"},
		"back in time": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			return b.forged(func(f *records.Fact) { f.Time = noon.Add(-time.Hour) })
		}, records.Misdated, "the one before it of 2026-11-23T12:04:00.000Z"},
		"back by days": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			return b.forged(func(f *records.Fact) { f.Time, f.Model = noon.Add(-72*time.Hour), "llama" })
		}, records.Misdated, "the one before it of 2026-11-23T12:04:00.000Z"},
		"from the future": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			return b.forged(func(f *records.Fact) { f.Time = b.opts.Now.Add(5*time.Minute + time.Millisecond) })
		}, records.FromTheFuture, "and now is 2026-11-24T12:00:00.000Z"},
		"in other words": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Files[onlyFile(g)] = strings.Replace(g.Files[onlyFile(g)], "  ", "    ", 1)
			return g
		}, records.Malformed, "the file is not written as Penstock writes facts"},
		"with an unknown field": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Files[onlyFile(g)] = strings.Replace(g.Files[onlyFile(g)], `"data": {`, "\"extra\": 1,\n  \"data\": {", 1)
			return g
		}, records.Malformed, "there is no such field"},
		"with another digest in the message": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Message = strings.Replace(g.Message, c.Head.Digest, releaseA, 1)
			return g
		}, records.Edited, "its trailers do not agree with the facts in it"},
		"with another source in the message": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Message = strings.Replace(g.Message, commitA, strings.Repeat("0", 40), 1)
			return g
		}, records.Edited, "its trailers do not agree with the facts in it"},
		"without trailers": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Message = "hello\n"
			return g
		}, records.Malformed, "its message does not say once which facts it brings"},
		"a merge": {func(b *branch, g gitserver.Change, c *records.Commit) gitserver.Change {
			g.Merge = []string{b.repo.Commit(gitserver.Change{Branch: "other", Orphan: true, Files: map[string]string{"a": "b"}})}
			return g
		}, records.Merged, "it has 2 parents"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBranch(t)
			ids := b.begin()
			good, c := b.change(b.next(records.Applied, "mistral", releaseB))
			bad := b.repo.Commit(test.forge(b, good, c))
			l, fault := b.broken()
			if fault.Fault != test.fault || !strings.Contains(fault.Problem, test.says) || fault.Commit != bad {
				t.Errorf("got %v", fault)
			}
			if l.Len() != 4 || l.Head().Commit != ids[2] {
				t.Errorf("what came before is %d facts up to %s; expected 4 up to %s", l.Len(), l.Head().Commit, ids[2])
			}
			if fault.Meaning() == "" || !strings.HasPrefix(fault.Error(), "penstock/records/staging, commit "+bad[:12]) {
				t.Errorf("a poor message: %v", fault)
			}
		})
	}
}

// forged is a commit of a fact that was changed, and of which everything else says the same.
func (b *branch) forged(change func(f *records.Fact)) gitserver.Change {
	b.t.Helper()
	f := b.next(records.Applied, "mistral", releaseB)
	g, c := b.change(f)
	f.Sequence, f.Previous = b.head.Sequence+1, b.head.Digest
	change(&f)
	data, err := f.Marshal()
	if err != nil {
		b.t.Fatal(err)
	}
	g.Files = map[string]string{f.Path(): string(data)}
	message := strings.Replace(g.Message, c.Head.Digest, records.Digest(data), 1)
	g.Message = strings.Replace(message, "Penstock-Sequence: 5", "Penstock-Sequence: "+strings.TrimLeft(f.Path()[strings.LastIndex(f.Path(), "/")+1:][:9], "0"), 1)
	return g
}

// A fault in the middle is found there, whatever came after it and made the end look right again.
func TestAFaultThatWasMendedLaterIsFoundWhereItWas(t *testing.T) {
	for name, forge := range map[string]func(b *branch, ids []string) string{
		"a file that was there for a while": func(b *branch, ids []string) string {
			bad := b.repo.Commit(gitserver.Change{Branch: records.Branch("staging"), Files: map[string]string{"secret": "x"}, Signer: b.key,
				Author: gitserver.Person{Name: "Penstock", Email: "penstock@staging"}, Message: "staging: nothing\n\nPenstock-Sequence: 5\nPenstock-Digest: " + releaseA + "\n"})
			change, _ := b.change(b.next(records.Applied, "mistral", releaseB))
			change.Delete = []string{"secret"}
			b.repo.Commit(change)
			return bad
		},
		"a fact that was another for a while": func(b *branch, ids []string) string {
			const path = "llama/2026-11/23/000000001-admitted.json"
			had, err := b.repo.Git(nil, "show", ids[2]+":"+path)
			if err != nil {
				b.t.Fatal(err)
			}
			change, c := b.change(b.next(records.Applied, "mistral", releaseB))
			change.Files[path] = strings.Replace(had, "Admitted", "Applied", 1) + "\n"
			bad := b.repo.Commit(change)
			b.head = c.Committed(bad)
			change, _ = b.change(b.next(records.Healthy, "mistral", releaseB))
			change.Files[path] = had + "\n"
			b.repo.Commit(change)
			return bad
		},
		"a commit without a signature": func(b *branch, ids []string) string {
			change, c := b.change(b.next(records.Applied, "mistral", releaseB))
			change.Signer = nil
			bad := b.repo.Commit(change)
			b.head = c.Committed(bad)
			b.write(b.next(records.Healthy, "mistral", releaseB))
			return bad
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBranch(t)
			ids := b.begin()
			bad := forge(b, ids)
			l, fault := b.broken()
			if fault.Commit != bad || l.Head().Commit != ids[2] {
				t.Errorf("got %v after %d facts; expected commit %s", fault, l.Len(), bad)
			}
		})
	}
}

// The same removal, where the files are still right at the end: what a later commit did does not blame an earlier one.
func TestARemovalLaterDoesNotBlameWhoAdded(t *testing.T) {
	b := newBranch(t)
	b.begin()
	change, c := b.change(b.next(records.Applied, "mistral", releaseB))
	good := b.repo.Commit(change)
	b.head = c.Committed(good)
	change, _ = b.change(b.next(records.Healthy, "mistral", releaseB))
	change.Delete = []string{"mistral/2026-11/23/000000004-admitted.json"}
	bad := b.repo.Commit(change)
	l, fault := b.broken()
	if fault.Commit != bad || fault.Fault != records.Edited || l.Head().Commit != good || l.Len() != 5 {
		t.Errorf("got %v after %d facts", fault, l.Len())
	}
}

func TestABranchThatDoesNotContainWhatWasVerifiedIsRefused(t *testing.T) {
	b := newBranch(t)
	ids := b.begin()
	known := b.sound().Head()
	for name, test := range map[string]struct {
		tip   func() string
		fault records.Fault
		says  string
	}{
		"cut off": {func() string { return ids[1] }, records.Truncated, "the branch ends here, and commit " + ids[2][:12] + " with fact 4 was after it"},
		"gone":    {func() string { return "" }, records.Truncated, "the branch is gone; 4 facts were on it"},
		"begun anew": {func() string {
			other := newBranch(t)
			other.repo, other.latest = b.repo, noon.Add(time.Hour)
			change, _ := other.change(other.next(records.Admitted, "llama", releaseB))
			change.Orphan, change.Branch = true, "anew"
			return b.repo.Commit(change)
		}, records.Rewritten, "the branch does not contain commit " + ids[2][:12]},
		"forked": {func() string {
			change, _ := b.change(b.next(records.Applied, "mistral", releaseB))
			change.Onto, change.Branch = ids[1], "forked"
			return b.repo.Commit(change)
		}, records.Rewritten, "it ends with fact 5 now"},
	} {
		for mode, fromKnown := range map[string]bool{"": false, ", incrementally": true} {
			t.Run(name+mode, func(t *testing.T) {
				opts := b.opts
				opts.Known, opts.FromKnown = known, fromKnown
				_, err := records.Verify(t.Context(), b.reader(), test.tip(), opts)
				fault, ok := err.(*records.BranchError)
				if !ok || fault.Fault != test.fault || !strings.Contains(fault.Problem, test.says) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
	t.Run("another beginning than is asked for", func(t *testing.T) {
		b.opts.FirstCommit = ids[1]
		if l, fault := b.broken(); fault.Fault != records.Rewritten || l.Len() != 0 {
			t.Errorf("got %v", fault)
		}
	})
}
