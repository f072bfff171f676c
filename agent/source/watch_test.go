package source_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const (
	ofDev     = "penstock/records/dev"
	ofStaging = "penstock/records/staging"
)

// onBranch commits files to a branch of its own history.
func onBranch(repo *gitserver.TestRepository, branch string, files map[string]string) string {
	_, err := repo.Head(branch)
	return repo.Commit(gitserver.Change{Branch: branch, Files: files, Orphan: err != nil})
}

// tipIs wants a watched branch to be at a commit that can be read.
func tipIs(t testing.TB, r *source.Repository, branch, want string) {
	t.Helper()
	if got := r.Tip(branch); got != want {
		t.Fatalf("Tip(%q) = %q, want %q; %v", branch, got, want, r.Problem(branch))
	}
	if want != "" {
		if _, err := snapshotAt(t, r, want).ReadDir("."); err != nil {
			t.Fatal(err)
		}
	}
}

// Watched branches come in the one fetch, and cost nothing while they rest.
func TestWatchedBranchesComeAlong(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	dev := onBranch(repo, ofDev, map[string]string{"a": "1"})
	staging := onBranch(repo, ofStaging, map[string]string{"b": "1"})
	front := repo.HTTP(gitserver.HTTP{})
	r := follow(t, repo, front)
	r.Watch(ofDev, ofStaging, "penstock/records/none", "main")
	snap := poll(t, r)
	at(t, snap, head)
	counted(t, front, 1, 1)
	tipIs(t, r, ofDev, dev)
	tipIs(t, r, ofStaging, staging)
	tipIs(t, r, "penstock/records/none", "")
	tipIs(t, r, "main", head)
	contents(t, snapshotAt(t, r, dev), "a", "1")

	front.Reset()
	for range 3 {
		if poll(t, r) != snap {
			t.Fatal("an idle poll made another snapshot")
		}
	}
	counted(t, front, 3, 0)

	front.Reset()
	dev = onBranch(repo, ofDev, map[string]string{"a": "2"})
	staging = onBranch(repo, ofStaging, map[string]string{"b": "2"})
	if poll(t, r) != snap {
		t.Error("the followed branch has not moved, and is another snapshot")
	}
	counted(t, front, 1, 1)
	tipIs(t, r, ofDev, dev)
	tipIs(t, r, ofStaging, staging)
}

// Of a watched branch too, only what is new is fetched.
func TestFetchesOnlyWhatIsNewOfWatchedBranches(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	onBranch(repo, ofDev, map[string]string{"noise": randomText(300_000), "a": "1"})
	front := repo.HTTP(gitserver.HTTP{})
	r := follow(t, repo, front)
	r.Watch(ofDev)
	poll(t, r)
	front.Reset()
	dev := onBranch(repo, ofDev, map[string]string{"a": "2"})
	poll(t, r)
	tipIs(t, r, ofDev, dev)
	for _, request := range front.Requests() {
		if request.Bytes > 2_000 {
			t.Errorf("%s sent %d bytes for a change of one line", request.Service, request.Bytes)
		}
	}
}

// A branch that was rewritten, or is gone, is taken as it is, and what it had
// can still be read; also after a restart.
func TestWatchedBranchesThatAreRewrittenOrVanish(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	first := onBranch(repo, ofDev, map[string]string{"a": "1"})
	front := repo.HTTP(gitserver.HTTP{})
	cfg := config(t, repo, front)
	r := open(t, cfg)
	r.Watch(ofDev)
	poll(t, r)
	other := repo.Commit(gitserver.Change{Branch: ofDev, Files: map[string]string{"b": "1"}, Orphan: true})
	poll(t, r)
	tipIs(t, r, ofDev, other)
	if err := repo.DeleteBranch(ofDev); err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Git(nil, "gc", "--quiet", "--prune=now"); err != nil {
		t.Fatal(err)
	}
	front.Reset()
	poll(t, r)
	counted(t, front, 1, 0)
	tipIs(t, r, ofDev, "")
	if err := r.Problem(ofDev); err != nil {
		t.Errorf("that it is gone is a problem: %v", err)
	}
	r = open(t, cfg)
	for _, old := range []string{first, other} {
		if list, err := snapshotAt(t, r, old).ReadDir("."); err != nil || len(list) != 1 {
			t.Errorf("the old commit has %v, %v", list, err)
		}
	}
	// A branch in the place of a directory of branches, and the other way round.
	for _, name := range []string{"penstock/records", ofDev, "penstock"} {
		repo.Git(nil, "update-ref", "-d", "refs/heads/penstock/records")
		repo.Git(nil, "update-ref", "-d", "refs/heads/"+ofDev)
		id := onBranch(repo, name, map[string]string{"x": name})
		r.Watch(name)
		poll(t, r)
		tipIs(t, r, name, id)
	}
}

// A restarted agent knows its tips before the server answers, and fetches
// nothing again.
func TestTipsOutliveTheProcess(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	dev := onBranch(repo, ofDev, map[string]string{"a": "1"})
	front := repo.HTTP(gitserver.HTTP{})
	cfg := config(t, repo, front)
	r := open(t, cfg)
	r.Watch(ofDev)
	poll(t, r)
	pushed, objects := build(t, nil, map[string]string{"mine": "1"})
	pushTo(t, r, records, "", pushed, objects)

	front.Reset()
	r = open(t, cfg)
	r.Watch(ofDev, records)
	tipIs(t, r, ofDev, dev)
	tipIs(t, r, records, pushed)
	poll(t, r)
	counted(t, front, 1, 0)
	tipIs(t, r, ofDev, dev)

	// A file that makes no sense is no worse than none.
	file := filepath.Join(store(cfg), "penstock-tips")
	for _, text := range []string{"", "nonsense\n\x00", strings.Repeat("1", 40) + " " + ofDev + "\n", dev + " ../x\n", dev} {
		overwrite(t, file, []byte(text))
		r := open(t, cfg)
		r.Watch(ofDev, records)
		tipIs(t, r, ofDev, "")
		poll(t, r)
		tipIs(t, r, ofDev, dev)
		tipIs(t, r, records, pushed)
	}
}

// When the cache is lost, watched branches are cloned again too.
func TestWatchedBranchesSurviveTheLossOfTheCache(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	dev := onBranch(repo, ofDev, map[string]string{"a": "1"})
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	r := open(t, cfg)
	r.Watch(ofDev)
	poll(t, r)
	for range 2 {
		remove(t, store(cfg))
		poll(t, r)
		tipIs(t, r, ofDev, dev)
		r = open(t, cfg)
		tipIs(t, r, ofDev, dev)
		r.Watch(ofDev)
	}
}

// While the followed branch is refused as rewound, the others go on.
func TestWatchedBranchesGoOnDuringARewind(t *testing.T) {
	repo := gitserver.ForTest(t)
	first := repo.Write("Begin", files)
	second := repo.Write("Go on", map[string]string{"a": "1"})
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	r.Watch(ofDev)
	poll(t, r)
	repo.Reset("main", first)
	for i := range 3 {
		dev := onBranch(repo, ofDev, map[string]string{"a": fmt.Sprint(i)})
		refuseRewind(t, r, second, first)
		tipIs(t, r, ofDev, dev)
	}
}

// Names that are no branches have a problem, and names that are dropped none.
func TestWatchTakesTheNamesThatCount(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	dev := onBranch(repo, ofDev, map[string]string{"a": "1"})
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	r.Watch("a..b", "refs/heads/main", ofDev)
	for range 2 {
		for _, name := range []string{"a..b", "refs/heads/main"} {
			if err := r.Problem(name); source.KindOf(err) != source.InvalidConfig {
				t.Errorf("the problem of %q is %v", name, err)
			}
		}
		poll(t, r)
	}
	tipIs(t, r, ofDev, dev)
	r.Watch(ofStaging)
	next := onBranch(repo, ofDev, map[string]string{"a": "2"})
	poll(t, r)
	tipIs(t, r, ofDev, "")
	r.Watch(ofDev)
	poll(t, r)
	tipIs(t, r, ofDev, next)
	if err := r.Problem("a..b"); err != nil {
		t.Errorf("a name that was dropped has the problem %v", err)
	}
}
