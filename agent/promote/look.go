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

// look is what there is of the branch on the server.
type look struct {
	// tip is its newest commit; empty if there is no branch.
	tip    string
	newest source.Commit
	// merged says that the target has all of it, be it squashed or rebased.
	merged bool
	// commits are those that the target lacks, newest first; begun says that one of them is what the branch is for.
	commits []source.Commit
	begun   bool
	// ours says that it is one promotion or revert and nothing else: it can be made again at any time. It changes so many
	// files then.
	ours  bool
	files int
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
	if l.ours, l.files, err = r.isOurs(ctx, tip, l.commits); err != nil {
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

// isOurs says whether a branch has one commit of its own, which does what the branch is for and changes nothing but the files
// for that, and how many.
func (r *reconciler) isOurs(ctx context.Context, tip *source.Snapshot, commits []source.Commit) (bool, int, error) {
	commit := tip.Commit()
	if len(commits) != 1 || commits[0].Hash != commit.Hash || len(commit.Parents) != 1 || !r.isClaimed(commit) {
		return false, 0, nil
	}
	on, err := r.store.History().Contains(ctx, r.Target.Commit().Hash, commit.Parents[0])
	if err != nil || !on {
		return false, 0, err
	}
	parent, err := r.store.At(ctx, commit.Parents[0])
	if err != nil {
		return false, 0, err
	}
	changes, err := tip.Changes(parent)
	if err != nil || len(changes) == 0 {
		return false, 0, err
	}
	if r.Purpose == Reversion {
		ours, err := r.restores(ctx, commit, changes)
		return ours, len(changes), err
	}
	ours := len(changes) == 1 && strings.HasSuffix("/"+changes[0].Path, "/"+r.To+"/"+r.Model+"/"+ReleaseFile) && changes[0].After != ""
	return ours, len(changes), nil
}

// restores says whether a commit does nothing but have files of the unit as the commit had them that it names, which the target
// has: then nothing is in it that could be lost.
func (r *reconciler) restores(ctx context.Context, commit source.Commit, changes []source.FileChange) (bool, error) {
	claim, _ := ReadReversal(commit)
	if has, err := r.store.History().Contains(ctx, r.Target.Commit().Hash, claim.Source); source.KindOf(err) == source.CommitMissing || err == nil && !has {
		return false, nil
	} else if err != nil {
		return false, err
	}
	former, err := r.store.At(ctx, claim.Source)
	if err != nil {
		return false, err
	}
	for _, c := range changes {
		id, err := former.ObjectID(c.Path)
		if unlessMissing(err) != nil && !isOdd(err) {
			return false, err
		}
		if id != c.After || c.After != "" && c.Mode.Perm()&0o111 != 0 || !strings.Contains("/"+c.Path, "/"+r.To+"/"+r.Model+"/") {
			return false, nil
		}
	}
	return true, nil
}

// stands says whether the branch brings what is wanted, and the target has not changed these files since it began. What is
// ours brings nothing else.
func (r *reconciler) stands(tip, fork *source.Snapshot, l look) (bool, error) {
	if r.proposal == nil || !l.begun {
		return false, nil
	}
	files := r.proposal.Files()
	if l.ours && l.files != len(files) {
		return false, nil
	}
	for name, want := range files {
		data, err := fs.ReadFile(tip, name)
		if unlessMissing(err) != nil {
			return false, err
		}
		if (err != nil) != (want == nil) || !bytes.Equal(data, want) {
			return false, nil
		}
		before, err := fork.ObjectID(name)
		if unlessMissing(err) != nil {
			return false, err
		}
		now, err := r.Target.ObjectID(name)
		if unlessMissing(err) != nil || before != now {
			return false, err
		}
	}
	return true, nil
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
