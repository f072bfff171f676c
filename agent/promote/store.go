package promote

import (
	"context"

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
	// Commit makes a commit on top of parent that has other contents of some files, or lacks those whose content is nil, and
	// returns its id. It is not on the server yet.
	Commit(ctx context.Context, parent *source.Snapshot, files map[string][]byte, message string) (string, error)
	// Push moves the branch of the server from old, or makes it if old is empty, to a commit that Commit made, whether or not
	// that contains old. If the branch is not at old any more, nothing happens, and the error is an *source.Error of the
	// kind PushOvertaken.
	Push(ctx context.Context, branch, old, commit string) error
	// Delete deletes the branch of the server that is at old. That it is gone already is success.
	Delete(ctx context.Context, branch, old string) error
}
