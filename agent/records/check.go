package records

import (
	"fmt"
	"regexp"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
)

var (
	idForm     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// check says what is wrong with a fact beside its size and its text.
func (f Fact) check() problem.List {
	var problems problem.List
	report := func(field, format string, args ...any) {
		problems = append(problems, problem.Problem{Field: field, Rule: problem.InvalidValue, Message: fmt.Sprintf(format, args...)})
	}
	if !idForm.MatchString(f.ID) {
		report("id", "found %.40q; expected 32 hex digits", f.ID)
	}
	if !isKind(f.Kind) {
		report("type", "%.40q is no kind of fact", string(f.Kind))
	}
	if !dnsLabel.MatchString(f.Environment) {
		report("source", "%.80q is no name of an environment", f.Environment)
	}
	if f.Model != "" && !dnsLabel.MatchString(f.Model) {
		report("subject", "%.80q is no name of a model", f.Model)
	}
	if year := f.Time.UTC().Year(); !f.Time.Equal(wholeTime(f.Time)) || f.Time.Location() != time.UTC || year < 2000 || year > 9999 {
		report("time", "found %s; expected whole milliseconds in UTC since the year 2000", f.Time)
	}
	if f.Sequence < 1 || f.Sequence > largestSequence {
		report("sequence", "found %d; expected 1 to %d", f.Sequence, largestSequence)
	}
	if first := f.Sequence == 1; first && f.Previous != "" || !first && !digestForm.MatchString(f.Previous) {
		report("previous", "found %.80q; expected a digest, and none for the first fact", f.Previous)
	}
	for i, d := range f.Data.Drift {
		if d.ofSecret() && d.Wanted+d.Found != "" {
			report(fmt.Sprintf("data.drift[%d]", i), "it tells what is in a Secret")
		}
	}
	return problems
}
