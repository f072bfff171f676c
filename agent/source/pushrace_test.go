package source_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// Two who push to one branch both succeed in the end, and nothing is lost:
// whoever is overtaken takes up what is there and tries again.
func TestRaceOfTwoPushers(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		const each = 12
		pushers := []*source.Repository{r, follow(t, repo, front)}
		var done sync.WaitGroup
		var mu sync.Mutex
		overtaken := 0
		for who, r := range pushers {
			r.Watch(records)
			done.Go(func() {
				for i := range each {
					n, err := pushUntilDone(t, r, fmt.Sprintf("facts/%d-%d", who, i))
					if err != nil {
						t.Errorf("pusher %d: %v", who, err)
						return
					}
					mu.Lock()
					overtaken += n
					mu.Unlock()
				}
			})
		}
		done.Wait()
		tip, err := repo.Head(records)
		if err != nil {
			t.Fatal(err)
		}
		count, err := repo.Git(nil, "rev-list", "--count", "--first-parent", tip)
		if err != nil || count != fmt.Sprint(2*each) {
			t.Errorf("the branch has %s commits, %v", count, err)
		}
		list, err := repo.Git(nil, "ls-tree", "-r", "--name-only", tip)
		if err != nil || len(strings.Fields(list)) != 2*each {
			t.Errorf("the branch has %q, %v", list, err)
		}
		if overtaken == 0 {
			t.Log("nobody was overtaken")
		}
	})
}

// pushUntilDone adds a file to the branch, as the writer of records does.
func pushUntilDone(t *testing.T, r *source.Repository, name string) (overtaken int, err error) {
	for range 100 {
		if _, err := r.Poll(t.Context()); err != nil {
			return overtaken, err
		}
		b, draft := source.NewBuilder(nil), source.Draft{Author: ada, Message: "Add " + name}
		tip := r.Tip(records)
		if tip != "" {
			base, err := r.At(tip)
			if err != nil {
				return overtaken, err
			}
			b, draft.Parents = source.NewBuilder(base), []string{tip}
		}
		if err := b.Put(name, []byte(name)); err != nil {
			return overtaken, err
		}
		id, err := b.Commit(draft)
		if err != nil {
			return overtaken, err
		}
		err = r.Push(t.Context(), records, tip, id, b.Objects()...)
		if source.KindOf(err) != source.PushOvertaken {
			return overtaken, err
		}
		overtaken++
	}
	return overtaken, fmt.Errorf("%s was overtaken %d times", name, overtaken)
}

// Whoever is overtaken is told by whom, also where no listing was asked for.
func TestOvertakenPushesTellTheTip(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		first, objects := build(t, nil, map[string]string{"a": "1"})
		pushTo(t, r, records, "", first, objects)
		theirs := repo.Commit(gitserver.Change{Branch: records, Files: map[string]string{"b": "1"}})
		for range 2 {
			mine, objects := build(t, snapshotAt(t, r, first), map[string]string{"c": "1"})
			err := refusePush(t, r.Push(t.Context(), records, first, mine, objects...), source.PushOvertaken)
			if err.Tip != theirs || !source.IsTransient(err) {
				t.Errorf("the tip is said to be %q, it is %s: %v", err.Tip, theirs, err)
			}
			if r.Tip(records) != first {
				t.Errorf("Tip is %s", r.Tip(records))
			}
		}
		another := follow(t, repo, front) // asks where the branch is before it sends anything
		poll(t, another)
		front.Reset()
		mine, objects := build(t, nil, map[string]string{"d": "1"})
		refusePush(t, another.Push(t.Context(), records, "", mine, objects...), source.PushOvertaken)
		if n := front.Pushes(); n != 0 && !strings.HasPrefix(front.URL, "ssh") {
			t.Error("a push was sent although the branch was elsewhere")
		}
		serverHas(t, repo, records, theirs)
		r.Watch(records)
		poll(t, r)
		mine, objects = build(t, snapshotAt(t, r, theirs), map[string]string{"c": "1"})
		pushTo(t, r, records, theirs, mine, objects)
	})
}

// A push that is done while a poll waits for its listing is newer than that.
func TestAPushDuringAPollIsNewerThanIt(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	front := repo.HTTP(gitserver.HTTP{})
	r := follow(t, repo, front)
	r.Watch(records)
	poll(t, r)
	first, objects := build(t, nil, map[string]string{"a": "1"})
	pushTo(t, r, records, "", first, objects)
	front.Reset()
	front.Inject(gitserver.Fault{Kind: gitserver.Slow, Service: "info/refs", Every: 2 * time.Millisecond})
	var done sync.WaitGroup
	done.Go(func() {
		if _, err := r.Poll(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for len(front.Requests()) == 0 || front.Requests()[0].Bytes == 0 {
		time.Sleep(time.Millisecond)
	}
	front.Inject(gitserver.Fault{}) // The poll's listing goes on as it began.
	second, objects := build(t, snapshotAt(t, r, first), map[string]string{"a": "2"})
	pushTo(t, r, records, first, second, objects)
	begun, objects := build(t, nil, map[string]string{"b": "1"})
	pushTo(t, r, ofDev, "", begun, objects)
	done.Wait()
	for range 2 {
		tipIs(t, r, records, second)
		tipIs(t, r, ofDev, begun)
		poll(t, r)
	}
}

// A branch that cannot be moved, although nobody has moved it, is the server's
// failure and not a race.
func TestABranchThatIsLockedIsNoRace(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		repo.Commit(gitserver.Change{Branch: "penstock/records", Orphan: true, Files: map[string]string{"a": "1"}})
		id, objects := build(t, nil, map[string]string{"a": "1"}) // penstock/records/prod cannot be beside it
		err := refusePush(t, r.Push(t.Context(), records, "", id, objects...), source.ServerFailed)
		mentions(t, err.Error(), "the server could not move it")
	})
}

// A report that lies, or makes no sense, is not taken for an answer.
func TestReportsThatLie(t *testing.T) {
	const ref = "refs/heads/" + records
	for name, tt := range map[string]struct {
		report string
		kind   source.Kind // 0 for success
	}{
		"nothing":            {"", source.PushUnknown},
		"a flush":            {"0000", source.PushUnknown},
		"only unpacked":      {lines("unpack ok\n"), source.PushUnknown},
		"another branch":     {lines("unpack ok\n", "ok refs/heads/main\n"), source.PushUnknown},
		"one more":           {lines("unpack ok\n", "ok "+ref+"\n", "ok refs/heads/main\n"), source.PushUnknown},
		"twice":              {lines("unpack ok\n", "ok "+ref+"\n", "ng "+ref+" no\n"), source.PushUnknown},
		"contradiction":      {lines("unpack failed\n", "ok "+ref+"\n"), source.PushUnknown},
		"no reason":          {lines("unpack ok\n", "ng "+ref+"\n"), source.PushUnknown},
		"no end":             {strings.TrimSuffix(lines("unpack ok\n", "ok "+ref+"\n"), "0000"), source.PushUnknown},
		"not a report":       {"<html>", source.PushUnknown},
		"endless":            {strings.Repeat(strings.TrimSuffix(lines("unpack ok\n"), "0000"), 200_000), source.PushUnknown},
		"not unpacked":       {lines("unpack index-pack abnormal exit\n", "ng "+ref+" unpacker error\n"), source.ServerFailed},
		"only not unpacked":  {lines("unpack unable to create temporary object directory\n"), source.PushRefused},
		"read-only disk":     {lines("unpack unable to write: Read-only file system\n", "ng "+ref+" unpacker error\n"), source.PushRefused},
		"protected":          {lines("unpack ok\n", "ng "+ref+" protected branch hook declined\n"), source.PushRefused},
		"later":              {lines("unpack ok\n", "ng "+ref+" Internal Server Error\n"), source.ServerFailed},
		"done, without news": {lines("unpack ok\n", "ok "+ref+"\n"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			repo := gitserver.ForTest(t)
			repo.Write("Begin", files)
			server := lying(t, repo, tt.report)
			r := follow(t, repo, repo.HTTP(gitserver.HTTP{}), func(c *source.Config) { c.URL = server })
			poll(t, r)
			id, objects := build(t, nil, map[string]string{"a": "1"})
			err := r.Push(t.Context(), records, "", id, objects...)
			if tt.kind == 0 {
				if err != nil {
					t.Fatal(err)
				}
				r.Watch(records) // The next poll finds it out.
				poll(t, r)
				if r.Tip(records) != "" {
					t.Errorf("Tip is %s, and the server has none", r.Tip(records))
				}
				return
			}
			refusePush(t, err, tt.kind)
			if r.Tip(records) != "" {
				t.Errorf("Tip is %s after %v", r.Tip(records), err)
			}
		})
	}
}

// lines writes a report in Git's protocol.
func lines(text ...string) string {
	var b strings.Builder
	for _, line := range text {
		fmt.Fprintf(&b, "%04x%s", len(line)+4, line)
	}
	return b.String() + "0000"
}

// lying serves a repository whose pushes are not done, and reported on so.
func lying(t *testing.T, repo *gitserver.TestRepository, report string) string {
	t.Helper()
	backend, err := url.Parse(strings.TrimSuffix(repo.HTTP(gitserver.HTTP{}).URL, "/repo.git"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(backend)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasSuffix(req.URL.Path, "/git-receive-pack") {
			proxy.ServeHTTP(w, req)
			return
		}
		body, _ := io.ReadAll(req.Body)
		w.Header().Set("Content-Type", "application/x-git-receive-pack-result")
		if bytes.Contains(body, []byte("side-band-64k")) {
			for part := range chunks(report) {
				fmt.Fprintf(w, "%04x\x01%s", len(part)+5, part)
			}
			_, _ = io.WriteString(w, "0000")
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/repo.git"
}

// chunks cuts text into what goes into a packet.
func chunks(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 0 {
			n := min(len(text), 60_000)
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}

// A server with very many refs is served in memory and time that are bounded.
func TestPushesToAServerWithManyRefs(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		head, err := repo.Head("main")
		if err != nil {
			t.Fatal(err)
		}
		refs := strings.Builder{}
		refs.WriteString("# pack-refs with: peeled fully-peeled sorted \n")
		for i := range 20_000 {
			fmt.Fprintf(&refs, "%s refs/pull/%06d/head\n", head, i)
		}
		if err := os.WriteFile(filepath.Join(repo.Dir(), "packed-refs"), []byte(refs.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		id, objects := build(t, r.Current(), map[string]string{"a": "1"})
		pushTo(t, r, "penstock/promote/prod/a", "", id, objects)
		serverHas(t, repo, "penstock/promote/prod/a", id)
		if there, err := r.Ask(t.Context(), "penstock/promote/prod/a"); there != id || err != nil {
			t.Errorf("Ask says %q, %v", there, err)
		}
	})
}
