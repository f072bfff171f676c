package source_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// Refusals tell who may not push, and what a hook or the server says of it.
func TestRefusedPushes(t *testing.T) {
	basic := gitserver.HTTP{Username: "ada", Password: "s3cret-password"}
	readOnly := basic
	readOnly.ReadOnly = true
	for name, tt := range map[string]struct {
		http *gitserver.HTTP
		ssh  *gitserver.SSH
		prep func(*gitserver.TestRepository, *gitserver.Front)
		kind source.Kind
		says string
	}{
		"http read-only": {http: &readOnly, kind: source.PushRefused,
			says: "the server does not let these credentials push (HTTP 403); let them write to the repository, or configure others to push with"},
		"http no credentials": {http: &gitserver.HTTP{PushToken: "t0ken-of-push"}, kind: source.PushRefused,
			says: "the server asks for credentials to push and there are none (HTTP 401); add username and password, or bearerToken, to the Secret"},
		"http other credentials": {http: &gitserver.HTTP{Username: "ada", Password: "s3cret-password", PushToken: "t0ken-of-push"}, kind: source.PushRefused,
			says: "the server does not let these credentials push (HTTP 401)*"},
		"http hidden": {http: &basic, prep: func(_ *gitserver.TestRepository, f *gitserver.Front) {
			f.Inject(gitserver.Fault{Kind: gitserver.Status, Code: 404})
		}, kind: source.PushRefused, says: "the server has no such repository, or hides it (HTTP 404), although it can be read; let them write*"},
		"http too large": {http: &basic, prep: func(_ *gitserver.TestRepository, f *gitserver.Front) {
			f.Inject(gitserver.Fault{Kind: gitserver.Status, Code: 413, Service: "git-receive-pack"})
		}, kind: source.TooLarge, says: "the server takes no request of this size (HTTP 413)*"},
		"http overloaded": {http: &basic, prep: func(_ *gitserver.TestRepository, f *gitserver.Front) {
			f.Inject(gitserver.Fault{Kind: gitserver.Status, Code: 429, Service: "git-receive-pack"})
		}, kind: source.ServerFailed, says: "the server failed (HTTP 429)"},
		"ssh read-only": {ssh: &gitserver.SSH{ReadOnly: true}, kind: source.PushRefused,
			says: "the server says: ERROR: The key you are authenticating with has been marked as read only.; let them write*"},
		"http pre-receive": {http: &basic, prep: preReceive, kind: source.PushRefused,
			says: "the server declines it: pre-receive hook declined: Records are written by hand here. Ask (redacted) or (redacted).; see what its hooks*"},
		"ssh update": {ssh: &gitserver.SSH{}, prep: func(repo *gitserver.TestRepository, _ *gitserver.Front) {
			repo.Hook("update", `echo "You may not update $1" >&2; exit 1`)
		}, kind: source.PushRefused, says: "the server declines it: hook declined: You may not update refs/heads/penstock/records/prod*"},
		"http a long story": {http: &basic, prep: func(repo *gitserver.TestRepository, _ *gitserver.Front) {
			repo.Hook("pre-receive", `for i in $(seq 20000); do echo "no no no no no no no no" >&2; done; exit 1`)
		}, kind: source.PushRefused, says: "the server declines it: pre-receive hook declined: no no no*…; see what its hooks*"},
		"ssh hidden refs": {ssh: &gitserver.SSH{}, prep: func(repo *gitserver.TestRepository, _ *gitserver.Front) {
			_, _ = repo.Git(nil, "config", "receive.hideRefs", "refs/heads/penstock")
		}, kind: source.PushRefused, says: "the server declines it: deny updating a hidden ref*"},
	} {
		t.Run(name, func(t *testing.T) {
			repo := gitserver.ForTest(t)
			repo.Write("Begin", files)
			var front *gitserver.Front
			if tt.http != nil {
				front = repo.HTTP(*tt.http)
			} else {
				front = repo.SSH(*tt.ssh)
			}
			r := follow(t, repo, front)
			poll(t, r)
			if tt.prep != nil {
				tt.prep(repo, front)
			}
			id, objects := build(t, nil, map[string]string{"a": "1"})
			err := refusePush(t, r.Push(t.Context(), records, "", id, objects...), tt.kind)
			if want := `cannot push to branch "penstock/records/prod" of ` + front.URL + ": " + tt.says; !match(want, err.Error()) {
				t.Errorf("says\n%s\nwant\n%s", err, want)
			}
			if source.IsTransient(err) != (tt.kind == source.ServerFailed) {
				t.Errorf("IsTransient(%v) is wrong", err)
			}
			serverHas(t, repo, records, "")
			if r.Tip(records) != "" {
				t.Errorf("Tip is %s after a refusal", r.Tip(records))
			}
			front.Inject(gitserver.Fault{})
			poll(t, r) // reading goes on
		})
	}
}

// preReceive declines with words that hold secrets.
func preReceive(repo *gitserver.TestRepository, _ *gitserver.Front) {
	repo.Hook("pre-receive", `echo "Records are written by hand here. Ask s3cret-password or `+
		base64.StdEncoding.EncodeToString([]byte("ada:s3cret-password"))+`." >&2; exit 1`)
}

func TestPushesWithCredentialsOfTheirOwn(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	front := repo.HTTP(gitserver.HTTP{TLS: true, Token: "t0ken-of-fetch", PushToken: "t0ken-of-push"})
	id, objects := build(t, nil, map[string]string{"a": "1"})
	reader := follow(t, repo, front)
	err := refusePush(t, reader.Push(t.Context(), records, "", id, objects...), source.PushRefused)
	if strings.Contains(err.Error(), "t0ken") {
		t.Errorf("a token shows in %v", err)
	}
	dir := repo.PushSecretDir(front)
	r := follow(t, repo, front, func(c *source.Config) { c.PushAuthDir = dir })
	poll(t, r)
	pushTo(t, r, records, "", id, objects)
	remove(t, dir)
	next, objects := build(t, snapshotAt(t, r, id), map[string]string{"b": "1"})
	refusePush(t, r.Push(t.Context(), records, id, next, objects...), source.InvalidConfig)
	poll(t, r)
}

// A push that ends without an answer says whether it may have been done, and
// nothing is lost or done twice by asking and trying again.
func TestInterruptedPushes(t *testing.T) {
	const pack = "git-receive-pack"
	faults := map[string]gitserver.Fault{
		"refused":       {Kind: gitserver.Refuse},
		"refused later": {Kind: gitserver.Refuse, Service: pack},
		"swallowed":     {Kind: gitserver.Swallow, Service: pack},
		"error 502":     {Kind: gitserver.Status, Code: 502, Service: pack},
		"a web page":    {Kind: gitserver.Status, Code: 200, Service: pack, Body: "<html>"},
	}
	for _, n := range []int64{0, 1, 4, 12, 40, 70, 90, 150, 250, 300, 350, 390, 410, 430, 450} { // over SSH, the answer begins with a listing
		faults[fmt.Sprintf("request cut at %d", n)] = gitserver.Fault{Kind: gitserver.CutRequest, Bytes: n, Service: pack}
		faults[fmt.Sprintf("answer cut at %d", n)] = gitserver.Fault{Kind: gitserver.Truncate, Bytes: n, Service: pack}
	}
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		var base *source.Snapshot
		var tip string
		n := 0
		for name, fault := range faults {
			if strings.HasPrefix(front.URL, "ssh") && fault.Kind == gitserver.Status {
				continue
			}
			n++
			id, objects := build(t, base, map[string]string{fmt.Sprintf("facts/%d", n): name})
			front.Inject(fault)
			err := r.Push(t.Context(), records, tip, id, objects...)
			front.Inject(gitserver.Fault{})
			there, askErr := r.Ask(t.Context(), records)
			if askErr != nil {
				t.Fatal(askErr)
			}
			switch {
			case err == nil && there != id, err != nil && there != tip && source.KindOf(err) != source.PushUnknown:
				t.Errorf("%s: the push said %v, and the server has %s of %s", name, err, there, id)
			case err != nil && !source.IsTransient(err):
				t.Errorf("%s: %v is not transient", name, err)
			case err != nil && r.Tip(records) != tip:
				t.Errorf("%s: Tip is %s after %v", name, r.Tip(records), err)
			}
			pushTo(t, r, records, tip, id, objects) // again, whatever became of it
			serverHas(t, repo, records, id)
			base, tip = snapshotAt(t, r, id), id
		}
		if count, err := repo.Git(nil, "rev-list", "--count", tip); err != nil || count != fmt.Sprint(n) {
			t.Errorf("the branch has %s commits for %d pushes, %v", count, n, err)
		}
	})
}

// Where all was sent and no answer came, that is what is said.
func TestUnknownOutcomes(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		id, objects := build(t, nil, map[string]string{"a": "1"})
		front.Inject(gitserver.Fault{Kind: gitserver.Swallow, Service: "git-receive-pack"})
		err := refusePush(t, r.Push(t.Context(), records, "", id, objects...), source.PushUnknown)
		mentions(t, err.Error(), "everything was sent, and whether it was done is not known", "ask where the branch is")
		front.Inject(gitserver.Fault{})
		if there, err := r.Ask(t.Context(), records); there != id || err != nil {
			t.Errorf("Ask says %q, %v; it was done", there, err)
		}
	})
}

// A server that is slow or silent costs no more than the time that it is given,
// and the caller may give less.
func TestPushTimeouts(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	slow := gitserver.Fault{Kind: gitserver.Slow, Every: 30 * time.Millisecond}
	hang := gitserver.Fault{Kind: gitserver.Hang}
	at := func(f gitserver.Fault, service string) gitserver.Fault { f.Service = service; return f }
	web, shell := repo.HTTP(gitserver.HTTP{}), repo.SSH(gitserver.SSH{})
	for name, tt := range map[string]struct {
		front *gitserver.Front
		fault gitserver.Fault
		kind  source.Kind
	}{
		"http listing hangs": {web, at(hang, "info/refs"), source.TimedOut},
		"http listing drips": {web, at(slow, "info/refs"), source.TimedOut},
		"http push hangs":    {web, at(hang, "git-receive-pack"), source.PushUnknown},
		"http push drips":    {web, at(slow, "git-receive-pack"), source.PushUnknown},
		"ssh hangs":          {shell, hang, source.TimedOut},
		"ssh drips":          {shell, slow, source.TimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			r := follow(t, repo, tt.front, func(c *source.Config) {
				if c.FetchTimeout = 300 * time.Millisecond; tt.kind == source.TimedOut {
					c.Timeout = c.FetchTimeout
				}
			})
			id, objects := build(t, nil, map[string]string{"a": name})
			tt.front.Inject(tt.fault)
			start := time.Now()
			err := refusePush(t, r.Push(t.Context(), "penstock/records/"+strings.ReplaceAll(name, " ", "-"), "", id, objects...), tt.kind)
			if took := time.Since(start); took > 5*time.Second || !source.IsTransient(err) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v took %s", err, took)
			}
			tt.front.Reset()
			ctx, cancel := context.WithCancel(t.Context())
			go func() { // The caller gives up in the same phase.
				for len(tt.front.Requests()) == 0 || tt.kind == source.PushUnknown && tt.front.Pushes() == 0 {
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
			err = refusePush(t, follow(t, repo, tt.front).Push(ctx, records, "", id, objects...), map[source.Kind]source.Kind{
				source.TimedOut: source.Canceled, source.PushUnknown: source.PushUnknown}[tt.kind])
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v does not say why", err)
			}
			tt.front.Inject(gitserver.Fault{})
		})
	}
}

// A push that hangs holds no poll.
func TestPollsDoNotWaitForPushes(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		front.Inject(gitserver.Fault{Kind: gitserver.Hang, Service: "git-receive-pack"})
		ctx, cancel := context.WithCancel(t.Context())
		id, objects := build(t, nil, map[string]string{"a": "1"})
		var done sync.WaitGroup
		done.Go(func() {
			if err := r.Push(ctx, records, "", id, objects...); err == nil || !source.IsTransient(err) {
				t.Errorf("the push said %v", err)
			}
		})
		for front.Pushes() == 0 {
			time.Sleep(time.Millisecond)
		}
		head := repo.Write("Go on", map[string]string{"b": "2"})
		at(t, poll(t, r), head)
		r.Watch(records)
		cancel()
		done.Wait()
	})
}

func TestPushToAServerThatIsDown(t *testing.T) {
	bothWays(t, func(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, r *source.Repository) {
		front.Close()
		id, objects := build(t, nil, map[string]string{"a": "1"})
		err := refusePush(t, r.Push(t.Context(), records, "", id, objects...), source.Unreachable)
		mentions(t, err.Error(), "no connection: ", "connection refused")
		if _, err := r.Ask(t.Context(), records); source.KindOf(err) != source.Unreachable {
			t.Errorf("Ask says %v", err)
		} else {
			mentions(t, err.Error(), `cannot ask for branch "penstock/records/prod"`)
		}
	})
}

// Secrets do not show in what comes of a push, however they are echoed.
func TestNoSecretInErrorsOfPushes(t *testing.T) {
	const secret = "p4ss/w0rd+secret"
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("ada:" + secret))}
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	front := repo.HTTP(gitserver.HTTP{Username: "ada", Password: secret})
	repo.Hook("pre-receive", "echo '"+strings.Join(forms, " ")+"' >&2; exit 1")
	for _, fault := range []gitserver.Fault{
		{}, {Kind: gitserver.Status, Code: 500, Body: strings.Join(forms, " ")}, {Kind: gitserver.Status, Code: 403, Body: strings.Join(forms, " ")},
		{Kind: gitserver.Redirect, Location: "http://" + url.PathEscape(secret) + ".example"},
	} {
		var log journal
		front.Inject(fault)
		r := follow(t, repo, front, log.keep)
		id, objects := build(t, nil, map[string]string{"a": "1"})
		err := r.Push(t.Context(), records, "", id, objects...)
		if err == nil {
			t.Fatal("no error")
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			for _, form := range forms {
				if strings.Contains(fmt.Sprintf("%v %+v %s", e, e, log.String()), form) {
					t.Errorf("%q shows in %+v", form, e)
				}
			}
		}
	}
}
