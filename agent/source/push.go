package source

import "context"

// PushOptions say how a push may go beyond adding commits.
type PushOptions struct {
	// Force lets the branch move to a commit that does not contain the one
	// before. It is refused for any branch but those of promotions and
	// rollbacks: see Disposable.
	Force bool
}

// Disposable reports whether a branch is one that the agent makes for a pull
// request, penstock/promote/… or penstock/rollback/…. Only these may be forced
// or deleted.
func Disposable(branch string) bool { return false }

// Push moves a branch of the server from old to new, both full ids of commits;
// without old, it makes the branch. The objects are those that a Builder made;
// what the server has is not sent. Afterwards they are in the cache, and Tip is
// new.
//
// The server compares: if the branch is no longer at old, nothing happens and
// the error is PushOvertaken. If it is at new already, as after a push whose
// answer was lost, that is success. A new that does not contain old is refused
// here, PushNotForward, and so is a push to the followed branch.
//
// An error says that the branch was not moved, except for PushUnknown, after
// which Ask tells. A push has the time limits of a poll, or that of ctx, and
// waits for other pushes only.
func (r *Repository) Push(ctx context.Context, branch, old, new string, objects ...Object) error {
	return r.PushWith(ctx, PushOptions{}, branch, old, new, objects...)
}

// PushWith is Push with options.
func (r *Repository) PushWith(ctx context.Context, options PushOptions, branch, old, new string, objects ...Object) error {
	return nil
}

// DeleteBranch deletes a branch of the server that is at old, if it is
// Disposable. That it is gone already is success. Errors are those of Push.
func (r *Repository) DeleteBranch(ctx context.Context, branch, old string) error { return nil }

// Ask asks the server where a branch is now; empty if it has none. It fetches
// nothing and changes nothing here.
func (r *Repository) Ask(ctx context.Context, branch string) (tip string, err error) { return "", nil }
