package audit

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// Query says which facts are told.
type Query struct {
	// Environment and Model are whose; all of them when empty.
	Environment, Model string
	// Since and Until bound the time: from the one on, and before the other. Zero is no bound.
	Since, Until time.Time
	// Kinds are what facts may be; any when empty.
	Kinds []records.Kind
	// Unverified tells of a broken branch what comes before the first bad commit.
	Unverified bool
}

// Log is a list of facts, in their order, one environment after the other. It is gone through once.
type Log struct {
	// Verification is that of the environments that are told of.
	Verification *Verification
	// Query is what was asked.
	Query Query

	auditor *Auditor
}

// Entry is a fact, how it came to be recorded, and whether to believe it.
type Entry struct {
	// Mark is empty for a fact of a branch that holds; see Standing.Mark.
	Mark string `json:"mark,omitempty"`
	// RecordedBy is the commit that brought it to the branch, Key the fingerprint of whose signature that has, and Path its file.
	RecordedBy string `json:"recordedBy"`
	Key        string `json:"key"`
	Path       string `json:"path"`
	// Fact is what it says: see SCHEMA.md of agent/records.
	Fact records.Fact `json:"fact"`
}

// Log verifies what is asked for, and tells it. The error is a *BrokenError when it does not hold.
func (a *Auditor) Log(ctx context.Context, q Query) (*Log, error) {
	var names []string
	if q.Environment != "" {
		names = []string{q.Environment}
	}
	v, err := a.rely(ctx, q.Unverified, names...)
	if err != nil {
		return nil, err
	}
	if q.Model != "" {
		if err := knowsModel(v, q); err != nil {
			return nil, err
		}
	}
	return &Log{Verification: v, Query: q, auditor: a}, nil
}

// knowsModel refuses a model that no fact is about.
func knowsModel(v *Verification, q Query) error {
	var known []string
	for _, s := range v.Environments {
		if s.ledger != nil {
			known = append(known, s.ledger.Models()...)
		}
	}
	slices.Sort(known)
	if known = slices.Compact(known); !slices.Contains(known, q.Model) {
		return fmt.Errorf("no fact of %s is about a model %q; there are facts about %s", q.Environment, q.Model, listed(known, 20))
	}
	return nil
}

// listed are names with commas, not too many.
func listed(names []string, most int) string {
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Entries goes through the facts. It ends with the first error.
func (l *Log) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, s := range l.Verification.Environments {
			for e, err := range l.Of(ctx, s) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// Of goes through the facts of one environment.
func (l *Log) Of(ctx context.Context, s *Standing) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if s.ledger == nil {
			return
		}
		mark := s.Mark()
		for e, err := range ahead(ctx, l.facts(ctx, s)) {
			if err == nil && !l.Query.wants(e.Fact) {
				continue
			}
			if !yield(Entry{Mark: mark, RecordedBy: e.Commit, Key: e.Key, Path: e.Path, Fact: e.Fact}, err) || err != nil {
				return
			}
		}
	}
}

// facts are those that have to be read.
func (l *Log) facts(ctx context.Context, s *Standing) iter.Seq2[records.Entry, error] {
	q, clone := l.Query, l.auditor.clone
	if q.Model != "" {
		return s.ledger.Unit(ctx, clone, q.Model)
	}
	return s.ledger.Between(ctx, clone, q.Since, q.Until)
}

func (q Query) wants(f records.Fact) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, f.Kind)) &&
		(q.Since.IsZero() || !f.Time.Before(q.Since)) && (q.Until.IsZero() || f.Time.Before(q.Until))
}

// ParseKind finds a kind by its name, in whatever case.
func ParseKind(text string) (records.Kind, error) {
	var names []string
	for _, kind := range records.Kinds() {
		if strings.EqualFold(string(kind), text) {
			return kind, nil
		}
		names = append(names, string(kind))
	}
	return "", fmt.Errorf("%q is no kind of fact; there are %s", text, strings.Join(names, ", "))
}
