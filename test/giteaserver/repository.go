package giteaserver

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"

	"code.gitea.io/sdk/gitea"
)

// A Person has an account.
type Person struct {
	// Name is the login.
	Name string
	// Password, for pushes and fetches.
	Password string
}

// Repository is a private repository in an organization of its own, for one test. Its branch main has a first commit,
// and takes pushes and merges from the owner and the engineer alone.
type Repository struct {
	Server *Server
	// Owner and Name, as in acme-3 and models.
	Owner, Name string
	// Boss owns the organization.
	Boss Person
	// Engineer may write, push to main and merge.
	Engineer Person
	// Bot may write, but neither push to main nor merge into it.
	Bot Person
	// Reader may read.
	Reader Person
	// Stranger has an account, and no right here.
	Stranger Person

	t TB
}

var counter atomic.Int64

// ForTest makes a repository on the server that all tests of this test binary share.
func ForTest(t TB) *Repository {
	t.Helper()
	s, n := ForServer(t), counter.Add(1)
	person := func(name string) Person { return Person{fmt.Sprintf("%s-%d", name, n), password} }
	r := &Repository{
		Server: s, Owner: fmt.Sprintf("acme-%d", n), Name: "models",
		Boss: person("boss"), Engineer: person("engineer"), Bot: person("bot"), Reader: person("reader"), Stranger: person("stranger"),
		t: t,
	}
	if err := r.make(); err != nil {
		t.Fatalf("making a repository: %v", err)
	}
	return r
}

func (r *Repository) make() error {
	root := r.as(Person{admin, password})
	for _, p := range []Person{r.Boss, r.Engineer, r.Bot, r.Reader, r.Stranger} {
		_, _, err := root.AdminCreateUser(gitea.CreateUserOption{Username: p.Name, Password: p.Password,
			Email: p.Name + "@example.com", MustChangePassword: new(false)})
		if err != nil {
			return err
		}
	}
	if _, _, err := root.AdminCreateOrg(r.Boss.Name, gitea.CreateOrgOption{Name: r.Owner}); err != nil {
		return err
	}
	boss := r.as(r.Boss)
	_, _, err := boss.CreateOrgRepo(r.Owner, gitea.CreateRepoOption{Name: r.Name, Private: true, AutoInit: true, DefaultBranch: "main"})
	if err != nil {
		return err
	}
	if err := r.invite(boss); err != nil {
		return err
	}
	_, _, err = boss.CreateBranchProtection(r.Owner, r.Name, gitea.CreateBranchProtectionOption{
		BranchName: "main", RuleName: "main",
		EnablePush: true, EnablePushWhitelist: true, PushWhitelistUsernames: []string{r.Boss.Name, r.Engineer.Name},
		EnableMergeWhitelist: true, MergeWhitelistUsernames: []string{r.Boss.Name, r.Engineer.Name},
	})
	return err
}

func (r *Repository) invite(boss *gitea.Client) error {
	for _, invited := range []struct {
		Person
		mode gitea.AccessMode
	}{{r.Engineer, gitea.AccessModeWrite}, {r.Bot, gitea.AccessModeWrite}, {r.Reader, gitea.AccessModeRead}} {
		_, err := boss.AddCollaborator(r.Owner, r.Name, invited.Name, gitea.AddCollaboratorOption{Permission: &invited.mode})
		if err != nil {
			return err
		}
	}
	return nil
}

// FullName is owner/name.
func (r *Repository) FullName() string { return r.Owner + "/" + r.Name }

// URL is where Git clones from, without credentials.
func (r *Repository) URL() string { return r.Server.front.URL + "/" + r.FullName() + ".git" }

// ForgeURL is where the forge is.
func (r *Repository) ForgeURL() string { return r.Server.front.URL }

// URLFor is URL with a person's credentials in it.
func (r *Repository) URLFor(p Person) string {
	u, err := url.Parse(r.URL())
	r.check("parsing a URL", err)
	u.User = url.UserPassword(p.Name, p.Password)
	return u.String()
}

// Secret is what Git needs to act as a person, by the field names of a Kubernetes Secret.
func (r *Repository) Secret(p Person) map[string]string {
	return map[string]string{"username": p.Name, "password": p.Password}
}

// Token makes an access token with these scopes, as in "write:repository".
func (r *Repository) Token(p Person, scopes ...string) string {
	r.t.Helper()
	option := gitea.CreateAccessTokenOption{Name: fmt.Sprint("token-", counter.Add(1))}
	for _, scope := range scopes {
		option.Scopes = append(option.Scopes, gitea.AccessTokenScope(scope))
	}
	token, _, err := r.as(p).CreateAccessToken(option)
	r.check("making a token", err)
	return token.Token
}

// Commit commits files to a branch as a person, and returns the commit's hash. A branch that is not there begins at
// main. Files that are there already are replaced.
func (r *Repository) Commit(p Person, branch string, files map[string]string) string {
	r.t.Helper()
	client := r.as(p)
	if _, response, err := client.GetRepoBranch(r.Owner, r.Name, branch); err != nil && response != nil && response.StatusCode == 404 {
		_, _, err := client.CreateBranch(r.Owner, r.Name, gitea.CreateBranchOption{BranchName: branch, OldBranchName: "main"})
		r.check("making the branch "+branch, err)
	}
	var commit string
	for path, content := range files {
		made, err := r.write(client, branch, path, base64.StdEncoding.EncodeToString([]byte(content)))
		r.check("committing "+path, err)
		commit = made.Commit.SHA
	}
	return commit
}

func (r *Repository) write(client *gitea.Client, branch, path, content string) (*gitea.FileResponse, error) {
	options := gitea.FileOptions{Message: "Change " + path, BranchName: branch}
	old, _, err := client.GetContents(r.Owner, r.Name, branch, path)
	if err != nil {
		made, _, err := client.CreateFile(r.Owner, r.Name, path, gitea.CreateFileOptions{FileOptions: options, Content: content})
		return made, err
	}
	made, _, err := client.UpdateFile(r.Owner, r.Name, path, gitea.UpdateFileOptions{FileOptions: options, SHA: old.SHA, Content: content})
	return made, err
}

// Merge merges a pull request as a person, and returns the commit that this made.
func (r *Repository) Merge(p Person, number int64) string {
	r.t.Helper()
	var merged bool
	var err error
	for range 50 { // Gitea looks for conflicts first, in the background
		merged, _, err = r.as(p).MergePullRequest(r.Owner, r.Name, number, gitea.MergePullRequestOption{Style: gitea.MergeStyleMerge})
		if merged || err != nil || r.t.Context().Err() != nil {
			break
		}
	}
	if !merged {
		r.t.Fatalf("merging pull request %d of %s as %s: %v", number, r.FullName(), p.Name, err)
	}
	return *r.PullRequest(number).MergedCommitID
}

// ClosePullRequest closes a pull request as a person, and Reopen opens it again.
func (r *Repository) ClosePullRequest(p Person, number int64) {
	r.t.Helper()
	r.edit(p, number, gitea.EditPullRequestOption{State: new(gitea.StateClosed)})
}

// Reopen opens a closed pull request again.
func (r *Repository) Reopen(p Person, number int64) {
	r.t.Helper()
	r.edit(p, number, gitea.EditPullRequestOption{State: new(gitea.StateOpen)})
}

// EditBody changes the text of a pull request as a person.
func (r *Repository) EditBody(p Person, number int64, body string) {
	r.t.Helper()
	r.edit(p, number, gitea.EditPullRequestOption{Body: &body})
}

func (r *Repository) edit(p Person, number int64, option gitea.EditPullRequestOption) {
	r.t.Helper()
	_, _, err := r.as(p).EditPullRequest(r.Owner, r.Name, number, option)
	r.check(fmt.Sprintf("changing pull request %d as %s", number, p.Name), err)
}

// PullRequest is a pull request as Gitea tells of it.
func (r *Repository) PullRequest(number int64) *gitea.PullRequest {
	r.t.Helper()
	pr, _, err := r.as(r.Boss).GetPullRequest(r.Owner, r.Name, number)
	r.check(fmt.Sprintf("reading pull request %d", number), err)
	return pr
}

// PullRequests are all pull requests, the newest first.
func (r *Repository) PullRequests() []*gitea.PullRequest {
	r.t.Helper()
	all, _, err := r.as(r.Boss).ListRepoPullRequests(r.Owner, r.Name, gitea.ListPullRequestsOptions{State: gitea.StateAll})
	r.check("listing pull requests", err)
	return all
}

// Comments are the comments of a pull request.
func (r *Repository) Comments(number int64) []string {
	r.t.Helper()
	found, _, err := r.as(r.Boss).ListIssueComments(r.Owner, r.Name, number, gitea.ListIssueCommentOptions{})
	r.check("listing comments", err)
	var all []string
	for _, c := range found {
		all = append(all, c.Body)
	}
	return all
}

// As is a client of Gitea's API that acts as a person.
func (r *Repository) As(p Person) *gitea.Client { return r.as(p) }

func (r *Repository) as(p Person) *gitea.Client {
	client, err := gitea.NewClient(r.Server.front.URL, gitea.SetGiteaVersion(""), gitea.SetBasicAuth(p.Name, p.Password), gitea.SetContext(r.t.Context()))
	r.check("making a client", err)
	return client
}

func (r *Repository) check(doing string, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatalf("%s in %s: %s", doing, r.FullName(), strings.TrimSpace(err.Error()))
	}
}
