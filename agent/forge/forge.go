package forge

import "context"

// Kind is a kind of forge.
type Kind string

// The kinds of forges.
const (
	GitHub Kind = "github" // github.com and GitHub Enterprise Server
	GitLab Kind = "gitlab" // gitlab.com and self-managed
	Gitea  Kind = "gitea"  // Gitea, and Forgejo, whose API is the same
)

// Kinds are all kinds.
var Kinds = []Kind{GitHub, GitLab, Gitea}

// String is the kind's name as people write it.
func (k Kind) String() string {
	switch k {
	case GitHub:
		return "GitHub"
	case GitLab:
		return "GitLab"
	case Gitea:
		return "Gitea"
	}
	return string(k)
}

// Forge keeps the pull requests of one repository. Its methods may be called at the same time. All errors are an *Error.
type Forge interface {
	// Find returns the open pull request that asks to merge head into base, and nil if there is none. Where there are
	// several, it is the oldest.
	Find(ctx context.Context, head, base string) (*PullRequest, error)
	// Settled returns the pull request of head into base that was closed or merged last of those that bear key, and nil
	// if there is none. It looks at the newest thousand pull requests; at Gitea, at those of the whole repository.
	Settled(ctx context.Context, head, base, key string) (*PullRequest, error)
	// Open opens a pull request. AlreadyExists if there is one.
	Open(ctx context.Context, w Wanted) (*PullRequest, error)
	// Update writes title and body anew.
	Update(ctx context.Context, pr PullRequest, w Wanted) (*PullRequest, error)
	// Close closes a pull request with a comment that says why. It marks it as closed by Penstock, so that it does not
	// count as declined. One that is not open any more is left alone.
	Close(ctx context.Context, pr PullRequest, comment string) error
	// State reads a pull request.
	State(ctx context.Context, number int64) (*PullRequest, error)
}

// State is what has become of a pull request.
type State string

// The states.
const (
	Open   State = "open"
	Merged State = "merged"
	Closed State = "closed" // and not merged
)

// PullRequest is a pull request (GitLab: merge request) as the forge tells of it.
type PullRequest struct {
	// Number within the repository, as in #17 (GitLab: !17).
	Number int64
	// URL of its page, for people.
	URL string
	// Base is the branch to merge into, Head the one to merge, and Commit what Head points to.
	Base, Head, Commit string
	Title, Body        string
	// Author is the login of who opened it.
	Author string
	State  State
	// MergeCommit is what the merge made of the base branch; empty unless merged.
	MergeCommit string
	// MergedBy is the login of who merged it; empty unless merged, and where the forge does not tell.
	MergedBy string
	// Key is the content that it proposes, from its body; empty if the body has no marker.
	Key string
	// Withdrawn is whether Penstock closed it itself.
	Withdrawn bool
	// Twins are the numbers of later ones that are open for the same branches, and ours. Only Find fills it in. There
	// should be none; Ensure closes them.
	Twins []int64

	text string // the digest of the text that was written, from its body
	fork bool   // Head is in another repository
}

// Wanted is a pull request that should be open.
type Wanted struct {
	// Base and Head are names of branches, without refs/heads/. Head begins with BranchPrefix, and has been pushed.
	Base, Head string
	// Key names what is proposed, in words that people may see: "prod/llama rel-3f2a91c". A pull request with the same
	// key that a person closed is not opened again. Up to 200 letters, digits, spaces and any of . _ / : @ + = , -
	// without two hyphens in a row.
	Key string
	// Title is one line; it is cut at 250 characters.
	Title string
	// Body is Markdown; it is cut at 60,000 bytes.
	Body string
	// Contains tells whether the base branch, as far as the caller has seen it, contains a commit. If given, a merge
	// that the caller has not seen yet is reported as AlreadyMerged, rather than proposed a second time.
	Contains func(commit string) bool
}
