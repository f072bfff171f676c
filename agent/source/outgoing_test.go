package source_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// The pack holds what the server lacks, and nothing else.
func TestPacksHoldOnlyWhatTheServerLacks(t *testing.T) {
	repo := gitserver.ForTest(t)
	if _, err := repo.Git(nil, "config", "receive.unpackLimit", "1"); err != nil { // so that what arrives twice is counted twice
		t.Fatal(err)
	}
	first := repo.Write("Begin", fleet(200))
	front := repo.HTTP(gitserver.HTTP{})
	r := follow(t, repo, front)
	base := poll(t, r)
	for name, file := range map[string]string{"penstock/promote/prod/a": "environments/prod/model-7/release.yaml", "penstock/promote/prod/b": "new"} {
		before := countObjects(t, repo)
		id, objects := build(t, base, map[string]string{file: "new"})
		pushTo(t, r, name, "", id, objects)
		if n := countObjects(t, repo) - before; n > len(objects) {
			t.Errorf("%d objects arrived, %d were made", n, len(objects))
		}
	}
	before := countObjects(t, repo)
	pushTo(t, r, "penstock/rollback/prod/a", "", first, nil) // nothing is new
	if n := countObjects(t, repo) - before; n != 0 {
		t.Errorf("%d objects arrived for a commit that was there", n)
	}

	// Also from behind a tip that was not seen yet, and from behind one that was.
	second := repo.Write("Go on", map[string]string{"b": "2"})
	id, objects := build(t, base, map[string]string{"c": "3"})
	before = countObjects(t, repo)
	pushTo(t, r, "penstock/promote/prod/c", "", id, objects)
	at(t, poll(t, r), second)
	repo.Write("And on", map[string]string{"b": "3"})
	poll(t, r)
	id, objects = build(t, snapshotAt(t, r, second), map[string]string{"d": "4"})
	pushTo(t, r, "penstock/promote/prod/d", "", id, objects)
	if n := countObjects(t, repo) - before; n > 9 { // 3 made, and 3 of the commit in between, each time
		t.Errorf("%d objects arrived", n)
	}
	fsck(t, repo)
}

// countObjects counts what is in a repository, each time that it is there.
func countObjects(t testing.TB, repo *gitserver.TestRepository) int {
	t.Helper()
	out, err := repo.Git(nil, "count-objects", "-v")
	if err != nil {
		t.Fatal(err)
	}
	var loose, packed, n int
	for line := range strings.Lines(out) {
		if _, err := fmt.Sscanf(line, "count: %d", &n); err == nil {
			loose = n
		}
		if _, err := fmt.Sscanf(line, "in-pack: %d", &n); err == nil {
			packed = n
		}
	}
	return loose + packed
}

// A branch that the server lost is given back from what is known here, with all
// that the server no longer has.
func TestGivesBackALostBranch(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		r.Watch(records)
		var tip string
		var base *source.Snapshot
		for i := range 5 {
			id, objects := build(t, base, map[string]string{fmt.Sprintf("dir/%d", i): fmt.Sprint(i)})
			pushTo(t, r, records, tip, id, objects)
			base, tip = snapshotAt(t, r, id), id
		}
		if err := repo.DeleteBranch(records); err != nil {
			t.Fatal(err)
		}
		if _, err := repo.Git(nil, "gc", "--quiet", "--prune=now"); err != nil {
			t.Fatal(err)
		}
		next, objects := build(t, base, map[string]string{"dir/6": "6"})
		if e := refusePush(t, r.Push(t.Context(), records, tip, next, objects...), source.PushOvertaken); e.Tip != "" {
			t.Errorf("a branch that is gone is said to be at %s", e.Tip)
		}
		poll(t, r)
		if r.Tip(records) != "" {
			t.Errorf("Tip is %s", r.Tip(records))
		}
		pushTo(t, r, records, "", next, objects)
		serverHas(t, repo, records, next)
		if count, err := repo.Git(nil, "rev-list", "--count", next); err != nil || count != "6" {
			t.Errorf("the branch has %s commits, %v", count, err)
		}
	})
}

// What is built on commits that the server has lost is sent with them: at once
// if the listing tells, and else after the server has said so.
func TestSendsWhatTheServerHasLost(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		r.Watch(records, ofDev)
		first, objects := build(t, nil, map[string]string{"a": "1"})
		pushTo(t, r, records, "", first, objects)
		other, objects := build(t, nil, map[string]string{"b": "1"})
		pushTo(t, r, ofDev, "", other, objects)
		if err := repo.DeleteBranch(records); err != nil {
			t.Fatal(err)
		}
		repo.Commit(gitserver.Change{Branch: ofDev, Orphan: true, Files: map[string]string{"c": "1"}})
		if _, err := repo.Git(nil, "gc", "--quiet", "--prune=now"); err != nil {
			t.Fatal(err)
		}
		next, objects := build(t, snapshotAt(t, r, first), map[string]string{"a": "2"})
		pushTo(t, r, "penstock/promote/prod/a", "", next, objects)

		next, objects = build(t, snapshotAt(t, r, other), map[string]string{"b": "2"})
		err := refusePush(t, r.Push(t.Context(), "penstock/promote/prod/b", "", next, objects...), source.ServerFailed)
		mentions(t, err.Error(), "missing necessary objects")
		pushTo(t, r, "penstock/promote/prod/b", "", next, objects)
	})
}
