package gate

import (
	"maps"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// measured are the results of evaluating a release as Jobs in other environments, by the names of the evaluations: as their
// records say or, where no records are asked for, the status of what the agent serves itself.
func (s *Subject) measured(digest, revision string) map[string]policies.Evaluation {
	all, witnesses := map[string]policies.Evaluation{}, map[string]Witness{}
	if s.Witnesses != nil {
		witnesses = s.Witnesses()
	}
	if s.Elsewhere != nil {
		for environment, status := range s.Elsewhere() {
			if _, testifies := witnesses[environment]; !testifies {
				addNewest(all, s.evaluatedIn(status, digest))
			}
		}
	}
	for _, w := range witnesses {
		if w.Err == nil && w.Ledger != nil {
			addNewest(all, w.Ledger.Evaluations(s.Unit.Name, digest, s.Now, w.Seen))
		}
	}
	maps.DeleteFunc(all, func(_ string, e policies.Evaluation) bool { return e.Revision != revision })
	return all
}

// evaluatedIn are the outcomes that a status has of a release.
func (s *Subject) evaluatedIn(status v1alpha1.ModelDeploymentStatus, digest string) map[string]policies.Evaluation {
	all := map[string]policies.Evaluation{}
	for _, e := range status.Evaluations {
		if e.Digest != digest {
			continue
		}
		made := policies.Evaluation{
			Metrics: map[string]float64{}, Revision: e.Revision, Release: status.Release, Passed: &e.Passed,
			Finished: e.Finished.UTC(), Age: metav1.Duration{Duration: s.Now.Sub(e.Finished.Time)},
		}
		for name, text := range e.Metrics {
			if value, err := strconv.ParseFloat(text, 64); err == nil {
				made.Metrics[name] = value
			}
		}
		all[e.Name] = made
	}
	return all
}

// addNewest adds results, of which the newest of each name counts. What somebody answers for, with a signature or since an
// agent measured it, is not hidden by a newer file that anybody may have put into the change.
func addNewest(all, more map[string]policies.Evaluation) {
	for name, e := range more {
		have, ok := all[name]
		if !ok || answered(e) && !answered(have) || answered(e) == answered(have) && have.Finished.Before(e.Finished) {
			all[name] = e
		}
	}
}

// answered says whether somebody answers for a result.
func answered(e policies.Evaluation) bool { return len(e.Signers) > 0 || e.Passed != nil }
