package sdk

import (
	"context"

	"code.gitea.io/sdk/gitea"
)

// Settings are the calls about the server's settings.
type Settings struct{ client *gitea.Client }

// GetGlobalAPISettings tells of the limits of the API.
func (s Settings) GetGlobalAPISettings(context.Context) (*gitea.GlobalAPISettings, *gitea.Response, error) {
	return s.client.GetGlobalAPISettings()
}

// Repositories are the calls about repositories.
type Repositories struct{ client *gitea.Client }

// GetRepo returns a repository.
func (s Repositories) GetRepo(_ context.Context, owner, repo string) (*gitea.Repository, *gitea.Response, error) {
	return s.client.GetRepo(owner, repo)
}

// ListRepoTopics lists a repository's topics.
func (s Repositories) ListRepoTopics(_ context.Context, owner, repo string, o ListRepoTopicsOptions) ([]string, *gitea.Response, error) {
	return s.client.ListRepoTopics(owner, repo, o)
}

// ListMilestones lists a repository's milestones.
func (s Repositories) ListMilestones(_ context.Context, owner, repo string, o ListMilestoneOption) ([]*gitea.Milestone, *gitea.Response, error) {
	return s.client.ListRepoMilestones(owner, repo, o)
}

// ListRepoLabels lists a repository's labels.
func (s Repositories) ListRepoLabels(_ context.Context, owner, repo string, o ListLabelsOptions) ([]*Label, *gitea.Response, error) {
	return s.client.ListRepoLabels(owner, repo, o)
}

// Releases are the calls about releases.
type Releases struct{ client *gitea.Client }

// ListReleases lists a repository's releases.
func (s Releases) ListReleases(_ context.Context, owner, repo string, o ListReleasesOptions) ([]*Release, *gitea.Response, error) {
	return s.client.ListReleases(owner, repo, o)
}

// GetReleaseAttachment returns a file of a release.
func (s Releases) GetReleaseAttachment(_ context.Context, owner, repo string, release, id int64) (*gitea.Attachment, *gitea.Response, error) {
	return s.client.GetReleaseAttachment(owner, repo, release, id)
}

// Issues are the calls about issues.
type Issues struct{ client *gitea.Client }

// ListRepoIssues lists a repository's issues.
func (s Issues) ListRepoIssues(_ context.Context, owner, repo string, o ListIssueOption) ([]*gitea.Issue, *gitea.Response, error) {
	return s.client.ListRepoIssues(owner, repo, o)
}

// ListIssueReactions lists the reactions to an issue.
func (s Issues) ListIssueReactions(_ context.Context, owner, repo string, index int64, o ListIssueReactionsOptions) ([]*gitea.Reaction, *gitea.Response, error) {
	return s.client.ListIssueReactions(owner, repo, index, o)
}

// GetIssueCommentReactions lists the reactions to a comment.
func (s Issues) GetIssueCommentReactions(_ context.Context, owner, repo string, comment int64) ([]*gitea.Reaction, *gitea.Response, error) {
	return s.client.GetIssueCommentReactions(owner, repo, comment)
}

// ListIssueComments lists the comments of an issue.
func (s Issues) ListIssueComments(_ context.Context, owner, repo string, index int64, o ListIssueCommentOptions) ([]*gitea.Comment, *gitea.Response, error) {
	return s.client.ListIssueComments(owner, repo, index, o)
}

// PullRequests are the calls about pull requests.
type PullRequests struct{ client *gitea.Client }

// ListRepoPullRequests lists a repository's pull requests.
func (s PullRequests) ListRepoPullRequests(_ context.Context, owner, repo string, o ListPullRequestsOptions) ([]*gitea.PullRequest, *gitea.Response, error) {
	return s.client.ListRepoPullRequests(owner, repo, o)
}

// ListPullReviews lists the reviews of a pull request.
func (s PullRequests) ListPullReviews(_ context.Context, owner, repo string, index int64, o ListPullReviewsOptions) ([]*gitea.PullReview, *gitea.Response, error) {
	return s.client.ListPullReviews(owner, repo, index, o)
}

// ListPullReviewComments lists the comments of a review.
func (s PullRequests) ListPullReviewComments(_ context.Context, owner, repo string, index, review int64) ([]*gitea.PullReviewComment, *gitea.Response, error) {
	return s.client.ListPullReviewComments(owner, repo, index, review)
}
