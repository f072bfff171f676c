package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxWalk is how many commits one question about the past may look at.
const maxWalk = 100_000

// History answers questions about the commits behind a commit, for the agent
// and for a clone alike. Commits are named by their full ids. Dates are claims
// of whoever made a commit: they order what is shown, and decide nothing.
//
// All methods may be called at the same time.
type History struct {
	objects *objects
	limit   int

	last    memo // the ancestors that were asked for last
	changes changes
}

func newHistory(objects *objects) *History {
	return &History{objects: objects, limit: maxWalk, changes: changes{objects: objects}}
}

// Contains reports whether old is tip or one of its ancestors.
func (h *History) Contains(ctx context.Context, tip, old string) (bool, error) {
	a, err := h.commitID(tip)
	if err != nil {
		return false, err
	}
	b, err := h.commitID(old)
	if err != nil {
		return false, err
	}
	return h.objects.contains(ctx, a, b)
}

// Touching returns the commits that are reachable from to and not from from,
// and that touched any of the named files or directories; newest first, and
// never one before its descendants. Without from, it is all of history.
//
// Which commits touched them is decided as git log does for paths. A commit
// touched them if they differ from its parent's, or exist when it has none. A
// merge that has them from one parent did not touch them, and the other
// parents are not looked into: what they did was discarded. A merge where they
// differ from every parent's touched them, and all parents are looked into. A
// name that does not exist, before or after, has not changed.
//
// A parent that is an older ancestor of from hides no other, since having its
// files undoes what from had. Git means the same, but notices it too late when
// dates are unlucky, and then tells of fewer commits than this.
func (h *History) Touching(ctx context.Context, from, to string, names []string) ([]Commit, error) {
	s, err := h.span(ctx, from, to)
	if err != nil {
		return nil, err
	}
	paths, err := newPaths(h.objects, names)
	if err != nil {
		return nil, err
	}
	ids, err := s.touching(ctx, paths)
	if err != nil {
		return nil, err
	}
	commits := make([]Commit, 0, len(ids))
	for _, id := range ids {
		c, err := h.objects.commit(id)
		if err != nil {
			return nil, err
		}
		commits = append(commits, c.shown)
	}
	return commits, nil
}

// FirstParentTouching returns the newest commit on the line of first parents
// of to, and not reachable from from, in which any of the named files or
// directories differs from its first parent's, or exists if it has none. It
// reports false if there is none.
//
// On a branch that changes by merges, that is the merge by which they came to
// be as they are: one step, however many commits it brought.
func (h *History) FirstParentTouching(ctx context.Context, from, to string, names []string) (Commit, bool, error) {
	id, err := h.commitID(to)
	if err != nil {
		return Commit{}, false, err
	}
	before, err := h.before(ctx, from)
	if err != nil {
		return Commit{}, false, err
	}
	paths, err := newPaths(h.objects, names)
	if err != nil {
		return Commit{}, false, err
	}
	for range h.limit {
		if before[id] {
			return Commit{}, false, nil
		}
		touched, parent, err := h.firstParent(ctx, id, paths)
		if err != nil {
			return Commit{}, false, err
		}
		if touched {
			c, err := h.objects.commit(id)
			if err != nil {
				return Commit{}, false, err
			}
			return c.shown, true, nil
		}
		if parent.IsZero() {
			return Commit{}, false, nil
		}
		id = parent
	}
	return Commit{}, false, h.tooLong()
}

// firstParent compares a commit with its first parent, which it returns too.
func (h *History) firstParent(ctx context.Context, id plumbing.Hash, paths *paths) (bool, plumbing.Hash, error) {
	if err := ctx.Err(); err != nil {
		return false, plumbing.ZeroHash, err
	}
	n, err := h.objects.node(id)
	if err != nil {
		return false, plumbing.ZeroHash, err
	}
	if len(n.parents) == 0 {
		here, err := paths.of(n.tree)
		return here != absent, plumbing.ZeroHash, err
	}
	parent, err := h.objects.node(n.parents[0])
	if err != nil {
		return false, plumbing.ZeroHash, err
	}
	if same, err := h.changes.certainlySame(n, parent, paths); same || err != nil {
		return false, parent.id, err
	}
	here, err := paths.of(n.tree)
	if err != nil {
		return false, parent.id, err
	}
	there, err := paths.of(parent.tree)
	return here != there, parent.id, err
}

// commitID parses the id of a commit that must be there.
func (h *History) commitID(hash string) (plumbing.Hash, error) {
	id := plumbing.NewHash(hash)
	if !fullHash.MatchString(hash) || !h.objects.has(id) {
		return id, &Error{Kind: CommitMissing, Problem: fmt.Sprintf("commit %q is not in the repository", hash),
			Mend: "give the full id of a commit that was fetched"}
	}
	return id, nil
}

// tooLong says that the limit was reached.
func (h *History) tooLong() error {
	return &Error{Kind: HistoryTooLong, Problem: fmt.Sprintf("more than %d commits would have to be looked at", h.limit),
		Mend: "follow a repository with a shorter history"}
}

// lacking reports whether err is that history is missing, which is no matter
// if what is sought is found elsewhere.
func lacking(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == HistoryMissing
}
