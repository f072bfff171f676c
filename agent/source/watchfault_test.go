package source_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// A branch that is too large is told of, stops neither the followed branch nor
// another watched one, and is tried less and less often.
func TestAHugeBranchStopsNoOther(t *testing.T) {
	ways := map[string]func(*gitserver.TestRepository) *gitserver.Front{
		"http": func(repo *gitserver.TestRepository) *gitserver.Front { return repo.HTTP(gitserver.HTTP{}) },
		"ssh":  func(repo *gitserver.TestRepository) *gitserver.Front { return repo.SSH(gitserver.SSH{}) },
	}
	for name, serve := range ways {
		t.Run(name, func(t *testing.T) {
			repo := gitserver.ForTest(t)
			head := repo.Write("Begin", files)
			dev := onBranch(repo, ofDev, map[string]string{"a": "1"})
			onBranch(repo, ofStaging, map[string]string{"weights": randomText(300 << 10)})
			front := serve(repo)
			var log journal
			r := follow(t, repo, front, log.keep, func(c *source.Config) { c.MaxSize = 200 << 10 })
			r.Watch(ofDev, ofStaging)
			at(t, poll(t, r), head)
			tipIs(t, r, ofDev, dev)
			tipIs(t, r, ofStaging, "")
			var problem *source.Error
			if err := r.Problem(ofStaging); !errors.As(err, &problem) || problem.Kind != source.TooLarge {
				t.Fatalf("the problem is %v", err)
			}
			mentions(t, problem.Error(), `cannot watch branch "penstock/records/staging" of `, "larger than 179200 bytes")
			if err := r.Problem(ofDev); err != nil {
				t.Errorf("the other branch has a problem: %v", err)
			}

			head = repo.Write("Go on", map[string]string{"new": "1"})
			dev = onBranch(repo, ofDev, map[string]string{"a": "2"})
			at(t, poll(t, r), head)
			tipIs(t, r, ofDev, dev)
			front.Reset()
			for range 64 {
				poll(t, r)
			}
			if n := len(front.Requests()); n > 64+2*6 {
				t.Errorf("%d requests in 64 polls", n)
			}
			if r.Problem(ofStaging) == nil {
				t.Error("the problem is forgotten")
			}
			small := repo.Commit(gitserver.Change{Branch: ofStaging, Files: map[string]string{"b": "1"}, Orphan: true})
			for range 33 {
				poll(t, r)
			}
			tipIs(t, r, ofStaging, small)
			if err := r.Problem(ofStaging); err != nil {
				t.Errorf("it is mended, and has the problem %v", err)
			}
		})
	}
}

// A branch that the server cannot serve stops no other, whichever moves.
func TestABrokenBranchStopsNoOther(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	dev := onBranch(repo, ofDev, map[string]string{"a": "1"})
	broken := onBranch(repo, ofStaging, map[string]string{"dir/b": "only here"})
	tree, err := repo.Git(nil, "rev-parse", broken+":dir")
	if err != nil {
		t.Fatal(err)
	}
	unpack(t, repo)
	if err := os.Remove(filepath.Join(repo.Dir(), "objects", tree[:2], tree[2:])); err != nil {
		t.Fatal(err)
	}
	front := repo.HTTP(gitserver.HTTP{})
	r := follow(t, repo, front)
	r.Watch(ofDev, ofStaging)
	for i := range 5 {
		at(t, poll(t, r), head)
		tipIs(t, r, ofDev, dev)
		tipIs(t, r, ofStaging, "")
		if err := r.Problem(ofStaging); source.KindOf(err) != source.ServerFailed {
			t.Fatalf("the problem is %v", err)
		}
		head = repo.Write("Go on", map[string]string{"new": fmt.Sprint(i)})
		dev = onBranch(repo, ofDev, map[string]string{"a": fmt.Sprint(i + 2)})
	}
}

// unpack has each object of the server be in a file of its own.
func unpack(t testing.TB, repo *gitserver.TestRepository) {
	t.Helper()
	packs, err := filepath.Glob(filepath.Join(repo.Dir(), "objects", "pack", "*.pack"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pack := range packs {
		data, err := os.ReadFile(pack)
		if err != nil {
			t.Fatal(err)
		}
		remove(t, pack)
		if _, err := repo.Git(strings.NewReader(string(data)), "unpack-objects", "-q"); err != nil {
			t.Fatal(err)
		}
	}
}
