package records

import (
	"context"
	"fmt"
	"iter"
	"sort"
	"time"
)

// Running is what ran of a model at a time.
type Running struct {
	// Release is its short id, empty where the facts do not say it, and Digest all of it.
	Release, Digest string
	// Commit is the one that asked for it.
	Commit string
	// State is how it was: Applied when nothing is known yet, Healthy, Degraded, or Suspended when nobody looked after it.
	State Kind
	// Since is when that was told, and Sequence in which fact.
	Since    time.Time
	Sequence uint64
}

// At is what ran at a time, by model, as the facts claim.
func (l *Ledger) At(at time.Time) map[string]Running {
	all := map[string]Running{}
	for model, u := range l.units {
		i := sort.Search(len(u.moments), func(i int) bool { return u.moments[i].at > at.UnixMilli() })
		if i == 0 || u.moments[i-1].digest == "" {
			continue
		}
		m := u.moments[i-1]
		r := Running{Release: u.releases[m.digest].id, Digest: m.digest, State: m.state, Since: time.UnixMilli(m.at).UTC(), Sequence: m.sequence}
		if m.commit != (objectID{}) {
			r.Commit = m.commit.String()
		}
		all[model] = r
	}
	return all
}

// Entry is a fact and how it came to the branch.
type Entry struct {
	Fact
	// Path of its file, Commit that brought it, and Key, the fingerprint of whose signature that has.
	Path, Commit, Key string
}

// Facts goes through all facts in the order of their numbers, and reads each from Git. It ends with the first error.
func (l *Ledger) Facts(ctx context.Context, reader Reader) iter.Seq2[Entry, error] {
	return l.facts(ctx, reader, func(note) bool { return true })
}

// Unit is Facts about one model; about the environment as such if it is empty.
func (l *Ledger) Unit(ctx context.Context, reader Reader, model string) iter.Seq2[Entry, error] {
	u := l.units[model]
	return l.facts(ctx, reader, func(n note) bool { return u != nil && n.model == u.number })
}

// Between is Facts from a time on and before another; a zero time is no bound.
func (l *Ledger) Between(ctx context.Context, reader Reader, since, until time.Time) iter.Seq2[Entry, error] {
	return l.facts(ctx, reader, func(n note) bool {
		return (since.IsZero() || n.at >= since.UnixMilli()) && (until.IsZero() || n.at < until.UnixMilli())
	})
}

// Fact reads one fact by its number.
func (l *Ledger) Fact(ctx context.Context, reader Reader, sequence uint64) (Entry, error) {
	if sequence <= l.before || sequence > l.head.Sequence {
		return Entry{}, fmt.Errorf("read fact %d of %s: there are facts %d to %d", sequence, l.opts.Environment, l.before+1, l.head.Sequence)
	}
	tree, err := reader.At(l.head.Commit)
	if err != nil {
		return Entry{}, fmt.Errorf("read fact %d of %s: %w", sequence, l.opts.Environment, err)
	}
	return l.entry(tree, sequence)
}

// facts reads those that are wanted.
func (l *Ledger) facts(ctx context.Context, reader Reader, wanted func(note) bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if len(l.notes) == 0 {
			return
		}
		tree, err := reader.At(l.head.Commit)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read the facts of %s: %w", l.opts.Environment, err))
			return
		}
		for i, n := range l.notes {
			if !wanted(n) {
				continue
			}
			entry, err := Entry{}, ctx.Err()
			if err == nil {
				entry, err = l.entry(tree, l.before+uint64(i)+1)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// files reads files of a tree.
type files interface {
	ReadFile(name string) ([]byte, error)
}

// entry reads a fact that was verified.
func (l *Ledger) entry(tree files, sequence uint64) (Entry, error) {
	n := l.notes[sequence-l.before-1]
	day := time.UnixMilli(n.at).UTC().Truncate(24 * time.Hour)
	e := Entry{Path: Place{Model: l.models[n.model], Day: day, Sequence: sequence, Kind: kinds[n.kind].kind}.Path()}
	commit := l.commits[sort.Search(len(l.commits), func(i int) bool { return l.commits[i].last >= sequence })]
	e.Commit, e.Key = commit.id.String(), l.keys[commit.key]
	data, err := tree.ReadFile(e.Path)
	if err != nil {
		return Entry{}, fmt.Errorf("read fact %d of %s: %w", sequence, l.opts.Environment, err)
	}
	f, problems := Unmarshal(e.Path, data)
	if len(problems) > 0 {
		return Entry{}, problems
	}
	e.Fact = f
	return e, nil
}
