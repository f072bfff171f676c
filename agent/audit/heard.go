package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

// holdEvidence asks the records of other environments whether they say what the decision rested on. These have to hold today;
// what the agent had seen of them then is in no fact.
func (r *replayer) holdEvidence(ctx context.Context, c *comparison, rules *gate.Rules) error {
	trusted := map[string]bool{}
	for _, source := range rules.Spec(c.Environment).Evidence {
		trusted[source.Environment] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c.fact.Data.Decision.Evidence)) {
		e := c.fact.Data.Decision.Evidence[name]
		if !trusted[name] {
			c.note("how the release was in %s is taken from the record: the agent had it from its own cluster", name)
			continue
		}
		if err := r.heard(ctx, c, name, e); err != nil {
			return err
		}
	}
	return nil
}

// heard compares what was believed of one environment with its records.
func (r *replayer) heard(ctx context.Context, c *comparison, name string, e policies.Evidence) error {
	what := "evidence of " + name
	s, err := r.other(ctx, name)
	if err != nil || s.Status != Verified {
		if err == nil {
			err = fmt.Errorf("its records are not to be relied on: %s", s.Problem)
		}
		c.note("the evidence of %s is taken from the record and is not held against the records of %s: %v", name, name, err)
		return ctx.Err()
	}
	if !e.Healthy || e.HealthySince == nil {
		c.note("the evidence of %s, that the release is not healthy, is taken from the record", name)
		return nil
	}
	first, found, err := r.healthyBefore(ctx, s, c.fact, *e.HealthySince)
	switch {
	case err != nil:
		c.cannot(what, err)
	case !found:
		c.differs(what, "healthy since "+stamp(*e.HealthySince), "", fmt.Sprintf("no fact of %s says that it was healthy by then", name))
	default:
		c.Checks = append(c.Checks, Check{What: what, Result: Same, Recorded: fmt.Sprintf("healthy since %s; fact %d of %s says so", stamp(*e.HealthySince), first, name)})
	}
	return ctx.Err()
}

// other is the standing of another environment, verified once.
func (r *replayer) other(ctx context.Context, name string) (*Standing, error) {
	if known := r.others[name]; known != nil {
		return known, nil
	}
	if err := r.auditor.select1(name); err != nil {
		return nil, err
	}
	s, err := r.auditor.stand(ctx, name)
	if err == nil {
		r.others[name] = s
	}
	return s, err
}

// healthyBefore looks for the fact that says that the release was healthy by a time.
func (r *replayer) healthyBefore(ctx context.Context, s *Standing, f records.Fact, by time.Time) (uint64, bool, error) {
	tree, err := r.auditor.verifiedTree(s)
	if err != nil {
		return 0, false, err
	}
	for place, err := range backwards(tree, f.Model, s.ledger.Head().Sequence) {
		if err != nil {
			return 0, false, err
		}
		if place.Kind != records.Healthy || place.Day.After(by) {
			continue
		}
		entry, err := s.ledger.Fact(ctx, r.auditor.clone, place.Sequence)
		if err != nil {
			return 0, false, err
		}
		if !entry.Time.After(by) && entry.Data.Release != nil && f.Data.Release != nil && bare(entry.Data.Release.Digest) == bare(f.Data.Release.Digest) {
			return place.Sequence, true, nil
		}
	}
	return 0, false, nil
}
