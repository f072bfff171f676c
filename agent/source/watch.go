package source

import (
	"context"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
)

// Watch names the branches that Poll fetches beside the followed one, in the
// place of those that it named before. Poll asks for all of them at once: while
// none has moved, it is still one listing, and when some have, one fetch.
//
// Nothing is checked of them but that their commits can be read: they may be
// rewritten, and vanish. Whoever reads them judges. What was fetched stays in
// the cache, so that At shows any commit of any tip that was ever seen.
//
// It does not wait for a Poll, and counts from the next one on. A name that is
// no branch has a Problem.
func (r *Repository) Watch(names ...string) {
	b := &r.branches
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range b.all {
		known.watched = false
	}
	for _, name := range names {
		if name == r.cfg.Branch {
			continue
		}
		known := b.named(name)
		known.watched = true
		if fault := branchFault(name); fault != "" {
			known.problem = r.explain(context.Background(), work{branch: name}, invalid(fmt.Sprintf("the branch name %q %s", name, fault),
				"give the name as git branch shows it, without refs/heads/"))
		}
	}
}

// Tip returns the commit that a watched branch, the followed one, or one that
// was pushed to was last seen at; empty if the server has no such branch. It is
// in the cache, and known again after a restart. A branch that is not watched
// is forgotten when the server no longer has what was pushed.
func (r *Repository) Tip(name string) string {
	if name == r.cfg.Branch {
		return idText(r.head())
	}
	r.branches.mu.Lock()
	defer r.branches.mu.Unlock()
	if known := r.branches.all[name]; known != nil {
		return idText(known.tip)
	}
	return ""
}

// idText returns an id in full, or nothing for none.
func idText(id plumbing.Hash) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// Problem returns why a watched branch could not be brought up to date at the
// last attempt, as an *Error, or nil. Its Tip is then older than the server's.
// Such a branch is tried again by itself, less and less often, so that it does
// not stop the others.
func (r *Repository) Problem(name string) error {
	r.branches.mu.Lock()
	defer r.branches.mu.Unlock()
	if known := r.branches.all[name]; known != nil && known.watched {
		return known.problem
	}
	return nil
}
