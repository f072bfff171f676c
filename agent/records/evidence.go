package records

import (
	"cmp"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/policies"
)

// Evidence is what the facts prove of a release, by its whole digest; false when it never ran here. It means what
// gate.EvidenceOf means. Times are those that the facts claim, but never before the reader's own look at which a fact was
// not there yet; what is claimed for the future does not help.
//
//   - A release is healthy since the first fact Healthy after it was applied, failed, or was parked.
//   - While its descriptor is refused or its environment suspended nobody looks after it, and it is not healthy now.
//   - Where facts were lost, a failure may be among them: it is not healthy until it is told anew.
//   - A model that was pruned is not healthy; a release that another one replaced was so until then.
func (l *Ledger) Evidence(model, digest string, now time.Time, seen Sightings) (policies.Evidence, bool) {
	u := l.units[model]
	if u == nil || model == "" {
		return policies.Evidence{}, false
	}
	r, ok := u.releases[digest]
	if !ok {
		return policies.Evidence{}, false
	}
	e := policies.Evidence{
		LastDrift: seen.timeOf(r.drifted), LastFailure: seen.timeOf(r.failed), Until: seen.timeOf(r.until),
		HealthySince: seen.timeOf(r.since),
	}
	if e.Until != nil && e.Until.After(now) {
		e.Until = &now
	}
	if e.Healthy = e.HealthySince != nil && (e.Until != nil || u.watched); !e.Healthy {
		e.HealthySince = nil
		return e, true
	}
	end := now
	if e.Until != nil {
		end = *e.Until
	}
	e.HealthyFor = &metav1.Duration{Duration: max(0, end.Sub(*e.HealthySince))}
	return e, true
}

// Former are the digests of the releases that were healthy here before the one that runs, the newest first.
func (l *Ledger) Former(model string) []string {
	u := l.units[model]
	if u == nil {
		return nil
	}
	all := slices.SortedFunc(maps.Values(u.releases), func(a, b release) int { return cmp.Compare(b.order, a.order) })
	var digests []string
	for _, r := range all {
		if r.wasHealthy && r.digest != u.current {
			digests = append(digests, r.digest)
		}
	}
	return digests
}

// evaluated is the result of an evaluation.
type evaluated struct {
	metrics  map[string]float64
	revision string
	passed   bool
	finished time.Time
	sequence uint64
}

// evaluated keeps the newest result of each name, about any release.
func (u *unit) evaluated(f Fact) {
	e := f.Data.Evaluation
	if e == nil || f.Data.Release == nil {
		return
	}
	r := u.releases[f.Data.Release.Digest]
	if r.digest == "" {
		return // it never ran here
	}
	finished := e.Finished.UTC()
	if finished.IsZero() || finished.After(f.Time) {
		finished = f.Time
	}
	r.evaluations = maps.Clone(r.evaluations)
	if r.evaluations == nil {
		r.evaluations = map[string]evaluated{}
	}
	r.evaluations[e.Name] = evaluated{e.Metrics, e.Revision, e.Passed, finished, f.Sequence}
	u.releases[r.digest] = r
}

// Evaluations are the newest results of evaluating a release here, by the names of the evaluations. The agent is their
// signer. An evaluation that failed has the metrics that it has, perhaps none.
func (l *Ledger) Evaluations(model, digest string, now time.Time, seen Sightings) map[string]policies.Evaluation {
	u := l.units[model]
	if u == nil {
		return nil
	}
	r, all := u.releases[digest], map[string]policies.Evaluation{}
	for name, e := range r.evaluations {
		finished := e.finished
		if after := seen.After(e.sequence); finished.Before(after) {
			finished = after
		}
		all[name] = policies.Evaluation{
			Metrics: maps.Clone(e.metrics), Revision: e.revision, Release: r.id, Signers: []string{emailOf(l.opts.Environment)}, Passed: &e.passed,
			Finished: finished, Age: metav1.Duration{Duration: now.Sub(finished)},
		}
	}
	return all
}
