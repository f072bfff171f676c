package promote

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/source"
)

// look is what there is on the server of a promotion's branch.
type look struct {
	// tip is its newest commit; empty if there is no branch.
	tip    string
	newest source.Commit
	// merged says that the target has all of it, be it squashed or rebased.
	merged bool
	// commits are those that the target lacks, newest first; begun says that one of them is a promotion of the unit.
	commits []source.Commit
	begun   bool
	// ours says that it is one promotion and nothing else: it can be made again at any time.
	ours bool
	// stands says that it brings what is wanted, and that nothing in the target is in its way.
	stands bool
}

// replaceable says whether nothing is lost when the branch moves elsewhere or is deleted.
func (l look) replaceable() bool { return l.tip == "" || l.merged || l.ours }

// look looks at the branch.
func (r *reconciler) look(ctx context.Context) (look, error) {
	var l look
	var err error
	if l.tip, err = r.store.Tip(ctx, r.branch); err != nil || l.tip == "" {
		return l, err
	}
	tip, err := r.store.At(ctx, l.tip)
	if err != nil {
		return l, err
	}
	l.newest = tip.Commit()
	target, history := r.Target.Commit().Hash, r.store.History()
	if l.merged, err = history.Contains(ctx, target, l.tip); err != nil || l.merged {
		return l, err
	}
	fork, err := r.fork(ctx, l.tip)
	if err != nil {
		return l, err
	}
	if l.commits, err = history.Touching(ctx, target, l.tip, []string{"."}); err != nil {
		return l, err
	}
	l.begun = slices.ContainsFunc(l.commits, r.isClaimed)
	if l.ours, err = r.isOurs(ctx, tip, l.commits); err != nil {
		return l, err
	}
	if fork == nil { // another history, in which nothing is known
		return l, nil
	}
	if l.merged, err = r.isInTarget(tip, fork); err != nil || l.merged {
		return l, err
	}
	l.stands, err = r.stands(tip, fork, l)
	return l, err
}

// fork is where a commit left the target; nil if they have nothing in common.
func (r *reconciler) fork(ctx context.Context, tip string) (*source.Snapshot, error) {
	id, err := r.store.History().MergeBase(ctx, r.Target.Commit().Hash, tip)
	if source.KindOf(err) == source.CommitMissing {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return r.store.At(ctx, id)
}

// isInTarget says whether all files that a branch changed are in the target as the branch has them: forges squash and rebase.
func (r *reconciler) isInTarget(tip, fork *source.Snapshot) (bool, error) {
	changes, err := tip.Changes(fork)
	if err != nil {
		return false, err
	}
	for _, c := range changes {
		id, err := r.Target.ObjectID(c.Path)
		if isOdd(err) {
			return false, nil
		}
		if err = unlessMissing(err); err != nil || id != c.After {
			return false, err
		}
	}
	return len(changes) > 0, nil
}

// isClaimed says whether a commit is meant to promote the unit.
func (r *reconciler) isClaimed(commit source.Commit) bool {
	claim, ok := ReadClaim(commit)
	return ok && claim.Model == r.Model
}

// isOurs says whether a branch has one commit of its own, which promotes the unit and changes nothing but its file.
func (r *reconciler) isOurs(ctx context.Context, tip *source.Snapshot, commits []source.Commit) (bool, error) {
	commit := tip.Commit()
	if len(commits) != 1 || commits[0].Hash != commit.Hash || len(commit.Parents) != 1 || !r.isClaimed(commit) {
		return false, nil
	}
	on, err := r.store.History().Contains(ctx, r.Target.Commit().Hash, commit.Parents[0])
	if err != nil || !on {
		return false, err
	}
	parent, err := r.store.At(ctx, commit.Parents[0])
	if err != nil {
		return false, err
	}
	changes, err := tip.Changes(parent)
	if err != nil || len(changes) != 1 {
		return false, err
	}
	return strings.HasSuffix("/"+changes[0].Path, "/"+r.To+"/"+r.Model+"/"+ReleaseFile) && changes[0].After != "", nil
}

// stands says whether the branch brings what is wanted, and the target has not changed the file since it began.
func (r *reconciler) stands(tip, fork *source.Snapshot, l look) (bool, error) {
	if r.Plan == nil || !l.begun {
		return false, nil
	}
	data, err := fs.ReadFile(tip, r.Plan.Target)
	if err != nil || !bytes.Equal(data, r.Plan.Data) {
		return false, unlessMissing(err)
	}
	before, err := fork.ObjectID(r.Plan.Target)
	if err != nil {
		return false, unlessMissing(err)
	}
	now, err := r.Target.ObjectID(r.Plan.Target)
	return before == now, err
}

// isOdd says whether something is no file that is ever read. Nobody but a person put it there.
func isOdd(err error) bool {
	return errors.Is(err, source.ErrSymlink) || errors.Is(err, source.ErrSubmodule) || errors.Is(err, source.ErrName)
}

// unlessMissing is an error but for one that says that a file is not there.
func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
