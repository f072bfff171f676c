package promote

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/source"
)

// attempts is how often one call looks again after somebody else has moved the branch.
const attempts = 3

// Reconcile brings the branch and the pull request of one unit into the state that is wanted. The forge may be nil. It may be
// called again at any time, and by several at once: see the package comment. An error is one of the store or the forge, and
// says that not everything was done; what was done is in the Result.
func Reconcile(ctx context.Context, store Store, hub forge.Forge, wanted Wanted) (Result, error) {
	branch := wanted.Purpose.Branch(wanted.To, wanted.Model)
	r := &reconciler{Wanted: wanted, proposal: wanted.Proposal(), store: store, hub: hub, branch: branch, result: Result{State: None, Branch: branch}}
	if r.proposal != nil {
		r.result.Key = r.proposal.Key()
	}
	var err error
	for range attempts {
		if err = r.once(ctx); source.KindOf(err) != source.PushOvertaken {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("%s %s/%s: %w", wanted.Purpose.verb(), wanted.To, wanted.Model, err)
	}
	return r.result, err
}

// reconciler is one call of Reconcile.
type reconciler struct {
	Wanted
	proposal Proposal // nil when none is wanted
	store    Store
	hub      forge.Forge
	branch   string
	result   Result
}

// did notes what was done.
func (r *reconciler) did(action Action) { r.result.Did = append(r.result.Did, action) }

// once looks at what is there, and does what is missing.
func (r *reconciler) once(ctx context.Context) error {
	there, err := r.look(ctx)
	if err != nil {
		return err
	}
	r.result.Commit = there.tip
	if r.proposal == nil {
		return r.withdraw(ctx, there)
	}
	if !there.stands {
		if answered, err := r.isAnswered(ctx); answered || err != nil {
			return err
		}
		if !there.replaceable() {
			r.stop(there, fmt.Sprintf("%s cannot be proposed there: merge or close what is there, or delete the branch", r.proposal.ReleaseID()))
			return nil
		}
		if err := r.push(ctx, there); err != nil {
			return err
		}
	}
	return r.propose(ctx)
}

// push puts what is wanted on the branch.
func (r *reconciler) push(ctx context.Context, there look) (err error) {
	commit := r.Commit
	if commit == "" {
		if commit, err = r.store.Commit(ctx, r.Target, r.proposal.Files(), r.Text.Message); err != nil {
			return err
		}
	}
	if err := r.store.Push(ctx, r.branch, there.tip, commit); err != nil {
		return err
	}
	r.did(BranchPushed)
	r.result.Commit = commit
	return nil
}

// isAnswered says whether people have said what they think of just this, before it is pushed once more.
func (r *reconciler) isAnswered(ctx context.Context) (bool, error) {
	if r.hub == nil {
		return false, nil
	}
	open, err := r.hub.Find(ctx, r.branch, r.Into)
	if err != nil || open != nil {
		return false, err
	}
	settled, err := r.hub.Settled(ctx, r.branch, r.Into, r.result.Key)
	switch {
	case err != nil || settled == nil:
		return false, err
	case settled.State == forge.Closed && !settled.Withdrawn:
		r.answer(forge.Declined, settled)
		return true, nil
	case settled.State == forge.Merged && settled.MergeCommit != "" && !r.contains(ctx)(settled.MergeCommit):
		r.answer(forge.AlreadyMerged, settled)
		return true, nil
	}
	return false, nil
}

// contains tells whether the target has a commit. One that is not known here is not in it.
func (r *reconciler) contains(ctx context.Context) func(string) bool {
	return func(commit string) bool {
		has, err := r.store.History().Contains(ctx, r.Target.Commit().Hash, commit)
		return err == nil && has
	}
}

// propose makes sure that the pull request is open.
func (r *reconciler) propose(ctx context.Context) error {
	if r.hub == nil {
		r.result.State = Pushed
		return nil
	}
	open, err := r.hub.Find(ctx, r.branch, r.Into)
	if err != nil {
		return err
	}
	if open != nil && len(open.Twins) == 0 && open.Key == r.result.Key && strings.Contains(open.Body, r.Text.mark()) {
		r.answer(forge.Unchanged, open) // what differs are times that go by
		return nil
	}
	pr, action, err := forge.Ensure(ctx, r.hub, forge.Wanted{
		Base: r.Into, Head: r.branch, Key: r.result.Key, Title: r.Text.Title, Body: r.Text.Body, Contains: r.contains(ctx),
	})
	if err != nil {
		return err
	}
	if open == nil && action == forge.Updated { // by somebody else at this moment, perhaps
		action = forge.Opened
	}
	r.answer(action, &pr)
	return nil
}

// answer notes what the forge says.
func (r *reconciler) answer(action forge.Action, pr *forge.PullRequest) {
	r.result.PullRequest, r.result.State = pr, Proposed
	switch action {
	case forge.Opened:
		r.did(Opened)
	case forge.Updated:
		r.did(Updated)
	case forge.Declined:
		r.result.State = Declined
		r.result.Message = fmt.Sprintf("the pull request %s was closed by a person: %s is proposed again when it or %s changes, or when the pull request is reopened",
			pr.URL, r.proposal.ReleaseID(), r.proposal.Unit())
	case forge.AlreadyMerged:
		r.result.State = Merged
		r.result.Message = fmt.Sprintf("the pull request %s is merged, which is not seen here yet", pr.URL)
	}
}

// withdraw closes what is not wanted any more: the pull request first, since a forge closes it by itself, without a word, when
// its branch goes. Where there is no branch, a pull request cannot be merged, and the forge is not asked: mostly there is none.
func (r *reconciler) withdraw(ctx context.Context, there look) error {
	if there.tip == "" {
		return nil
	}
	if there.begun || there.replaceable() {
		if err := r.close(ctx); err != nil {
			return err
		}
	}
	if !there.replaceable() {
		r.stop(there, "it is not wanted any more: delete the branch if its commits are of no use")
		return nil
	}
	if err := r.store.Delete(ctx, r.branch, there.tip); err != nil {
		return err
	}
	r.did(BranchDeleted)
	r.result.Commit = ""
	return nil
}

// close closes the pull request, if it is open.
func (r *reconciler) close(ctx context.Context) error {
	if r.hub == nil {
		return nil
	}
	open, err := r.hub.Find(ctx, r.branch, r.Into)
	if err != nil || open == nil {
		return err
	}
	if err := r.hub.Close(ctx, *open, r.Why); err != nil {
		return err
	}
	r.did(Withdrawn)
	r.result.PullRequest = open
	return nil
}

// stop leaves a branch with commits of people alone, and says so.
func (r *reconciler) stop(there look, rest string) {
	r.result.State = Stopped
	r.result.Message = fmt.Sprintf("the branch %s is at %.12s (%s), which is more than a %s: people have worked on it, and it is left alone; %s",
		r.branch, there.tip, oneLine(there.newest.Subject(), 80), r.Purpose.noun(), rest)
}
