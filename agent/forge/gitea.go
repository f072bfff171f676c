package forge

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"code.gitea.io/sdk/gitea"
)

// hubGitea is the driver for Gitea and Forgejo.
type hubGitea struct {
	url         string
	http        *http.Client
	owner, name string
}

func newGitea(api *url.URL, repository string, client *http.Client) (driver, error) {
	owner, name, _ := strings.Cut(repository, "/")
	return &hubGitea{strings.TrimSuffix(api.String(), "/"), client, owner, name}, nil
}

// client makes a client for one call: the library binds its context to the client. It would ask for the server's
// version first, and mistake Forgejo's for an old one; nothing that is used here is younger than Gitea 1.14.
func (d *hubGitea) client(ctx context.Context) *gitea.Client {
	c, err := gitea.NewClient(d.url, gitea.SetHTTPClient(d.http), gitea.SetContext(ctx), gitea.SetGiteaVersion(""))
	if err != nil {
		panic(err) // it only fails when it asks for the version
	}
	return c
}

// list cannot ask for a branch: the API has no such filter that all versions know.
func (d *hubGitea) list(ctx context.Context, q query) ([]*PullRequest, int, error) {
	options := gitea.ListPullRequestsOptions{State: gitea.StateClosed, ListOptions: gitea.ListOptions{Page: q.page, PageSize: pageSize}}
	if q.open {
		options.State = gitea.StateOpen
	}
	found, response, err := d.client(ctx).ListRepoPullRequests(d.owner, d.name, options)
	if err != nil {
		return nil, 0, err
	}
	var all []*PullRequest
	for _, pr := range found {
		all = append(all, fromGitea(pr))
	}
	return all, response.NextPage, nil
}

func (d *hubGitea) get(ctx context.Context, number int64) (*PullRequest, error) {
	pr, _, err := d.client(ctx).GetPullRequest(d.owner, d.name, number)
	return fromGitea(pr), err
}

func (d *hubGitea) create(ctx context.Context, base, head, title, body string) (*PullRequest, error) {
	pr, _, err := d.client(ctx).CreatePullRequest(d.owner, d.name,
		gitea.CreatePullRequestOption{Base: base, Head: head, Title: title, Body: body})
	return fromGitea(pr), err
}

func (d *hubGitea) edit(ctx context.Context, number int64, title, body string) (*PullRequest, error) {
	pr, _, err := d.client(ctx).EditPullRequest(d.owner, d.name, number, gitea.EditPullRequestOption{Title: title, Body: &body})
	return fromGitea(pr), err
}

func (d *hubGitea) close(ctx context.Context, number int64, body string) error {
	_, _, err := d.client(ctx).EditPullRequest(d.owner, d.name, number, gitea.EditPullRequestOption{State: new(gitea.StateClosed), Body: &body})
	return err
}

func (d *hubGitea) comments(ctx context.Context, number int64, _ int) ([]string, int, error) {
	found, _, err := d.client(ctx).ListIssueComments(d.owner, d.name, number, gitea.ListIssueCommentOptions{})
	var all []string
	for _, c := range found {
		all = append(all, c.Body)
	}
	return all, 0, err // all at once, whatever is asked for
}

func (d *hubGitea) comment(ctx context.Context, number int64, text string) error {
	_, _, err := d.client(ctx).CreateIssueComment(d.owner, d.name, number, gitea.CreateIssueCommentOption{Body: text})
	return err
}

func fromGitea(pr *gitea.PullRequest) *PullRequest {
	if pr == nil || pr.Base == nil || pr.Head == nil {
		return nil
	}
	out := &PullRequest{
		Number: pr.Index, URL: pr.HTMLURL, Base: pr.Base.Ref, Head: pr.Head.Ref, Commit: pr.Head.Sha,
		Title: pr.Title, Body: pr.Body, State: Open,
		fork: pr.Head.RepoID != pr.Base.RepoID,
	}
	if pr.Poster != nil {
		out.Author = pr.Poster.UserName
	}
	switch {
	case pr.HasMerged:
		out.State = Merged
		if pr.MergedCommitID != nil {
			out.MergeCommit = *pr.MergedCommitID
		}
		if pr.MergedBy != nil {
			out.MergedBy = pr.MergedBy.UserName
		}
	case pr.State != gitea.StateOpen:
		out.State = Closed
	}
	return out
}
