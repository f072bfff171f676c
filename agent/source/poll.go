package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// Poll asks the server where the branch is and returns the Snapshot of its
// head. If nothing is new, that is all it does, and the Snapshot is the one
// that the last Poll returned: compare pointers. After an error, Current is
// still what it was. Branches that are watched are brought up to date too;
// what goes wrong with those is not an error of Poll, but their Problem.
func (r *Repository) Poll(ctx context.Context) (*Snapshot, error) {
	r.polling.Lock()
	defer r.polling.Unlock()
	snap, err := r.poll(ctx)
	if err != nil {
		return nil, r.explain(ctx, r.following(), err)
	}
	return snap, nil
}

// poll advances, and if the store turns out to be damaged, does so once more
// with an empty one.
func (r *Repository) poll(ctx context.Context) (*Snapshot, error) {
	if err := r.reading.load(); err != nil {
		return nil, err
	}
	if !r.store.healthy(r.head()) {
		if err := r.repair("it was deleted or altered"); err != nil {
			return nil, err
		}
	}
	snap, err := r.advance(ctx)
	if err != nil && r.store.damaged.Load() && ctx.Err() == nil {
		if err := r.repair(err.Error()); err != nil {
			return nil, err
		}
		snap, err = r.advance(ctx)
	}
	return snap, err
}

// head returns the commit that the store must have.
func (r *Repository) head() plumbing.Hash {
	if snap := r.current.Load(); snap != nil {
		return snap.commit.id
	}
	return plumbing.ZeroHash
}

// repair empties the store, to be filled by what follows.
func (r *Repository) repair(why string) error {
	r.log.Warn("removing the cache, it is cloned again", "reason", why)
	r.refused = nil
	return r.store.reset()
}

// advance is one conversation with the server, unless something goes wrong.
func (r *Repository) advance(ctx context.Context) (*Snapshot, error) {
	round := r.branches.begin()
	c, err := r.reading.converse(ctx, uploadPack, r.cfg.Timeout)
	if err != nil {
		return nil, err
	}
	defer c.close()
	r.reads.Store(true)
	tip, err := r.tip(c.refs)
	if err != nil {
		return nil, err
	}
	round.compare(c.refs, r.store.has)
	if err := r.bring(ctx, c, tip, round); err != nil {
		return nil, err
	}
	snap, err := r.turn(ctx, tip)
	if ctx.Err() == nil {
		r.bringAlone(ctx, round)
	}
	r.keepTips()
	if err := r.store.tidy(ctx); err != nil {
		r.log.Warn("the cache could not be tidied", "reason", reason(err))
	}
	return snap, err
}

// tip finds the branch among the refs.
func (r *Repository) tip(refs *packp.AdvRefs) (plumbing.Hash, error) {
	if tip, ok := refs.References["refs/heads/"+r.cfg.Branch]; ok {
		return tip, nil
	}
	return plumbing.ZeroHash, &Error{Kind: BranchMissing, Problem: "the repository has no such branch; it has " + branchesOf(refs),
		Mend: "push the branch or configure another"}
}

// branchesOf names a few branches.
func branchesOf(refs *packp.AdvRefs) string {
	var names []string
	for ref := range refs.References {
		if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	const few = 5
	switch {
	case len(names) == 0:
		return "no branches"
	case len(names) > few:
		return fmt.Sprintf("%q and %d more", names[:few], len(names)-few)
	}
	return fmt.Sprintf("%q", names)
}

// turn goes to tip, which was fetched, if that is forward.
func (r *Repository) turn(ctx context.Context, tip plumbing.Hash) (*Snapshot, error) {
	snap := r.current.Load()
	switch {
	case r.refused != nil && r.refused.To == tip.String():
		return nil, r.refused
	case snap != nil && snap.commit.id == tip && r.store.head == tip: // else it was repaired
		return snap, nil
	}
	if err := r.onlyForward(ctx, tip); err != nil {
		return nil, err
	}
	return r.accept(tip)
}

// onlyForward is what a refspec without a plus means: the branch may only move
// to a commit that contains the one it was at.
func (r *Repository) onlyForward(ctx context.Context, tip plumbing.Hash) error {
	if r.accepted.IsZero() {
		return nil
	}
	forward, err := r.store.contains(ctx, tip, r.accepted)
	if forward || err != nil {
		return err
	}
	from, to := r.accepted.String(), tip.String()
	if r.allowed != nil && r.allowed.From == from && r.allowed.To == to {
		r.log.Warn("rewinding, as was allowed", "from", from, "to", to)
		return nil
	}
	r.refused = &RewindError{URL: r.end.String(), Branch: r.cfg.Branch, From: from, To: to}
	r.log.Warn("refused a branch that was rewound", "from", from, "to", to)
	return r.refused
}

// accept makes tip current. The ref on disk comes last, so that a process that
// is killed before it finds the old head, or none, and fetches again.
func (r *Repository) accept(tip plumbing.Hash) (*Snapshot, error) {
	snap, err := r.snapshot(tip)
	if err != nil {
		return nil, err
	}
	if _, err := r.store.tree(snap.commit.tree); err != nil {
		return nil, err
	}
	if err := r.store.setHead(tip); err != nil {
		return nil, err
	}
	if old := r.current.Load(); old != nil && old.commit.id == tip {
		snap = old // The store was repaired, nothing is new.
	}
	r.accepted, r.refused, r.allowed = tip, nil, nil
	r.current.Store(snap)
	return snap, nil
}
