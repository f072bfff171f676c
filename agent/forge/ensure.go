package forge

import "context"

// Action is what Ensure did, or why it did nothing.
type Action string

// The actions.
const (
	Opened        Action = "Opened"
	Updated       Action = "Updated"
	Unchanged     Action = "Unchanged"
	Declined      Action = "Declined"      // a person closed it: the answer to this content is no
	AlreadyMerged Action = "AlreadyMerged" // it was merged, and the caller has not seen that yet
)

// Ensure makes that the pull request is open and says what is wanted, and returns it. It may be called again at any
// time, and by several at once: see the package comment.
func Ensure(ctx context.Context, f Forge, w Wanted) (PullRequest, Action, error) {
	panic("not yet")
}
