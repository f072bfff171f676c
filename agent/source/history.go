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
	likeGit bool // leave out what git leaves out; for tests

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
//
// Where git would leave out who changed a file, this does not: if to descends
// from from, each named file that differs between them was changed by one of
// the commits returned. A merge that silently goes back to old files is told.
func (h *History) Touching(ctx context.Context, from, to string, names []string) ([]Commit, error) {
	s, err := h.span(ctx, from, to)
	if err != nil {
		return nil, err
	}
	paths, err := newPaths(h.objects, names)
	if err != nil {
		return nil, err
	}
	told, err := s.touching(ctx, paths)
	if err != nil {
		return nil, err
	}
	if !h.likeGit {
		if err := s.explain(ctx, told, paths); err != nil {
			return nil, err
		}
	}
	var commits []Commit
	for _, n := range s.order {
		if told[n.id] {
			c, err := h.objects.commit(n.id)
			if err != nil {
				return nil, err
			}
			commits = append(commits, c.shown)
		}
	}
	return commits, nil
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
