package records

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Options say what a branch has to be.
type Options struct {
	// Environment that the facts are about, and Keys that may sign them. Without keys nothing is verified.
	Environment string
	Keys        *Keys
	// FirstCommit is what the branch has to begin with; any commit if empty.
	FirstCommit string
	// Known was verified before. A branch that does not contain it is refused. The zero Head is contained by any.
	Known Head
	// FromKnown begins after Known in the place of the first commit: what came before is taken for granted, and the Ledger
	// holds only what came after.
	FromKnown bool
	// Now is the reader's clock.
	Now time.Time
}

// Verify reads the branch of an environment from its first commit to tip, and checks everything: the signatures, by keys
// that were in force at the time; that each commit has one parent, adds the files of its facts and changes nothing else;
// that the facts are where they belong, about this environment, numbered without gaps, each with the digest of the one
// before, in the order of their times, and none from the future.
//
// What is wrong first is returned as a *BranchError, with the Ledger of what comes before it; an auditor may look at that.
// As evidence, a branch with an error counts for nothing. Another error says that the branch could not be read, and there is
// no Ledger. Without a tip, as of a branch that is not there, the Ledger is empty, unless something is Known.
func Verify(ctx context.Context, reader Reader, tip string, opts Options) (*Ledger, error) {
	l := newLedger(opts)
	if opts.FromKnown {
		l.head, l.before = opts.Known, opts.Known.Sequence
	}
	return l.verify(ctx, reader, tip, opts)
}

// Extend verifies what came after the Ledger was made, and returns the Ledger with that; see Verify. What it takes depends on
// what is new, and not on how long the branch is. The Ledger itself does not change. Keys are those that the options of
// Verify named, unless other ones are given.
func (l *Ledger) Extend(ctx context.Context, reader Reader, tip string, now time.Time) (*Ledger, error) {
	opts := l.opts
	opts.Known, opts.FromKnown, opts.Now = l.head, true, now
	return l.clone().verify(ctx, reader, tip, opts)
}

// verify adds what is between the head of a ledger and a tip.
func (l *Ledger) verify(ctx context.Context, reader Reader, tip string, opts Options) (*Ledger, error) {
	w := &walker{reader: reader, opts: opts, branch: Branch(opts.Environment)}
	if tip == "" {
		if opts.Known.Commit != "" {
			return l, w.fault("", Truncated, nil, "the branch is gone; %d facts were on it up to commit %.12s", opts.Known.Sequence, opts.Known.Commit)
		}
		return l, nil
	}
	if tip == l.head.Commit {
		return l, nil
	}
	links, passed, err := w.walk(ctx, tip, l.head.Commit, opts.Known.Commit)
	if err != nil {
		return nil, err
	}
	if !passed && opts.Known.Commit != "" {
		return l, w.notContained(ctx, tip, links[0], opts.Known)
	}
	slices.Reverse(links)
	v := &verifier{walker: w, ledger: l, links: links, tip: tip, head: l.head}
	if err := v.begin(ctx); err != nil {
		return nil, err
	}
	defer v.soon.close()
	err = v.run(ctx)
	var broken *BranchError
	if err != nil && !errors.As(err, &broken) {
		return nil, err
	}
	return l, err
}

// notContained tells a branch that was cut off from one that was made anew.
func (w *walker) notContained(ctx context.Context, tip string, newest *link, known Head) error {
	for id := known.Commit; id != ""; {
		snapshot, err := w.reader.At(id)
		if err != nil || ctx.Err() != nil {
			break // it is not here any more, and its claims have to do
		}
		parents := snapshot.Commit().Parents
		if id = ""; len(parents) > 0 {
			id = parents[0]
		}
		if id == tip {
			return w.fault(tip, Truncated, nil, "the branch ends here, and commit %.12s with fact %d was after it", known.Commit, known.Sequence)
		}
	}
	return w.fault(tip, Rewritten, nil, "the branch does not contain commit %.12s with fact %d, which was verified before; it ends with fact %d now", known.Commit, known.Sequence, newest.last)
}
