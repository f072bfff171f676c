package audit

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
)

// The names of files say what facts there are. Of a branch that was verified they can be believed, and so a fact is found without
// reading all that are before it.

// verifiedTree is the last commit of a branch that was verified.
func (a *Auditor) verifiedTree(s *Standing) (*source.Snapshot, error) {
	return a.clone.At(s.ledger.Head().Commit)
}

// dirOf is the directory of all facts about a model, or about the environment.
func dirOf(model string) string {
	if model == "" {
		return "_environment"
	}
	return model
}

// backwards lists the facts about a model up to a number, the newest first.
func backwards(tree *source.Snapshot, model string, last uint64) iter.Seq2[records.Place, error] {
	return func(yield func(records.Place, error) bool) {
		_, err := visit(tree, dirOf(model), 2, func(name string) bool {
			place, ok := records.ParsePath(name)
			return !ok || place.Sequence > last || yield(place, nil)
		})
		if err != nil {
			yield(records.Place{}, err)
		}
	}
}

// visit goes through the files below a directory, the last name first, until see says no. Below are months and days.
func visit(tree *source.Snapshot, dir string, deeper int, see func(name string) bool) (more bool, err error) {
	entries, err := tree.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(b.Name(), a.Name()) })
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		more := true
		if deeper == 0 {
			more = see(name)
		} else if more, err = visit(tree, name, deeper-1, see); err != nil {
			return false, err
		}
		if !more {
			return false, nil
		}
	}
	return true, nil
}

// latest is the newest fact about a model of some kinds, up to a number; none if there is none.
func (a *Auditor) latest(ctx context.Context, s *Standing, tree *source.Snapshot, model string, last uint64, kinds ...records.Kind) (records.Entry, bool, error) {
	for place, err := range backwards(tree, model, last) {
		if err != nil {
			return records.Entry{}, false, err
		}
		if slices.Contains(kinds, place.Kind) {
			entry, err := s.ledger.Fact(ctx, a.clone, place.Sequence)
			return entry, err == nil, err
		}
	}
	return records.Entry{}, false, nil
}

// gaps are the facts that tell of others that were dropped.
func (a *Auditor) gaps(ctx context.Context, s *Standing) error {
	if s.ledger == nil || s.ledger.LostFacts() == 0 {
		return nil
	}
	tree, err := a.verifiedTree(s)
	if err != nil {
		return err
	}
	for _, model := range append(s.ledger.Models(), "") {
		for place, err := range backwards(tree, model, s.ledger.Head().Sequence) {
			if err != nil {
				return err
			}
			if place.Kind != records.Lost {
				continue
			}
			f, err := s.ledger.Fact(ctx, a.clone, place.Sequence)
			if err != nil {
				return err
			}
			s.Lost = append(s.Lost, Gap{Sequence: f.Sequence, Time: f.Time, Model: f.Model, Facts: max(1, f.Data.Lost), Message: oneLine(f.Data.Message)})
		}
	}
	slices.SortFunc(s.Lost, func(a, b Gap) int { return int(a.Sequence) - int(b.Sequence) })
	return nil
}
