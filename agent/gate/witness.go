package gate

import (
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

// unheard says why records prove nothing, of those that should.
func unheard(witnesses map[string]Witness) (notes []string) {
	for _, name := range slices.Sorted(maps.Keys(witnesses)) {
		if w := witnesses[name]; w.Err != nil {
			notes = append(notes, fmt.Sprintf("the records of %s are no evidence: %v", name, w.Err))
		}
	}
	return notes
}
