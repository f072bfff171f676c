package audit

import (
	"cmp"
	"context"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
)

// running finds the facts behind what ran.
func (a *Auditor) running(ctx context.Context, s *Standing, model string, r records.Running, tree *source.Snapshot) (Running, error) {
	made := Running{Model: model, Release: r.Release, Digest: r.Digest, Commit: r.Commit, State: r.State, StateSince: r.Since}
	looked := 0
	last := r.Sequence
	for place, err := range backwards(tree, model, last) {
		if err != nil {
			return made, err
		}
		if looked++; looked > mostLooked {
			break
		}
		if !made.needs(place.Kind) {
			continue
		}
		entry, err := s.ledger.Fact(ctx, a.clone, place.Sequence)
		if err != nil {
			return made, err
		}
		if !made.take(entry.Fact) {
			break
		}
	}
	return made, nil
}

// needs says whether a fact of a kind tells something of what ran.
func (r *Running) needs(kind records.Kind) bool {
	switch kind {
	case records.Applied, records.RolledBack, records.Admitted, records.Overridden, records.Pruned:
		return true
	}
	return false
}

// take takes up a fact, from the newest back, and says whether one before it may tell more.
func (r *Running) take(f records.Fact) bool {
	ours := f.Data.Release != nil && bare(f.Data.Release.Digest) == bare(r.Digest)
	switch f.Kind {
	case records.Pruned:
		return false
	case records.Applied, records.RolledBack:
		if !ours {
			return len(r.Decisions) == 0 && r.RolledBackFrom != "" // what was let in when it ran first
		}
		r.Release, r.Source = cmp.Or(r.Release, f.Data.Release.ID), cmp.Or(r.Source, f.Data.Release.Model)
		r.Revision, r.Image = cmp.Or(r.Revision, f.Data.Release.Revision), cmp.Or(r.Image, f.Data.Release.Image)
		if f.Data.Rollback != nil && r.RolledBackFrom == "" {
			r.RolledBackFrom = f.Data.Release.Previous
		}
		r.Since, r.Applied = pointer(f.Time), f.Sequence
		return true
	}
	if ours { // a decision that was replaced before it was applied is none of this
		r.Decisions = append(r.Decisions, decisionOf(f))
	}
	return true
}
