package forge

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v90/github"
)

// hubGitHub is the driver for GitHub.
type hubGitHub struct {
	client      *github.Client
	owner, name string
}

func newGitHub(api *url.URL, repository string, client *http.Client) (driver, error) {
	address := api.String()
	// The library would keep rate limits for itself; wire does, for all kinds alike.
	c, err := github.NewClient(github.WithHTTPClient(client), github.WithURLs(&address, nil), github.WithDisableRateLimitCheck())
	owner, name, _ := strings.Cut(repository, "/")
	return &hubGitHub{c, owner, name}, err
}

func (d *hubGitHub) list(ctx context.Context, q query) ([]*PullRequest, int, error) {
	options := &github.PullRequestListOptions{
		State: "closed", Head: d.owner + ":" + q.head, Base: q.base, Sort: "created", Direction: "desc",
		ListOptions: github.ListOptions{Page: q.page, PerPage: pageSize},
	}
	if q.open {
		options.State = "open"
	}
	found, response, err := d.client.PullRequests.List(ctx, d.owner, d.name, options)
	if err != nil {
		return nil, 0, err
	}
	var all []*PullRequest
	for _, pr := range found {
		all = append(all, fromGitHub(pr))
	}
	return all, response.NextPage, nil
}

func (d *hubGitHub) get(ctx context.Context, number int64) (*PullRequest, error) {
	pr, _, err := d.client.PullRequests.Get(ctx, d.owner, d.name, int(number))
	return fromGitHub(pr), err
}

func (d *hubGitHub) create(ctx context.Context, base, head, title, body string) (*PullRequest, error) {
	pr, _, err := d.client.PullRequests.Create(ctx, d.owner, d.name,
		github.CreatePullRequest{Title: &title, Head: head, Base: base, Body: &body})
	return fromGitHub(pr), err
}

func (d *hubGitHub) edit(ctx context.Context, number int64, title, body string) (*PullRequest, error) {
	pr, _, err := d.client.PullRequests.Edit(ctx, d.owner, d.name, int(number), &github.PullRequest{Title: &title, Body: &body})
	return fromGitHub(pr), err
}

func (d *hubGitHub) close(ctx context.Context, number int64, body string) error {
	_, _, err := d.client.PullRequests.Edit(ctx, d.owner, d.name, int(number), &github.PullRequest{State: new("closed"), Body: &body})
	return err
}

func (d *hubGitHub) comments(ctx context.Context, number int64, page int) ([]string, int, error) {
	found, response, err := d.client.Issues.ListComments(ctx, d.owner, d.name, int(number),
		&github.IssueListCommentsOptions{ListOptions: github.ListOptions{Page: page, PerPage: pageSize}})
	if err != nil {
		return nil, 0, err
	}
	var all []string
	for _, c := range found {
		all = append(all, c.GetBody())
	}
	return all, response.NextPage, nil
}

func (d *hubGitHub) comment(ctx context.Context, number int64, text string) error {
	_, _, err := d.client.Issues.CreateComment(ctx, d.owner, d.name, int(number), &github.IssueComment{Body: &text})
	return err
}

func fromGitHub(pr *github.PullRequest) *PullRequest {
	if pr == nil {
		return nil
	}
	head, base := pr.GetHead(), pr.GetBase()
	out := &PullRequest{
		Number: int64(pr.GetNumber()), URL: pr.GetHTMLURL(),
		Base: base.GetRef(), Head: head.GetRef(), Commit: head.GetSHA(),
		Title: pr.GetTitle(), Body: pr.GetBody(), Author: pr.GetUser().GetLogin(), State: Open,
		// The repository of a head is null when the fork was deleted.
		fork: head.GetRepo().GetID() == 0 || head.GetRepo().GetID() != base.GetRepo().GetID(),
	}
	switch {
	case pr.GetMerged() || !pr.GetMergedAt().IsZero(): // a list tells the time alone
		// For an open one, GitHub gives here the commit of a merge that it only tried.
		out.State, out.MergeCommit, out.MergedBy = Merged, pr.GetMergeCommitSHA(), pr.GetMergedBy().GetLogin()
	case pr.GetState() != "open":
		out.State = Closed
	}
	return out
}
