package source_test

import (
	"os"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// history makes two commits and follows them.
func history(t *testing.T) (repo *gitserver.TestRepository, front *gitserver.Front, cfg source.Config, first, second string) {
	t.Helper()
	repo = gitserver.ForTest(t)
	first = repo.Write("First", map[string]string{"a": "1"})
	second = repo.Write("Second", map[string]string{"a": "2"})
	front = repo.HTTP(gitserver.HTTP{})
	return repo, front, config(t, repo, front), first, second
}

func TestRefusesToGoBack(t *testing.T) {
	repo, front, cfg, first, second := history(t)
	r := open(t, cfg)
	snap := poll(t, r)
	repo.Reset("main", first)
	for range 2 { // the second time without looking at history again
		front.Reset()
		refuseRewind(t, r, second, first)
		counted(t, front, 1, 0)
	}
	if r.Current() != snap {
		t.Error("the refused rewind changed what is current")
	}
	contents(t, r.Current(), "a", "2")
}

func TestRefusesToGoSideways(t *testing.T) {
	repo, front, cfg, first, second := history(t)
	r := open(t, cfg)
	snap := poll(t, r)
	side := repo.Commit(gitserver.Change{Message: "Rewritten", Onto: first, Files: map[string]string{"a": "2'"}})
	refuseRewind(t, r, second, side)
	front.Reset()
	refuseRewind(t, r, second, side)
	counted(t, front, 1, 0)
	if r.Current() != snap {
		t.Error("the refused rewind changed what is current")
	}
	refused, err := r.At(side) // whoever judges an override can look at it
	if err != nil {
		t.Fatal(err)
	}
	contents(t, refused, "a", "2'")

	// Merging the old head mends it.
	merge := repo.Commit(gitserver.Change{Message: "Mend", Merge: []string{second}, Files: map[string]string{"a": "3"}})
	mended := poll(t, r)
	at(t, mended, merge)
	contents(t, mended, "a", "3")
}

func TestRefusesAnUnrelatedHistory(t *testing.T) {
	repo, _, cfg, _, second := history(t)
	r := open(t, cfg)
	poll(t, r)
	other := repo.Commit(gitserver.Change{Message: "Another project", Orphan: true, Files: map[string]string{"b": "1"}})
	refuseRewind(t, r, second, other)
	repo.Reset("main", second)
	at(t, poll(t, r), second)
}

// What was accepted is known without the cache.
func TestRefusesARewindAfterTheStoreWasDeleted(t *testing.T) {
	repo, _, cfg, first, second := history(t)
	r := open(t, cfg)
	poll(t, r)
	repo.Reset("main", first)
	if err := os.RemoveAll(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	refuseRewind(t, r, second, first)
	repo.Reset("main", second)
	at(t, poll(t, r), second)
}

// After a restart the cache knows.
func TestRefusesARewindAfterARestart(t *testing.T) {
	repo, _, cfg, first, second := history(t)
	poll(t, open(t, cfg))
	repo.Reset("main", first)
	r := open(t, cfg)
	refuseRewind(t, r, second, first)
	at(t, r.Current(), second)
}

// After a restart without the cache, only the caller knows.
func TestRefusesARewindBehindLastCommit(t *testing.T) {
	repo, _, cfg, first, second := history(t)
	repo.Reset("main", first)
	cfg.LastCommit = second
	r := open(t, cfg)
	refuseRewind(t, r, second, first)
	if r.Current() != nil {
		t.Error("something is current")
	}
	repo.Reset("main", second)
	third := repo.Write("Third", map[string]string{"a": "3"})
	at(t, poll(t, r), third)
}

// A cache that was put back from a backup is behind the caller's word.
func TestLastCommitOutranksAStaleCache(t *testing.T) {
	repo, _, cfg, first, second := history(t)
	repo.Reset("main", first)
	poll(t, open(t, cfg))
	cfg.LastCommit = second
	r := open(t, cfg)
	refuseRewind(t, r, second, first)
	repo.Reset("main", second)
	at(t, poll(t, r), second)
}

func TestAllowRewindPermitsOneMove(t *testing.T) {
	repo, _, cfg, first, second := history(t)
	r := open(t, cfg)
	poll(t, r)
	repo.Reset("main", first)
	refuseRewind(t, r, second, first)
	r.AllowRewind(second, second)
	refuseRewind(t, r, second, first)
	r.AllowRewind(second, first)
	at(t, poll(t, r), first)

	third := repo.Write("Third", map[string]string{"a": "3"})
	at(t, poll(t, r), third)
	repo.Reset("main", first)
	refuseRewind(t, r, third, first)
}

func TestFollowsMerges(t *testing.T) {
	repo, _, cfg, first, _ := history(t)
	r := open(t, cfg)
	poll(t, r)
	side := repo.Commit(gitserver.Change{Branch: "side", Message: "Side", Onto: first, Files: map[string]string{"b": "1"}})
	merge := repo.Commit(gitserver.Change{Message: "Merge", Merge: []string{side}, Files: map[string]string{"b": "1"}})
	at(t, poll(t, r), merge)
}
