package forge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"code.gitea.io/sdk/gitea"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/test/giteaserver"
)

func TestMain(m *testing.M) { giteaserver.Main(m) }

const (
	head = "penstock/promote/prod/llama"
	base = "main"
)

// botScopes are the least rights that the documentation names.
var botScopes = []string{"write:repository", "write:issue"}

// giteaForge is the forge as the bot of a repository sees it.
func giteaForge(t *testing.T, repo *giteaserver.Repository, change ...func(*forge.Config)) forge.Forge {
	t.Helper()
	config := forge.Config{Kind: forge.Gitea, URL: repo.ForgeURL(), Repository: repo.FullName()}
	for _, f := range change {
		f(&config)
	}
	if config.Token == "" && config.TokenFile == "" {
		config.Token = repo.Token(repo.Bot, botScopes...)
	}
	f, err := forge.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// through leads a forge through a front.
func through(front *giteaserver.Front) func(*forge.Config) {
	return func(c *forge.Config) { c.URL, c.CA = front.URL, front.CA }
}

// proposed is a repository with a pushed branch, and what is wanted of it.
func proposed(t *testing.T) (*giteaserver.Repository, forge.Wanted) {
	t.Helper()
	repo := giteaserver.ForTest(t)
	repo.Commit(repo.Bot, head, map[string]string{"prod/llama/release.yaml": "model: llama-3-8b\n"})
	return repo, forge.Wanted{Base: base, Head: head, Key: "prod/llama rel-3f2a91c", Title: "Promote llama to prod", Body: "It is *healthy* in staging."}
}

// ensure calls Ensure and expects an action.
func ensure(t *testing.T, f forge.Forge, w forge.Wanted, want forge.Action) forge.PullRequest {
	t.Helper()
	pr, action, err := forge.Ensure(t.Context(), f, w)
	if err != nil || action != want {
		t.Fatalf("got %q, %v, want %q", action, err, want)
	}
	return pr
}

func TestAPullRequestIsOpenedOnceAndKeptUpToDate(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo)
	opened := ensure(t, f, w, forge.Opened)
	if opened.State != forge.Open || opened.Key != w.Key || opened.Author != repo.Bot.Name || opened.Head != head || opened.Base != base ||
		opened.Title != w.Title || !strings.HasPrefix(opened.Body, w.Body) || !strings.HasPrefix(opened.URL, repo.ForgeURL()) {
		t.Errorf("got %+v", opened)
	}
	if again := ensure(t, f, w, forge.Unchanged); again.Number != opened.Number {
		t.Errorf("got %d, want %d", again.Number, opened.Number)
	}
	w.Body, w.Key = "It is *healthy* in staging, since an hour.", "prod/llama rel-77aa001"
	updated := ensure(t, f, w, forge.Updated)
	if updated.Number != opened.Number || updated.Key != w.Key || !strings.HasPrefix(updated.Body, w.Body) {
		t.Errorf("got %+v", updated)
	}
	ensure(t, f, w, forge.Unchanged)
	if n := len(repo.PullRequests()); n != 1 {
		t.Errorf("there are %d pull requests", n)
	}
}

func TestAMergeByAPersonIsTold(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo)
	pr := ensure(t, f, w, forge.Opened)
	commit := repo.Merge(repo.Engineer, pr.Number)
	state, err := f.State(t.Context(), pr.Number)
	if err != nil || state.State != forge.Merged || state.MergedBy != repo.Engineer.Name || state.MergeCommit != commit {
		t.Errorf("got %+v, %v, want a merge by %s in %s", state, err, repo.Engineer.Name, commit)
	}
	// Who has not seen the merge yet does not propose the same again.
	w.Contains = func(string) bool { return false }
	if seen := ensure(t, f, w, forge.AlreadyMerged); seen.Number != pr.Number || seen.MergeCommit != commit {
		t.Errorf("got %+v", seen)
	}
	// Who has seen it, and wants it again, may.
	repo.Commit(repo.Bot, head, map[string]string{"prod/llama/release.yaml": "model: llama-3-8b\nagain: true\n"})
	w.Contains = func(c string) bool { return c == commit }
	if again := ensure(t, f, w, forge.Opened); again.Number == pr.Number {
		t.Errorf("got %+v", again)
	}
}

func TestWhatAPersonClosedIsDeclined(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo)
	pr := ensure(t, f, w, forge.Opened)
	repo.ClosePullRequest(repo.Engineer, pr.Number)
	if declined := ensure(t, f, w, forge.Declined); declined.Number != pr.Number || declined.State != forge.Closed {
		t.Errorf("got %+v", declined)
	}
	w.Body = "Please!"
	ensure(t, f, w, forge.Declined)

	other := w
	other.Key = "prod/llama rel-77aa001"
	second := ensure(t, f, other, forge.Opened)
	repo.ClosePullRequest(repo.Engineer, second.Number)
	ensure(t, f, w, forge.Declined)

	repo.Reopen(repo.Engineer, pr.Number)
	ensure(t, f, w, forge.Updated)
}

func TestWhatWeClosedIsNotDeclined(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo)
	pr := ensure(t, f, w, forge.Opened)
	for range 2 { // the second time there is nothing to do
		if err := f.Close(t.Context(), pr, "It was overtaken by rel-77aa001."); err != nil {
			t.Fatal(err)
		}
	}
	state, err := f.State(t.Context(), pr.Number)
	if err != nil || state.State != forge.Closed || !state.Withdrawn || state.Key != w.Key {
		t.Errorf("got %+v, %v", state, err)
	}
	if comments := repo.Comments(pr.Number); len(comments) != 1 || !strings.HasPrefix(comments[0], "It was overtaken by rel-77aa001.") {
		t.Errorf("got the comments %q", comments)
	}
	if again := ensure(t, f, w, forge.Opened); again.Number == pr.Number {
		t.Errorf("got %+v", again)
	}
}

func TestAPullRequestThatWasReopenedAfterWeClosedItIsOursAgain(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo)
	pr := ensure(t, f, w, forge.Opened)
	if err := f.Close(t.Context(), pr, "It was overtaken."); err != nil {
		t.Fatal(err)
	}
	repo.Reopen(repo.Engineer, pr.Number)
	if kept := ensure(t, f, w, forge.Updated); kept.Number != pr.Number || kept.Withdrawn {
		t.Errorf("got %+v", kept)
	}
	repo.ClosePullRequest(repo.Engineer, pr.Number)
	ensure(t, f, w, forge.Declined)
}

func TestWhatAPersonEditedStaysUntilThereIsSomethingNew(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo)
	pr := ensure(t, f, w, forge.Opened)
	edited := "Ada has looked at the numbers.\n\n" + pr.Body
	repo.EditBody(repo.Engineer, pr.Number, edited)
	if kept := ensure(t, f, w, forge.Unchanged); kept.Body != edited {
		t.Errorf("got %q", kept.Body)
	}
	w.Title = "Promote llama to prod, at last"
	if updated := ensure(t, f, w, forge.Updated); updated.Title != w.Title || strings.Contains(updated.Body, "Ada") {
		t.Errorf("got %+v", updated)
	}
}

// twoAtOnce calls Ensure from several places at the same moment, and returns the actions.
func twoAtOnce(t *testing.T, forges []forge.Forge, w forge.Wanted) map[forge.Action]int {
	t.Helper()
	actions, mu := map[forge.Action]int{}, sync.Mutex{}
	var all sync.WaitGroup
	for _, f := range forges {
		all.Go(func() {
			_, action, err := forge.Ensure(t.Context(), f, w)
			for range 5 { // Gitea refuses who comes second to a change, which is told as transient
				if forge.FaultOf(err) != forge.Conflict {
					break
				}
				_, action, err = forge.Ensure(t.Context(), f, w)
			}
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			actions[action]++
		})
	}
	all.Wait()
	return actions
}

func TestTwoThatEnsureAtOnceGetOnePullRequest(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	actions := twoAtOnce(t, []forge.Forge{giteaForge(t, repo), giteaForge(t, repo), giteaForge(t, repo), giteaForge(t, repo)}, w)
	open := 0
	for _, pr := range repo.PullRequests() {
		if pr.State == "open" {
			open++
		}
	}
	if open != 1 || actions[forge.Opened] > 1 {
		t.Errorf("%d are open, and this was done: %v", open, actions)
	}
	ensure(t, giteaForge(t, repo), w, forge.Unchanged)
}

func TestWhoIsToldThatItExistsFindsIt(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	front := repo.Server.Front(giteaserver.FrontOptions{})
	// Somebody opens it between our looking and our opening.
	other := giteaForge(t, repo)
	front.Inject(giteaserver.Fault{Kind: giteaserver.Pass, Method: http.MethodPost, Path: "/pulls", Before: func(*http.Request) {
		if _, err := other.Open(context.Background(), w); err != nil {
			t.Error(err)
		}
	}})
	ensure(t, giteaForge(t, repo, through(front)), w, forge.Unchanged)
	if n := len(repo.PullRequests()); n != 1 {
		t.Errorf("there are %d pull requests", n)
	}
}

func TestNothingIsDoubledWhenAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, lost := range []struct{ name, method, path string }{
		{"opening", http.MethodPost, "/pulls"},
		{"updating", http.MethodPatch, "/pulls/"},
		{"commenting", http.MethodPost, "/comments"},
	} {
		t.Run(lost.name, func(t *testing.T) {
			t.Parallel()
			repo, w := proposed(t)
			front := repo.Server.Front(giteaserver.FrontOptions{})
			f := giteaForge(t, repo, through(front))
			front.Inject(giteaserver.Fault{Kind: giteaserver.Lose, Method: lost.method, Path: lost.path})
			live := func(w forge.Wanted) error {
				if _, _, err := forge.Ensure(t.Context(), f, w); err != nil {
					return err
				}
				w.Body += " Still."
				pr, _, err := forge.Ensure(t.Context(), f, w)
				if err != nil {
					return err
				}
				return f.Close(t.Context(), pr, "Overtaken.")
			}
			if err := live(w); !forge.IsTransient(err) {
				t.Fatalf("got %v, want an error that may pass", err)
			}
			if err := live(w); err != nil {
				t.Fatal(err)
			}
			all := repo.PullRequests()
			if len(all) != 1 || all[0].State != "closed" || len(repo.Comments(all[0].Index)) != 1 {
				t.Errorf("there are %d pull requests, with these comments: %q", len(all), repo.Comments(all[0].Index))
			}
		})
	}
}

func TestRefusalsExplainThemselves(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	missing := w
	missing.Head = "penstock/promote/prod/nothing"
	for _, test := range []struct {
		name   string
		token  string
		wanted forge.Wanted
		fault  forge.Fault
		says   string
	}{
		{"wrong token", "0123456789012345678901234567890123456789", w, forge.TokenRefused,
			"it may be mistyped, expired or revoked; make a new one with the scopes write:repository and write:issue"},
		{"token that may only read", repo.Token(repo.Bot, "read:repository", "read:issue"), w, forge.Forbidden, "write:repository"},
		{"stranger", repo.Token(repo.Stranger, botScopes...), w, forge.NotFound, "check the name of the repository"},
		{"branch that was not pushed", repo.Token(repo.Bot, botScopes...), missing, forge.BranchMissing, "push the head branch first"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := giteaForge(t, repo, func(c *forge.Config) { c.Token = test.token })
			_, _, err := forge.Ensure(t.Context(), f, test.wanted)
			if forge.FaultOf(err) != test.fault || forge.IsTransient(err) {
				t.Fatalf("got fault %d: %v", forge.FaultOf(err), err)
			}
			for _, want := range []string{test.says, repo.FullName() + " at " + repo.ForgeURL()} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), test.token) {
				t.Errorf("the error quotes the token: %v", err)
			}
		})
	}
}

func TestAReaderMayNotChangeWhatAnotherOpened(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	pr := ensure(t, giteaForge(t, repo), w, forge.Opened)
	reader := giteaForge(t, repo, func(c *forge.Config) { c.Token = repo.Token(repo.Reader, botScopes...) })
	ensure(t, reader, w, forge.Unchanged)
	w.Body = "Something else."
	if _, _, err := forge.Ensure(t.Context(), reader, w); forge.FaultOf(err) != forge.Forbidden {
		t.Errorf("updating: got %v", err)
	}
	if err := reader.Close(t.Context(), pr, ""); forge.FaultOf(err) != forge.Forbidden {
		t.Errorf("closing: got %v", err)
	}
}

func TestATokenWithoutTheRightToCommentIsToldWhichOneItLacks(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo, func(c *forge.Config) { c.Token = repo.Token(repo.Bot, "write:repository") })
	pr := ensure(t, f, w, forge.Opened)
	err := f.Close(t.Context(), pr, "Overtaken.")
	if forge.FaultOf(err) != forge.Forbidden || !strings.Contains(err.Error(), "issue") {
		t.Errorf("got %v", err)
	}
	if repo.PullRequest(pr.Number).State != "open" {
		t.Error("it was closed without the comment that says why")
	}
}

func TestAnArchivedRepositoryIsReadOnly(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	if _, _, err := repo.As(repo.Boss).EditRepo(repo.Owner, repo.Name, gitea.EditRepoOption{Archived: new(true)}); err != nil {
		t.Fatal(err)
	}
	_, _, err := forge.Ensure(t.Context(), giteaForge(t, repo), w)
	if forge.FaultOf(err) != forge.ReadOnly {
		t.Errorf("got %v", err)
	}
}

func TestPullRequestsOfOthersAreNotTouched(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	repo.Commit(repo.Engineer, "adas-branch", map[string]string{"a": "b"})
	theirs, _, err := repo.As(repo.Engineer).CreatePullRequest(repo.Owner, repo.Name,
		gitea.CreatePullRequestOption{Head: "adas-branch", Base: base, Title: "Ada's", Body: "Ada's"})
	if err != nil {
		t.Fatal(err)
	}
	f := giteaForge(t, repo)
	// Even if the caller is mistaken about whose it is.
	mistaken := forge.PullRequest{Number: theirs.Index, Head: head, Base: base}
	_, updating := f.Update(t.Context(), mistaken, w)
	closing := f.Close(t.Context(), mistaken, "Overtaken.")
	candid := f.Close(t.Context(), forge.PullRequest{Number: theirs.Index, Head: "adas-branch"}, "Overtaken.")
	_, finding := f.Find(t.Context(), "adas-branch", base)
	w.Head = "adas-branch"
	_, opening := f.Open(t.Context(), w)
	for _, err := range []error{updating, closing, candid, finding, opening} {
		if forge.FaultOf(err) != forge.InvalidRequest || !strings.Contains(err.Error(), `"adas-branch"`) {
			t.Errorf("got %v", err)
		}
	}
	if now := repo.PullRequest(theirs.Index); now.Body != "Ada's" || now.Title != "Ada's" || now.State != "open" || len(repo.Comments(now.Index)) != 0 {
		t.Errorf("it was changed: %+v", now)
	}
}

func TestAPullRequestOfAnotherUnitIsNotTouched(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	f := giteaForge(t, repo)
	pr := ensure(t, f, w, forge.Opened)
	pr.Head = "penstock/promote/prod/qwen"
	if err := f.Close(t.Context(), pr, "Overtaken."); forge.FaultOf(err) != forge.InvalidRequest || !strings.Contains(err.Error(), head) {
		t.Errorf("got %v", err)
	}
	if repo.PullRequest(pr.Number).State != "open" {
		t.Error("it was closed")
	}
}

func TestAPullRequestOfAForkIsNotOurs(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	stranger := repo.As(repo.Reader)
	if _, _, err := stranger.CreateFork(repo.Owner, repo.Name, gitea.CreateForkOption{}); err != nil {
		t.Fatal(err)
	}
	foreign, _, err := stranger.CreatePullRequest(repo.Owner, repo.Name, gitea.CreatePullRequestOption{
		Head: repo.Reader.Name + ":" + head, Base: base, Title: "Mine", Body: "<!-- penstock: prod/llama rel-3f2a91c; text 000000000000 -->"})
	if err != nil {
		t.Fatal(err)
	}
	f := giteaForge(t, repo)
	if found, err := f.Find(t.Context(), head, base); found != nil || err != nil {
		t.Errorf("found %+v, %v", found, err)
	}
	if err := f.Close(t.Context(), forge.PullRequest{Number: foreign.Index, Head: head}, ""); forge.FaultOf(err) != forge.InvalidRequest {
		t.Errorf("closing it: got %v", err)
	}
	if ours := ensure(t, f, w, forge.Opened); ours.Number == foreign.Index {
		t.Errorf("got %+v", ours)
	}
}

func TestTroublesOnTheWay(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	soon := func(c *forge.Config) { c.Timeout = 50 * time.Millisecond }
	for _, test := range []struct {
		name      string
		fault     giteaserver.Fault
		change    func(*forge.Config)
		want      forge.Fault
		transient bool
	}{
		{"no answer", giteaserver.Fault{Kind: giteaserver.Refuse}, nil, forge.Unreachable, true},
		{"slow", giteaserver.Fault{Kind: giteaserver.Hang}, soon, forge.TimedOut, true},
		{"failing", giteaserver.Fault{Kind: giteaserver.Answer, Status: 502, Body: "<html>Bad gateway"}, nil, forge.ServerFailed, true},
		{"a page to log in", giteaserver.Fault{Kind: giteaserver.Answer, Status: 200, Body: "<html>Log in"}, nil, forge.NotTheAPI, false},
		{"nonsense", giteaserver.Fault{Kind: giteaserver.Answer, Status: 200, Body: "[{\"head\":7}]"}, nil, forge.NotTheAPI, false},
		{"endless", giteaserver.Fault{Kind: giteaserver.Answer, Status: 200, Body: "[" + strings.Repeat(" ", 16<<20) + "]"}, nil, forge.TooLarge, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			front := repo.Server.Front(giteaserver.FrontOptions{})
			front.Inject(test.fault)
			changes := []func(*forge.Config){through(front)}
			if test.change != nil {
				changes = append(changes, test.change)
			}
			f := giteaForge(t, repo, changes...)
			_, err := f.Find(t.Context(), w.Head, w.Base)
			if forge.FaultOf(err) != test.want || forge.IsTransient(err) != test.transient {
				t.Errorf("got fault %d: %v", forge.FaultOf(err), err)
			}
		})
	}
}

func TestAServerThatIsAwayIsUnreachable(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	front := repo.Server.Front(giteaserver.FrontOptions{})
	f := giteaForge(t, repo, through(front))
	front.Close()
	if _, _, err := forge.Ensure(t.Context(), f, w); forge.FaultOf(err) != forge.Unreachable || !forge.IsTransient(err) {
		t.Errorf("got %v", err)
	}
}

func TestACallIsGivenUpWithItsContext(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	front := repo.Server.Front(giteaserver.FrontOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	front.Inject(giteaserver.Fault{Kind: giteaserver.Hang, Before: func(*http.Request) { cancel() }})
	_, _, err := forge.Ensure(ctx, giteaForge(t, repo, through(front)), w)
	if forge.FaultOf(err) != forge.Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCertificatesAreVerified(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	front := repo.Server.Front(giteaserver.FrontOptions{TLS: true})
	ensure(t, giteaForge(t, repo, through(front)), w, forge.Opened)
	trusting := giteaForge(t, repo, through(front), func(c *forge.Config) { c.CA = nil })
	if _, err := trusting.Find(t.Context(), head, base); forge.FaultOf(err) != forge.CertificateRefused || forge.IsTransient(err) {
		t.Errorf("got %v", err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	elsewhere, front := repo.Server.Front(giteaserver.FrontOptions{}), repo.Server.Front(giteaserver.FrontOptions{})
	for _, status := range []int{301, 302, 307, 308} {
		front.Inject(giteaserver.Fault{Kind: giteaserver.Answer, Status: status, Header: http.Header{"Location": {elsewhere.URL + "/moved?token=x"}}})
		_, err := giteaForge(t, repo, through(front)).Find(t.Context(), w.Head, w.Base)
		if forge.FaultOf(err) != forge.Redirected || !strings.Contains(err.Error(), elsewhere.URL+"/moved,") {
			t.Errorf("%d: got %v", status, err)
		}
	}
	if asked := elsewhere.Asked(); len(asked) != 0 {
		t.Errorf("the other host was asked: %v", asked)
	}
}

func TestATokenIsReadAgainFromItsFile(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := giteaForge(t, repo, func(c *forge.Config) { c.TokenFile = file })
	if _, err := f.Find(t.Context(), head, base); forge.FaultOf(err) != forge.InvalidConfig {
		t.Errorf("without the file: got %v", err)
	}
	write("0123456789012345678901234567890123456789")
	if _, err := f.Find(t.Context(), head, base); forge.FaultOf(err) != forge.TokenRefused {
		t.Errorf("with a wrong token: got %v", err)
	}
	write(repo.Token(repo.Bot, botScopes...))
	ensure(t, f, w, forge.Opened)
}

func TestManyPullRequestsAreLookedThrough(t *testing.T) {
	t.Parallel()
	repo, w := proposed(t)
	// Pages of two, so that there are several.
	front := repo.Server.Front(giteaserver.FrontOptions{})
	front.Inject(giteaserver.Fault{Kind: giteaserver.Pass, Method: http.MethodGet, Path: "/pulls", Times: 1000, Before: func(r *http.Request) {
		values := r.URL.Query()
		values.Set("limit", "2")
		r.URL.RawQuery = values.Encode()
	}})
	f := giteaForge(t, repo, through(front))
	pr := ensure(t, f, w, forge.Opened)
	repo.Commit(repo.Engineer, "other-0", map[string]string{"a": "b"})
	engineer := repo.As(repo.Engineer)
	for i := range 4 {
		branch := fmt.Sprint("other-", i)
		if _, _, err := engineer.CreateBranch(repo.Owner, repo.Name, gitea.CreateBranchOption{BranchName: branch, OldBranchName: "other-0"}); err != nil && i > 0 {
			t.Fatal(err)
		}
		if _, _, err := engineer.CreatePullRequest(repo.Owner, repo.Name, gitea.CreatePullRequestOption{Head: branch, Base: base, Title: branch}); err != nil {
			t.Fatal(err)
		}
	}
	if again := ensure(t, f, w, forge.Unchanged); again.Number != pr.Number {
		t.Errorf("got %+v", again)
	}
	for _, other := range repo.PullRequests() {
		repo.ClosePullRequest(repo.Engineer, other.Index)
	}
	ensure(t, f, w, forge.Declined)
}
