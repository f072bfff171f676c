package promote

import (
	"context"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/source"
)

// Store is the repository, here and on the server.
type Store interface {
	// Tip asks the server where a branch is now; empty if it has none.
	Tip(ctx context.Context, branch string) (string, error)
	// At shows a commit, by its full id: one of the branch that promotions are merged into, or one that Tip or Commit
	// returned.
	At(ctx context.Context, commit string) (*source.Snapshot, error)
	// History is that of all these commits.
	History() *source.History
	// Commit makes a commit on top of parent that has other contents of some files, and returns its id. It is not on the
	// server yet.
	Commit(ctx context.Context, parent *source.Snapshot, files map[string][]byte, message string) (string, error)
	// Push moves the branch of the server from old, or makes it if old is empty, to a commit that Commit made, whether or not
	// that contains old. If the branch is not at old any more, nothing happens, and the error is an *source.Error of the
	// kind PushOvertaken.
	Push(ctx context.Context, branch, old, commit string) error
	// Delete deletes the branch of the server that is at old. That it is gone already is success.
	Delete(ctx context.Context, branch, old string) error
}

// Forge is what is needed of a forge: see package agent/forge.
type Forge = forge.Forge

// Wanted is how things should be with the promotion of one unit.
type Wanted struct {
	// To and Model are the unit.
	To, Model string
	// Into is the branch that promotions are merged into, and Target its newest commit as far as it was seen: the one that
	// the Plan was made for.
	Into   string
	Target *source.Snapshot
	// Plan is the promotion; nil when none is wanted. Text tells of it.
	Plan *Plan
	Text Text
	// Commit has the Plan's files on top of Target, if somebody has made it already; Reconcile makes it otherwise.
	Commit string
	// Why is, without a Plan, why none is wanted, in one sentence, for the pull request that is closed.
	Why string
}

// State is how things are with a promotion.
type State string

// The states of a promotion.
const (
	// None: there is no promotion, and none is wanted.
	None State = "None"
	// Pushed: the branch is on the server, and there is no forge to ask for a pull request.
	Pushed State = "Pushed"
	// Proposed: the pull request is open.
	Proposed State = "Proposed"
	// Declined: a person closed the pull request, and nothing has changed since.
	Declined State = "Declined"
	// Merged: the forge has merged it, which this side has not seen yet.
	Merged State = "Merged"
	// Stopped: people have commits on the branch, which would be lost. See Result.Message.
	Stopped State = "Stopped"
)

// Action is something that Reconcile did.
type Action string

// The actions.
const (
	BranchPushed  Action = "pushed"
	BranchDeleted Action = "deleted"
	Opened        Action = "opened"
	Updated       Action = "updated"
	Withdrawn     Action = "closed"
)

// Result is what came of it.
type Result struct {
	// State is how things are now.
	State State
	// Did is what was done for that, in this call.
	Did []Action
	// Branch is the branch, and Commit its tip; empty when it is not there.
	Branch, Commit string
	// Key names what is proposed. While it stays the same, so does the answer of a person who closed it.
	Key string
	// PullRequest is the one that is open, that was closed, or that answers for the state; nil without.
	PullRequest *forge.PullRequest
	// Message is what a person should know or do; empty when all is well.
	Message string
}

// Reconcile brings the branch and the pull request of one unit into the state that is wanted. The forge may be nil. It may be
// called again at any time, and by several at once: see the package comment. An error is one of the store or the forge, and
// says that not everything was done.
func Reconcile(ctx context.Context, store Store, hub Forge, wanted Wanted) (Result, error) {
	return Result{}, nil
}
