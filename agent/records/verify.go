package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
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
	if err := v.begin(); err != nil {
		return nil, err
	}
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

// verifier goes from the oldest commit to the newest.
type verifier struct {
	*walker
	ledger *Ledger
	links  []*link
	tip    string
	head   Head // after the last fact that was read

	now   *source.Snapshot // the tip
	added map[uint64]file  // what the tip has and the base has not, by the numbers in the paths
	tree  *growing         // as it should be after each commit
	base  *source.Snapshot // what the ledger had; nil for nothing
}

// file is one that was added.
type file struct {
	path string
	id   objectID
}

// begin looks at where the branch begins and what it has at its end.
func (v *verifier) begin() (err error) {
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
	v.tree, err = newGrowing(v.base)
	return err
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

// foreseen are the files that a commit has to have added for its tree to be what it is; nil if it did something else. They
// are looked up in the tip, so that no tree in between has to be read.
func (v *verifier) foreseen(i int, l *link) ([]file, error) {
	var files []file
	for n := l.first; n <= l.last; n++ {
		f, ok := v.added[n]
		if !ok {
			return nil, nil
		}
		files = append(files, f)
	}
	puts := files
	if v.base == nil && i == 0 {
		if text, err := v.now.ObjectID(readmeFile); err == nil {
			id, _ := parseID(text)
			puts = append([]file{{readmeFile, id}}, files...)
		}
	}
	for _, f := range puts {
		if err := v.tree.put(f.path, f.id); errors.Is(err, errClosed) {
			return nil, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the files of %s: %w", v.branch, err)
		}
	}
	if v.tree.id() != l.tree {
		return nil, nil
	}
	for n := l.first; n <= l.last; n++ {
		delete(v.added, n)
	}
	return files, nil
}

// read reads the facts of a commit.
func (v *verifier) read(l *link, tree *source.Snapshot, files []file) ([]Fact, error) {
	id := l.id.String()
	var facts []Fact
	for _, file := range files {
		data, err := tree.ReadFile(file.path)
		var large *source.FileTooLargeError
		switch {
		case errors.As(err, &large):
			return nil, v.at(v.fault(id, Malformed, err, "the file has %d bytes", large.Size), file, 0)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read %s in commit %.12s of %s: %w", file.path, id, v.branch, err)
		}
		f, broken := v.fact(l, file, data)
		if broken != nil {
			return nil, broken
		}
		facts = append(facts, f)
		v.head.Sequence, v.head.Digest, v.head.Time = f.Sequence, Digest(data), f.Time
	}
	return facts, nil
}

// at says which file is to blame.
func (v *verifier) at(e *BranchError, f file, sequence uint64) *BranchError {
	e.File, e.Sequence = f.path, sequence
	return e
}

// fact reads one fact and checks it against the one before.
func (v *verifier) fact(l *link, file file, data []byte) (Fact, *BranchError) {
	f, problems := Unmarshal(file.path, data)
	fault := func(kind Fault, format string, args ...any) (Fact, *BranchError) {
		return Fact{}, v.at(v.fault(l.id.String(), kind, problems.Err(), format, args...), file, f.Sequence)
	}
	if len(problems) > 0 {
		return fault(Malformed, "%v", problems[0].Message)
	}
	head := v.head
	switch {
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
	return f, nil
}

func orNone(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest
}

func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }
