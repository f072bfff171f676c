package records

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
)

// verifier goes from the oldest commit to the newest.
type verifier struct {
	*walker
	ledger *Ledger
	links  []*link
	tip    string
	head   Head // after the last fact that was read

	now   *source.Snapshot // the tip
	added map[uint64]file  // what the tip has and the base has not, by the numbers in the paths
	soon  *prefetch        // what is in added
	tree  *growing         // as it should be after each commit
	base  *source.Snapshot // what the ledger had; nil for nothing
}

// file is one that was added.
type file struct {
	path string
	id   objectID
}

// begin looks at where the branch begins and what it has at its end.
func (v *verifier) begin(ctx context.Context) (err error) {
	if v.now, err = v.reader.At(v.tip); err != nil {
		return fmt.Errorf("read %s: %w", v.branch, err)
	}
	if v.ledger.head.Commit != "" {
		if v.base, err = v.reader.At(v.ledger.head.Commit); err != nil {
			return fmt.Errorf("read %s: %w", v.branch, err)
		}
	}
	changes, err := changesOf(v.now, v.base)
	if err != nil {
		return fmt.Errorf("read the files of %s: %w", v.branch, err)
	}
	v.added = map[uint64]file{}
	for _, c := range changes {
		if place, ok := ParsePath(c.Path); ok && c.Before == "" && c.After != "" {
			id, _ := parseID(c.After)
			v.added[place.Sequence] = file{c.Path, id}
		}
	}
	if v.tree, err = newGrowing(v.base); err != nil {
		return fmt.Errorf("read the files of %s: %w", v.branch, err)
	}
	var files []file
	for _, n := range slices.Sorted(maps.Keys(v.added)) {
		files = append(files, v.added[n])
	}
	v.soon = newPrefetch(ctx, v.now, files)
	return nil
}

// run verifies commit by commit, until one is wrong.
func (v *verifier) run(ctx context.Context) error {
	if first := v.links[0].id.String(); v.base == nil {
		if v.ledger.first = first; v.opts.FirstCommit != "" && first != v.opts.FirstCommit {
			return v.fault(first, Rewritten, nil, "the branch begins with this commit; expected %s", v.opts.FirstCommit)
		}
	}
	for i, l := range v.links {
		if err := ctx.Err(); err != nil {
			return err
		}
		if l.fault != nil {
			return l.fault
		}
		if err := v.commit(i, l); err != nil {
			return err
		}
	}
	return nil
}

// commit verifies one commit against all before it, and takes its facts into the ledger.
func (v *verifier) commit(i int, l *link) error {
	if broken := v.follows(l); broken != nil {
		return broken
	}
	tree := v.now
	files, err := v.foreseen(i, l)
	if err != nil {
		return err
	}
	if files == nil {
		if tree, err = v.reader.At(l.id.String()); err != nil {
			return fmt.Errorf("read commit %.12s of %s: %w", l.id, v.branch, err)
		}
		if files, err = v.inspect(i, l, tree); err != nil {
			return err
		}
	}
	facts, err := v.read(l, tree, files)
	if err != nil {
		return err
	}
	if l.digest != v.head.Digest || l.sources != digestOfAll(sourcesOf(facts)) {
		return v.fault(l.id.String(), Edited, nil, "its trailers do not agree with the facts in it")
	}
	v.head.Commit = l.id.String()
	v.ledger.add(facts, l, v.head)
	return nil
}

// follows says whether the facts that a commit claims are the next ones.
func (v *verifier) follows(l *link) *BranchError {
	next := v.head.Sequence + 1
	switch id := l.id.String(); {
	case l.first < next:
		return v.fault(id, Replayed, nil, "it brings facts from %d on, and %d was there before", l.first, next-1)
	case l.first > next:
		return v.fault(id, Truncated, nil, "it brings facts from %d on, and %d is the last before it; those between are missing", l.first, next-1)
	}
	return nil
}

// read reads the facts of a commit.
func (v *verifier) read(l *link, tree *source.Snapshot, files []file) ([]Fact, error) {
	facts := make([]Fact, 0, len(files))
	for _, file := range files {
		p, ok := parsed{}, false
		if tree == v.now {
			p, ok = v.soon.take(file)
		}
		if !ok {
			var data []byte
			data, p = readFile(tree, file)
			p.parse(data)
		}
		if p.err != nil {
			return nil, fmt.Errorf("read %s in commit %.12s of %s: %w", file.path, l.id, v.branch, p.err)
		}
		if broken := v.fact(l, p); broken != nil {
			return nil, broken
		}
		facts = append(facts, p.fact)
		v.head.Sequence, v.head.Digest, v.head.Time = p.fact.Sequence, p.digest, p.fact.Time
	}
	return facts, nil
}

// at says which file is to blame.
func (v *verifier) at(e *BranchError, f file, sequence uint64) *BranchError {
	e.File, e.Sequence = f.path, sequence
	return e
}

// fact says what is wrong with a fact that follows the head.
func (v *verifier) fact(l *link, p parsed) *BranchError {
	f, head := p.fact, v.head
	fault := func(kind Fault, format string, args ...any) *BranchError {
		return v.at(v.fault(l.id.String(), kind, p.problems.Err(), format, args...), p.file, f.Sequence)
	}
	switch {
	case p.size > 0:
		return fault(Malformed, "the file has %d bytes", p.size)
	case len(p.problems) > 0:
		return fault(Malformed, "%s", p.problems[0].Message)
	case f.Environment != v.opts.Environment:
		return fault(OtherEnvironment, "the fact is about %s", f.Unit())
	case f.Previous != head.Digest:
		return fault(Edited, "the fact follows %s, and the one before it is %s", orNone(f.Previous), orNone(head.Digest))
	case f.Time.Before(head.Time):
		return fault(Misdated, "the fact is of %s, and the one before it of %s", stamp(f.Time), stamp(head.Time))
	case f.Time.After(v.opts.Now.Add(Skew)):
		return fault(FromTheFuture, "the fact is of %s, and now is %s", stamp(f.Time), stamp(v.opts.Now))
	}
	if why := v.opts.Keys.inForce(l.key, f.Time); why != "" {
		return fault(ForeignKey, "%s", why)
	}
	return nil
}

func orNone(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest
}

func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }
