package gate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

// Witness is another environment by its records, as far as they were verified.
type Witness struct {
	// Ledger is what its records say; nil when they were never verified.
	Ledger *records.Ledger
	// Seen are the looks at the branch, by the clock of who looks.
	Seen records.Sightings
	// Err is why they prove nothing now; nil when they do.
	Err error
}

// evidence is what the witness proves of a release.
func (w Witness) evidence(model, digest string, now time.Time) (policies.Evidence, bool) {
	if w.Err != nil || w.Ledger == nil {
		return policies.Evidence{}, false
	}
	return w.Ledger.Evidence(model, digest, now, w.Seen)
}

// Witnesses hears those whose records count in an environment, from the tips of their branches in a clone. Each is verified from
// its first commit; who looks at it has never looked before, and so has to believe its times.
func (r *Rules) Witnesses(ctx context.Context, environment string, reader records.Reader, tips map[string]string, now time.Time) map[string]Witness {
	heard := map[string]Witness{}
	if !r.Knows(environment) {
		return heard
	}
	for _, trusted := range r.Spec(environment).Evidence {
		w := Witness{}
		keys, problems := records.NewKeys(trusted.Environment, trusted.Keys)
		if w.Err = problems.Err(); w.Err == nil {
			w.Ledger, w.Err = records.Verify(ctx, reader, tips[trusted.Environment], records.Options{
				Environment: trusted.Environment, Keys: keys, FirstCommit: trusted.FirstCommit, Now: now,
			})
		}
		if tips[trusted.Environment] == "" {
			w.Err = fmt.Errorf("there is no branch %s here; fetch it, or wait until its agent has something to record", records.Branch(trusted.Environment))
		}
		heard[trusted.Environment] = w
	}
	return heard
}

// unheard says why records prove nothing, of those that should.
func unheard(witnesses map[string]Witness) (notes []string) {
	for _, name := range slices.Sorted(maps.Keys(witnesses)) {
		if w := witnesses[name]; w.Err != nil {
			notes = append(notes, fmt.Sprintf("the records of %s are no evidence: %v", name, w.Err))
		}
	}
	return notes
}
