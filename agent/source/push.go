package source

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// PushOptions say how a push may go beyond adding commits.
type PushOptions struct {
	// Force lets the branch move to a commit that does not contain the one
	// before. It is refused for any branch that is not Disposable.
	Force bool
}

// Disposable reports whether a branch is one that the agent makes for a pull
// request, penstock/promote/… or penstock/rollback/…. Only these may be forced
// or deleted.
func Disposable(branch string) bool {
	return strings.HasPrefix(branch, "penstock/promote/") || strings.HasPrefix(branch, "penstock/rollback/")
}

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
	p := &push{branch: branch, force: options.Force, objects: objects}
	return r.perform(ctx, p, old, new)
}

// DeleteBranch deletes a branch of the server that is at old, if it is
// Disposable. That it is gone already is success. Errors are those of Push.
func (r *Repository) DeleteBranch(ctx context.Context, branch, old string) error {
	return r.perform(ctx, &push{branch: branch, remove: true}, old, "")
}

// Ask asks the server where a branch is now; empty if it has none. It fetches
// nothing and changes nothing here.
func (r *Repository) Ask(ctx context.Context, branch string) (tip string, err error) {
	r.pushing.Lock()
	defer r.pushing.Unlock()
	var id plumbing.Hash
	if err = checkBranch(branch); err == nil {
		err = r.writer.load()
	}
	if err == nil {
		id, err = r.locate(ctx, branch, uploadPack)
	}
	return idText(id), r.explain(ctx, work{"ask for", branch, r.writer.auth}, err)
}

// locate asks one of the services where a branch is.
func (r *Repository) locate(ctx context.Context, branch string, with service) (plumbing.Hash, error) {
	c, err := r.writer.converse(ctx, with, r.cfg.Timeout)
	if KindOf(err) == RepositoryEmpty {
		return plumbing.ZeroHash, nil
	}
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer c.close()
	return c.refs.References["refs/heads/"+branch], nil
}

// push is one move of a branch.
type push struct {
	branch   string
	old, new plumbing.Hash // zero for none
	force    bool
	remove   bool
	objects  []Object

	all *objects // those, and the store's
}

func (p *push) ref() plumbing.ReferenceName { return plumbing.NewBranchReferenceName(p.branch) }

// perform does a push from its beginning to its end.
func (r *Repository) perform(ctx context.Context, p *push, old, new string) error {
	r.pushing.Lock()
	defer r.pushing.Unlock()
	err := p.check(r.cfg.Branch, old, new)
	if err == nil {
		err = r.writer.load()
	}
	if err == nil {
		err = p.prepare(ctx, r.store)
	}
	if err == nil {
		err = r.deliver(ctx, p)
	}
	if err == nil {
		r.pushed(p)
	}
	return r.explain(ctx, work{"push to", p.branch, r.writer.auth}, err)
}

// check refuses what should not be tried.
func (p *push) check(followed, old, new string) error {
	if err := checkBranch(p.branch); err != nil {
		return err
	}
	for _, id := range []string{old, new} {
		if id != "" && !fullHash.MatchString(id) {
			return invalid(fmt.Sprintf("%q is not a full commit id", id), "give all 40 hexadecimal digits, in lower case")
		}
	}
	p.old, p.new = plumbing.NewHash(old), plumbing.NewHash(new)
	switch {
	case p.branch == followed:
		return &Error{Kind: PushRefused, Problem: "it is the branch that is followed, which is for people to change", Mend: "open a pull request"}
	case (p.force || p.remove) && !Disposable(p.branch):
		return &Error{Kind: PushRefused, Problem: "only branches of promotions and rollbacks may be forced or deleted", Mend: "add commits to it"}
	case p.new.IsZero() != p.remove, p.remove && p.old.IsZero():
		return invalid("the push names no commit", "give the full id of one")
	}
	return nil
}

// prepare checks that the new commit is known here, and goes forward.
func (p *push) prepare(ctx context.Context, s *store) error {
	if p.remove {
		return nil
	}
	p.all = overlay(p.objects, s.objects)
	if !p.all.has(p.new) {
		return &Error{Kind: CommitMissing, Problem: fmt.Sprintf("commit %s was neither made nor fetched", p.new), Mend: "hand over the objects that were made"}
	}
	if _, err := p.all.commit(p.new); err != nil || p.force || p.old.IsZero() {
		return err
	}
	forward, err := p.all.contains(ctx, p.new, p.old)
	if err == nil && !forward {
		err = &Error{Kind: PushNotForward, Problem: fmt.Sprintf("%.12s does not contain %.12s, which is there now", p.new, p.old),
			Mend: "make the commit anew on top of what is there"}
	}
	return err
}

// pushed takes up what the server has taken. If that fails, the next poll
// fetches it.
func (r *Repository) pushed(p *push) {
	r.writer.whole = false
	err := r.store.add(p.objects, r.spare())
	if err != nil {
		r.log.Warn("what was pushed is not in the cache, the next poll fetches it", "branch", p.branch, "reason", err)
		return
	}
	r.branches.pushed(p.branch, p.new)
	r.keepTips()
	r.log.Info("pushed", "branch", p.branch, "from", idText(p.old), "to", idText(p.new), "objects", len(p.objects))
}
