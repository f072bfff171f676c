package source_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// An idle poll is one request on the connection that is already open.
func TestIdlePollIsOneListing(t *testing.T) {
	for name, options := range map[string]gitserver.HTTP{"http": {}, "https": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			repo := gitserver.ForTest(t)
			head := repo.Write("Begin", files)
			front := repo.HTTP(options)
			r := follow(t, repo, front)
			first := poll(t, r)
			at(t, first, head)
			counted(t, front, 1, 1)

			front.Reset()
			for range 10 {
				if again := poll(t, r); again != first {
					t.Fatal("an idle poll made another snapshot")
				}
			}
			counted(t, front, 10, 0)
			if n := front.Connections(); n != 0 {
				t.Errorf("idle polls made %d new connections", n)
			}
		})
	}
}

func TestIdlePollOverSSHIsOneSession(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	front := repo.SSH(gitserver.SSH{})
	r := follow(t, repo, front)
	first := poll(t, r)
	for range 3 {
		front.Reset()
		if poll(t, r) != first {
			t.Fatal("an idle poll made another snapshot")
		}
		if n, c := len(front.Requests()), front.Connections(); n != 1 || c != 1 {
			t.Fatalf("an idle poll took %d sessions on %d connections", n, c)
		}
	}
}

// A new commit costs one listing and one fetch, which brings only what is new.
func TestFetchesOnlyWhatIsNew(t *testing.T) {
	repo := gitserver.ForTest(t)
	noise := make([]byte, 300_000) // does not compress
	rand.New(rand.NewSource(1)).Read(noise)
	repo.Write("Begin", map[string]string{"noise": string(noise), "a/b/model.yaml": "one"})
	front := repo.HTTP(gitserver.HTTP{})
	r := follow(t, repo, front)
	old := poll(t, r)

	head := repo.Write("Change", map[string]string{"a/b/model.yaml": "two"})
	front.Reset()
	snap := poll(t, r)
	at(t, snap, head)
	counted(t, front, 1, 1)
	for _, request := range front.Requests() {
		if request.Bytes > 2_000 {
			t.Errorf("%s sent %d bytes for a change of one line", request.Service, request.Bytes)
		}
	}
	contents(t, snap, "a/b/model.yaml", "two")
	contents(t, old, "a/b/model.yaml", "one") // a snapshot is immutable
	contents(t, snap, "noise", string(noise))
}

// Deltas against what is already here, and packs above and below the size at
// which they are unpacked, all arrive whole.
func TestFollowsManyCommits(t *testing.T) {
	repo := gitserver.ForTest(t)
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	var r *source.Repository
	long := strings.Repeat("a line that compresses well\n", 2_000)
	for i, n := range []int{300, 1, 5, 150, 40} {
		many := map[string]string{}
		for j := range n {
			many[fmt.Sprintf("dir%d/file%d.yaml", j%7, j)] = fmt.Sprintf("%d %d %s", i, j, long[:j*100])
		}
		many["long"] = long[:20_000+i] + long
		head := repo.Write("Change", many)
		if r == nil {
			r = open(t, cfg)
		}
		snap := poll(t, r)
		at(t, snap, head)
		for name, want := range many {
			contents(t, snap, name, want)
		}
	}
	// The store is a repository that a person can look at.
	if out, err := repo.Git(nil, "--git-dir="+store(cfg), "fsck", "--strict", "--full"); err != nil || out != "" {
		t.Errorf("git fsck: %s, %v", out, err)
	}
}

// Polls leave neither goroutines nor open files behind.
func TestPollsLeakNothing(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", many(200))
	for _, front := range []*gitserver.Front{repo.HTTP(gitserver.HTTP{TLS: true}), repo.SSH(gitserver.SSH{})} {
		r := follow(t, repo, front)
		var goroutines, descriptors int
		for i := range 12 {
			repo.Write("Change", map[string]string{"file0": fmt.Sprint(i)})
			contents(t, poll(t, r), "file0", fmt.Sprint(i))
			poll(t, r)
			if i == 1 {
				goroutines, descriptors = runtime.NumGoroutine(), openFiles(t)
			}
		}
		for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines+2 || openFiles(t) > descriptors+2; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d goroutines, %d before; %d files, %d before", runtime.NumGoroutine(), goroutines, openFiles(t), descriptors)
			}
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(list)
}

func TestAtShowsOlderCommits(t *testing.T) {
	repo := gitserver.ForTest(t)
	first := repo.Write("Begin", map[string]string{"a": "1"})
	second := repo.Commit(gitserver.Change{Message: "Second\n\nBody.", Files: map[string]string{"a": "2"},
		Author: gitserver.Person{Name: "Grace", Email: "grace@example.com"}})
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	snap := poll(t, r)
	c := snap.Commit()
	if c.Author.Name != "Grace" || c.Committer.Email != "grace@example.com" || c.Subject() != "Second" ||
		len(c.Parents) != 1 || c.Parents[0] != first || c.Author.When.IsZero() {
		t.Errorf("the commit is %+v", c)
	}
	raw, err := repo.Git(nil, "cat-file", "commit", second)
	if err != nil || strings.TrimSpace(string(c.Raw)) != strings.TrimSpace(raw) {
		t.Errorf("Raw is %q, git says %q, %v", c.Raw, raw, err)
	}
	old, err := r.At(first)
	if err != nil {
		t.Fatal(err)
	}
	contents(t, old, "a", "1")
	blob, err := snap.ObjectID("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.At(blob); source.KindOf(err) != source.ObjectMalformed {
		t.Errorf("At of a file says %v", err)
	}
	if poll(t, r) != snap {
		t.Error("asking for nonsense made another snapshot")
	}
	for _, id := range []string{"", "main", strings.Repeat("0", 40), first[:12]} {
		if _, err := r.At(id); source.KindOf(err) != source.CommitMissing {
			t.Errorf("At(%q) says %v", id, err)
		}
	}
}

// A restarted agent knows its tree before the server answers.
func TestResumesFromItsCache(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	front := repo.HTTP(gitserver.HTTP{})
	cfg := config(t, repo, front)
	poll(t, open(t, cfg))

	front.Reset()
	again := open(t, cfg)
	if again.Current() == nil {
		t.Fatal("nothing is current")
	}
	at(t, again.Current(), head)
	if poll(t, again) != again.Current() {
		t.Error("the poll made another snapshot")
	}
	counted(t, front, 1, 0)
}

func TestFollowsAnotherBranchThanMain(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	want := repo.Commit(gitserver.Change{Branch: "team/release-1", Files: map[string]string{"only": "here"}})
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	poll(t, open(t, cfg))
	cfg.Branch = "team/release-1" // in the same directory: the cache of main is of no use
	at(t, poll(t, open(t, cfg)), want)
}

// Two repositories in one process share neither credentials nor CAs.
func TestRepositoriesDoNotMix(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	one := repo.HTTP(gitserver.HTTP{TLS: true, Token: "token-of-one"})
	two := repo.HTTP(gitserver.HTTP{TLS: true, Username: "ada", Password: "password-of-two"})
	three := repo.HTTP(gitserver.HTTP{TLS: true})
	refuse(t, follow(t, repo, three, func(c *source.Config) { c.AuthDir = "" }), source.CertificateRefused)
	var done sync.WaitGroup
	for _, r := range []*source.Repository{follow(t, repo, one), follow(t, repo, two), follow(t, repo, three)} {
		done.Go(func() {
			for range 5 {
				snap, err := r.Poll(context.Background())
				if err != nil || snap.Commit().Hash != head {
					t.Errorf("Poll: %v, %v", snap, err)
				}
			}
		})
	}
	done.Wait()
	refuse(t, follow(t, repo, three, func(c *source.Config) { c.AuthDir = "" }), source.CertificateRefused)
}

// Polls and reads may happen at once.
func TestConcurrentPollsAndReads(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	poll(t, r)
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for range 50 {
				snap := r.Current()
				if data, err := snap.ReadFile("README.md"); err != nil || len(data) == 0 {
					t.Errorf("ReadFile: %q, %v", data, err)
				}
				if _, err := snap.ReadDir("environments/prod"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 5 {
		repo.Write("Change", map[string]string{"README.md": fmt.Sprint(i)})
		poll(t, r)
	}
	done.Wait()
}

func open(t testing.TB, cfg source.Config) *source.Repository {
	t.Helper()
	r, err := source.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}
