package forge

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	gitlab "gitlab.com/gitlab-org/api/client-go"
	"golang.org/x/time/rate"
)

// hubGitLab is the driver for GitLab, where a pull request is a merge request.
type hubGitLab struct {
	client  *gitlab.Client
	project string
}

func newGitLab(api *url.URL, repository string, client *http.Client) (driver, error) {
	c, err := gitlab.NewAuthSourceClient(gitlab.Unauthenticated{}, // wire adds the token
		gitlab.WithBaseURL(api.String()), gitlab.WithHTTPClient(client), gitlab.WithoutRetries(),
		gitlab.WithCustomLimiter(rate.NewLimiter(rate.Inf, 0))) // it would wait without saying so
	return &hubGitLab{c, repository}, err
}

func (d *hubGitLab) list(ctx context.Context, q query) ([]*PullRequest, int, error) {
	options := &gitlab.ListProjectMergeRequestsOptions{
		SourceBranch: &q.head, TargetBranch: &q.base, OrderBy: new("created_at"), Sort: new("desc"),
		ListOptions: gitlab.ListOptions{Page: int64(q.page), PerPage: pageSize},
	}
	// There is no state for "not open": what is open is left out by the caller.
	if q.open {
		options.State = new("opened")
	}
	found, response, err := d.client.MergeRequests.ListProjectMergeRequests(d.project, options, gitlab.WithContext(ctx))
	if err != nil {
		return nil, 0, err
	}
	var all []*PullRequest
	for _, mr := range found {
		all = append(all, fromGitLab(mr))
	}
	return all, int(response.NextPage), nil
}

func (d *hubGitLab) get(ctx context.Context, number int64) (*PullRequest, error) {
	mr, _, err := d.client.MergeRequests.GetMergeRequest(d.project, number, nil, gitlab.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	return fromGitLab(&mr.BasicMergeRequest), nil
}

func (d *hubGitLab) create(ctx context.Context, base, head, title, body string) (*PullRequest, error) {
	mr, _, err := d.client.MergeRequests.CreateMergeRequest(d.project,
		&gitlab.CreateMergeRequestOptions{Title: &title, Description: &body, SourceBranch: &head, TargetBranch: &base},
		gitlab.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	return fromGitLab(&mr.BasicMergeRequest), nil
}

func (d *hubGitLab) edit(ctx context.Context, number int64, title, body string) (*PullRequest, error) {
	mr, _, err := d.client.MergeRequests.UpdateMergeRequest(d.project, number,
		&gitlab.UpdateMergeRequestOptions{Title: &title, Description: &body}, gitlab.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	return fromGitLab(&mr.BasicMergeRequest), nil
}

func (d *hubGitLab) close(ctx context.Context, number int64, body string) error {
	_, _, err := d.client.MergeRequests.UpdateMergeRequest(d.project, number,
		&gitlab.UpdateMergeRequestOptions{StateEvent: new("close"), Description: &body}, gitlab.WithContext(ctx))
	return err
}

func (d *hubGitLab) comments(ctx context.Context, number int64, page int) ([]string, int, error) {
	found, response, err := d.client.Notes.ListMergeRequestNotes(d.project, number,
		&gitlab.ListMergeRequestNotesOptions{ListOptions: gitlab.ListOptions{Page: int64(page), PerPage: pageSize}}, gitlab.WithContext(ctx))
	if err != nil {
		return nil, 0, err
	}
	var all []string
	for _, note := range found {
		all = append(all, note.Body)
	}
	return all, int(response.NextPage), nil
}

func (d *hubGitLab) comment(ctx context.Context, number int64, text string) error {
	_, _, err := d.client.Notes.CreateMergeRequestNote(d.project, number,
		&gitlab.CreateMergeRequestNoteOptions{Body: &text}, gitlab.WithContext(ctx))
	return err
}

func fromGitLab(mr *gitlab.BasicMergeRequest) *PullRequest {
	out := &PullRequest{
		Number: mr.IID, URL: mr.WebURL, Base: mr.TargetBranch, Head: mr.SourceBranch, Commit: mr.SHA,
		Title: mr.Title, Body: mr.Description, State: Open,
		fork: mr.SourceProjectID != mr.TargetProjectID,
	}
	if mr.Author != nil {
		out.Author = mr.Author.Username
	}
	switch mr.State {
	case "merged":
		out.State = Merged
		// A fast-forward makes no commit of its own.
		out.MergeCommit = cmp.Or(mr.MergeCommitSHA, mr.SquashCommitSHA, mr.SHA)
		//lint:ignore SA1019 servers before 14.7 have no other
		if by := cmp.Or(mr.MergeUser, mr.MergedBy); by != nil {
			out.MergedBy = by.Username
		}
	case "closed":
		out.State = Closed
	}
	return out // "locked" is while it is being merged
}
