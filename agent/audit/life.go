package audit

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// Life is what happened to a release, in all environments.
type Life struct {
	// Verification is that of all environments with records.
	Verification *Verification `json:"verification"`
	// Release is its short id, Digest all of it; Source, Revision and Image are what it consists of.
	Release  string `json:"release"`
	Digest   string `json:"digest"`
	Source   string `json:"source,omitempty"`
	Revision string `json:"revision,omitempty"`
	Image    string `json:"image,omitempty"`
	// Stays are when it ran where.
	Stays []*Stay `json:"stays"`
	// Events are all facts about it, in the order of their times.
	Events []Entry `json:"events"`
	// Cut is how many facts there are beyond those in Events.
	Cut int `json:"cut,omitempty"`
}

// mostEvents bounds what is told of one release.
const mostEvents = 10_000

var releaseForm = regexp.MustCompile(`^(rel-|sha256:)?([0-9a-f]{4,64})$`)

// AmbiguousError says that several releases begin with what was asked for.
type AmbiguousError struct {
	Asked string
	// Candidates are as in rel-3f2a91c (sha256:3f2a91c0…) of prod/llama-3-8b.
	Candidates []string
}

// Error lists them.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%s may be any of %d releases; give more digits:\n  %s", e.Asked, len(e.Candidates), strings.Join(e.Candidates, "\n  "))
}

// Release tells the life of a release, by its short id such as rel-3f2a91c or the first digits of its digest.
func (a *Auditor) Release(ctx context.Context, id string, unverified bool) (*Life, error) {
	form := releaseForm.FindStringSubmatch(id)
	if form == nil {
		return nil, fmt.Errorf("%.80q is no release; expected a short id such as rel-3f2a91c, or at least four digits of a digest such as sha256:3f2a91c0", id)
	}
	v, err := a.rely(ctx, unverified)
	if err != nil {
		return nil, err
	}
	search := &search{prefix: form[2], units: map[string]map[string]bool{}, life: &Life{Verification: v}}
	for _, s := range v.Environments {
		if err := search.environment(ctx, a, s); err != nil {
			return nil, err
		}
	}
	return search.conclude(id)
}

// search looks for the facts about releases whose digest begins so.
type search struct {
	prefix string
	units  map[string]map[string]bool // that a release is told of, by its digest
	life   *Life
}

func (s *search) environment(ctx context.Context, a *Auditor, standing *Standing) error {
	all := &Log{Verification: s.life.Verification, auditor: a}
	told := newStory(standing.Environment)
	for e, err := range all.Of(ctx, standing) {
		if err != nil {
			return err
		}
		told.tell(e.Fact)
		if s.isAbout(e.Fact) {
			s.take(e)
		}
	}
	for _, stay := range told.finish(a.config.Now) {
		if strings.HasPrefix(bare(stay.Digest), s.prefix) {
			s.life.Stays = append(s.life.Stays, stay)
		}
	}
	return nil
}

// isAbout says whether a fact tells of the release: as what it is about, or as what was gone back from.
func (s *search) isAbout(f records.Fact) bool {
	return f.Data.Release != nil && strings.HasPrefix(bare(f.Data.Release.Digest), s.prefix) ||
		f.Data.Rollback != nil && strings.HasPrefix(bare(f.Data.Rollback.From), s.prefix)
}

func (s *search) take(e Entry) {
	l := s.life
	if r := e.Fact.Data.Release; r != nil && strings.HasPrefix(bare(r.Digest), s.prefix) {
		name := fmt.Sprintf("%s (sha256:%s)", oneLine(r.ID), bare(r.Digest))
		if s.units[name] == nil {
			s.units[name] = map[string]bool{}
		}
		s.units[name][e.Fact.Unit()] = true
		l.Release, l.Digest = r.ID, r.Digest
		if r.Model != "" {
			l.Source, l.Revision, l.Image = r.Model, r.Revision, r.Image
		}
	}
	if len(l.Events) == mostEvents {
		l.Cut++
		return
	}
	l.Events = append(l.Events, e)
}

// conclude says what was found, if it is one release.
func (s *search) conclude(id string) (*Life, error) {
	if len(s.units) == 0 {
		return nil, fmt.Errorf("no fact is about a release %s: %s", id, searched(s.life.Verification))
	}
	if len(s.units) > 1 {
		ambiguous := &AmbiguousError{Asked: id}
		for _, name := range slices.Sorted(maps.Keys(s.units)) {
			units := slices.Sorted(maps.Keys(s.units[name]))
			ambiguous.Candidates = append(ambiguous.Candidates, name+" of "+listed(units, 4))
		}
		return nil, ambiguous
	}
	slices.SortStableFunc(s.life.Events, func(a, b Entry) int { return a.Fact.Time.Compare(b.Fact.Time) })
	slices.SortStableFunc(s.life.Stays, func(a, b *Stay) int { return a.From.Compare(b.From) })
	return s.life, nil
}

// searched says where something was looked for.
func searched(v *Verification) string {
	var names []string
	for _, s := range v.Environments {
		names = append(names, fmt.Sprintf("%s (%s)", s.Environment, counted(s.Facts, "fact", "facts")))
	}
	return "looked at " + listed(names, 20)
}

// Age is how long after it was first seen in any environment something happened.
func (l *Life) Age(at time.Time) time.Duration {
	if len(l.Events) == 0 {
		return 0
	}
	return at.Sub(l.Events[0].Fact.Time)
}
