package source_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// bothWays runs a test over HTTP and over SSH, each with a repository that has
// a commit and was polled.
func bothWays(t *testing.T, test func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository)) {
	ways := map[string]func(*gitserver.TestRepository) *gitserver.Front{
		"http": func(repo *gitserver.TestRepository) *gitserver.Front {
			return repo.HTTP(gitserver.HTTP{TLS: true, Username: "ada", Password: "s3cret-password"})
		},
		"ssh": func(repo *gitserver.TestRepository) *gitserver.Front { return repo.SSH(gitserver.SSH{}) },
	}
	for name, serve := range ways {
		t.Run(name, func(t *testing.T) {
			repo := gitserver.ForTest(t)
			repo.Write("Begin", files)
			front := serve(repo)
			r := follow(t, repo, front)
			poll(t, r)
			front.Reset()
			test(t, repo, front, r)
			front.Inject(gitserver.Fault{})
			fsck(t, repo)
		})
	}
}

// fsck wants the server's repository to be faultless.
func fsck(t testing.TB, repo *gitserver.TestRepository) {
	t.Helper()
	if out, err := repo.Git(nil, "fsck", "--strict", "--full", "--no-dangling"); err != nil || out != "" {
		t.Errorf("git fsck: %s, %v", out, err)
	}
}

func pushTo(t testing.TB, r *source.Repository, branch, old, new string, objects []source.Object) {
	t.Helper()
	if err := r.Push(t.Context(), branch, old, new, objects...); err != nil {
		t.Fatal(err)
	}
}

// refusePush wants a push to fail with an error of the kind.
func refusePush(t testing.TB, err error, kind source.Kind) *source.Error {
	t.Helper()
	var e *source.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("the push said %v, want an error of kind %d", err, kind)
	}
	return e
}

// serverHas wants a branch of the server to be at a commit, or not to be.
func serverHas(t testing.TB, repo *gitserver.TestRepository, branch, want string) {
	t.Helper()
	if got, _ := repo.Git(nil, "for-each-ref", "--format=%(objectname)", "refs/heads/"+branch); got != want {
		t.Fatalf("the server has %s at %q, want %q", branch, got, want)
	}
}

// snapshotAt shows a commit that must be in the cache.
func snapshotAt(t testing.TB, r *source.Repository, hash string) *source.Snapshot {
	t.Helper()
	snap, err := r.At(hash)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

const records = "penstock/records/prod"

// An orphan branch is begun, goes on, and is known here without a fetch.
func TestPushesARecordsBranch(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		r.Watch(records)
		var tip string
		var base *source.Snapshot
		for i := range 4 {
			name := fmt.Sprintf("llama/2026-08/0%d/00000000%d-applied.json", i+1, i+1)
			id, objects := build(t, base, map[string]string{name: fmt.Sprint(i), "README.md": "Records\n"})
			pushTo(t, r, records, tip, id, objects)
			serverHas(t, repo, records, id)
			if r.Tip(records) != id {
				t.Fatalf("Tip is %q, want %s", r.Tip(records), id)
			}
			base, tip = snapshotAt(t, r, id), id
			contents(t, base, name, fmt.Sprint(i))
		}
		if count, err := repo.Git(nil, "rev-list", "--count", tip); err != nil || count != "4" {
			t.Errorf("the branch has %s commits, %v", count, err)
		}
		if front.Pushes() != 4 {
			t.Errorf("%d pushes for 4 commits", front.Pushes())
		}
		front.Reset()
		at(t, poll(t, r), r.Current().Commit().Hash)
		if n := front.Count("git-upload-pack"); n != 0 && front.URL[:3] != "ssh" {
			t.Errorf("what was pushed is fetched again: %d fetches", n)
		}
		if r.Tip(records) != tip || r.Problem(records) != nil {
			t.Errorf("Tip is %s, %v", r.Tip(records), r.Problem(records))
		}
	})
}

// A push is two requests over HTTP, and one when the server said before what it
// can; over SSH it is one connection.
func TestRequestsOfAPush(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		first, objects := build(t, nil, map[string]string{"a": "1"})
		pushTo(t, r, records, "", first, objects)
		n := len(front.Requests())
		front.Reset()
		second, objects := build(t, snapshotAt(t, r, first), map[string]string{"a": "2"})
		pushTo(t, r, records, first, second, objects)
		if strings.HasPrefix(front.URL, "ssh") {
			if m, c := len(front.Requests()), front.Connections(); n != 1 || m != 1 || c != 1 {
				t.Errorf("the pushes took %d and %d requests on %d connections", n, m, c)
			}
			return
		}
		if m, c := len(front.Requests()), front.Connections(); n != 2 || m != 1 || c != 0 {
			t.Errorf("the pushes took %d and %d requests, the second on %d new connections", n, m, c)
		}
	})
}

// A pull request's branch begins at what is followed, may be forced and deleted.
func TestPushesAPromotion(t *testing.T) {
	const branch = "penstock/promote/prod/llama"
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		first, objects := build(t, r.Current(), map[string]string{"environments/prod/llama/model.yaml": "new"})
		pushTo(t, r, branch, "", first, objects)
		other, objects := build(t, r.Current(), map[string]string{"environments/prod/llama/model.yaml": "newer"})
		err := refusePush(t, r.Push(t.Context(), branch, first, other, objects...), source.PushNotForward)
		mentions(t, err.Error(), `cannot push to branch "penstock/promote/prod/llama"`, "does not contain", first[:12])
		force := source.PushOptions{Force: true}
		if err := r.PushWith(t.Context(), force, branch, first, other, objects...); err != nil {
			t.Fatal(err)
		}
		serverHas(t, repo, branch, other)

		overtaken := refusePush(t, r.PushWith(t.Context(), force, branch, first, first), source.PushOvertaken)
		if overtaken.Tip != other {
			t.Errorf("the tip is said to be %q", overtaken.Tip)
		}
		refusePush(t, r.DeleteBranch(t.Context(), branch, first), source.PushOvertaken)
		serverHas(t, repo, branch, other)
		for range 2 { // That it is gone already is no error.
			if err := r.DeleteBranch(t.Context(), branch, other); err != nil {
				t.Fatal(err)
			}
		}
		serverHas(t, repo, branch, "")
		if r.Tip(branch) != "" {
			t.Errorf("Tip of a deleted branch is %s", r.Tip(branch))
		}
	})
}

// What must not be asked of a server is refused before it is asked.
func TestPushesThatAreNotTried(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		head := r.Current().Commit().Hash
		next, objects := build(t, r.Current(), map[string]string{"a": "1"})
		force := source.PushOptions{Force: true}
		for name, tt := range map[string]struct {
			err  error
			kind source.Kind
			says string
		}{
			"followed":  {r.Push(t.Context(), "main", head, next, objects...), source.PushRefused, "open a pull request"},
			"force":     {r.PushWith(t.Context(), force, records, head, next, objects...), source.PushRefused, "only branches of promotions"},
			"delete":    {r.DeleteBranch(t.Context(), records, head), source.PushRefused, "only branches of promotions"},
			"name":      {r.Push(t.Context(), "a..b", head, next, objects...), source.InvalidConfig, "holds .."},
			"old":       {r.Push(t.Context(), records, "HEAD", next, objects...), source.InvalidConfig, `"HEAD" is not a full commit id`},
			"new":       {r.Push(t.Context(), records, "", "", objects...), source.InvalidConfig, "names no commit"},
			"unknown":   {r.Push(t.Context(), records, "", strings.Repeat("1", 40)), source.CommitMissing, "neither made nor fetched"},
			"no parent": {r.Push(t.Context(), records, strings.Repeat("1", 40), next, objects...), source.PushNotForward, "does not contain"},
			"a file":    {r.Push(t.Context(), records, "", objects[0].ID(), objects...), source.ObjectMalformed, "another kind"},
		} {
			e := refusePush(t, tt.err, tt.kind)
			mentions(t, e.Error(), tt.says)
			if source.IsTransient(tt.err) {
				t.Errorf("%s is called transient", name)
			}
		}
		if n := len(front.Requests()); n != 0 {
			t.Errorf("%d requests were made", n)
		}
	})
}

// The first branch of an empty repository can be pushed.
func TestPushesIntoAnEmptyRepository(t *testing.T) {
	repo := gitserver.ForTest(t)
	for name, front := range map[string]*gitserver.Front{"a": repo.HTTP(gitserver.HTTP{}), "b": repo.SSH(gitserver.SSH{})} {
		r := follow(t, repo, front)
		if tip, err := r.Ask(t.Context(), name); err != nil || tip != "" {
			t.Errorf("Ask says %q, %v", tip, err)
		}
		id, objects := build(t, nil, map[string]string{"a": name})
		pushTo(t, r, name, "", id, objects)
		serverHas(t, repo, name, id)
		if err := repo.DeleteBranch(name); err != nil {
			t.Fatal(err)
		}
	}
}
