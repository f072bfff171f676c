// Package sdk is Gitea's client library in the shape of version 1 (gitea.dev/sdk), as far as the Gitea server needs it.
//
// The server imports that module for one thing alone: to migrate a repository from another Gitea server. The module is
// not to be had from every Go module proxy, and no test of ours migrates anything. So this stands in for it, on top of
// the version before (code.gitea.io/sdk/gitea), whose calls are the same but take no context.
package sdk

import (
	"context"

	"code.gitea.io/sdk/gitea"
)

// The types that the server names.
type (
	Label                     = gitea.Label
	ListIssueCommentOptions   = gitea.ListIssueCommentOptions
	ListIssueOption           = gitea.ListIssueOption
	ListIssueReactionsOptions = gitea.ListIssueReactionsOptions
	ListLabelsOptions         = gitea.ListLabelsOptions
	ListMilestoneOption       = gitea.ListMilestoneOption
	ListOptions               = gitea.ListOptions
	ListPullRequestsOptions   = gitea.ListPullRequestsOptions
	ListPullReviewsOptions    = gitea.ListPullReviewsOptions
	ListReleasesOptions       = gitea.ListReleasesOptions
	ListRepoTopicsOptions     = gitea.ListRepoTopicsOptions
	Release                   = gitea.Release
)

// The values that the server names.
const (
	StateAll       = gitea.StateAll
	IssueTypeIssue = gitea.IssueTypeIssue
)

// The options of a client.
var (
	SetToken      = gitea.SetToken
	SetBasicAuth  = gitea.SetBasicAuth
	SetHTTPClient = gitea.SetHTTPClient
)

// Client has the calls sorted into services.
type Client struct {
	client       *gitea.Client
	Settings     Settings
	Repositories Repositories
	Releases     Releases
	Issues       Issues
	PullRequests PullRequests
}

// NewClient makes a client for the server at url.
func NewClient(url string, options ...gitea.ClientOption) (*Client, error) {
	c, err := gitea.NewClient(url, options...)
	if err != nil {
		return nil, err
	}
	return &Client{c, Settings{c}, Repositories{c}, Releases{c}, Issues{c}, PullRequests{c}}, nil
}

// CheckServerVersionConstraint tells whether the server is of such a version.
func (c *Client) CheckServerVersionConstraint(_ context.Context, constraint string) error {
	return c.client.CheckServerVersionConstraint(constraint)
}
