package evaluation

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// The shapes of files.
const (
	// Harness is lm-evaluation-harness.
	Harness = "lm-evaluation-harness"
	// Penstock is our own.
	Penstock = "penstock"
)

// Result is what an evaluation found. It is immutable.
type Result struct {
	// Format is Harness or Penstock.
	Format string `json:"format"`
	// Model is the model as the file names it, which for Harness may be a path; "" when it does not.
	Model string `json:"model,omitempty"`
	// Revision is the exact one that was evaluated: a commit, a digest or a version.
	Revision string `json:"revision"`
	// Metrics by their names; there is at least one.
	Metrics map[string]Metric `json:"metrics"`
	// Finished is when the evaluation ended or, for Harness, began; zero when the file does not say.
	Finished time.Time `json:"finished,omitzero"`
}

// Metric is one number. All numbers are finite.
type Metric struct {
	Value float64 `json:"value"`
	// Stderr is the standard error of Value, not negative; nil when it is not known.
	Stderr *float64 `json:"stderr,omitempty"`
	// Version is that of the task which was measured, with the number of examples in the prompt where the file
	// says it, such as "3.0, 5-shot"; "" when the file has none.
	Version string `json:"version,omitempty"`
	// Samples is how many were evaluated; 0 when that is not known.
	Samples int64 `json:"samples,omitempty"`
	// HigherIsBetter is what the file says; nil when it says nothing.
	HigherIsBetter *bool `json:"higherIsBetter,omitempty"`
}

// Values are the metrics without their details.
func (r Result) Values() map[string]float64 {
	values := make(map[string]float64, len(r.Metrics))
	for name, m := range r.Metrics {
		values[name] = m.Value
	}
	return values
}

// clockSkew is how far the clock of another machine may be ahead.
const clockSkew = 5 * time.Minute

// About says why a result does not count for a model: it is about another one, too old, or from the future.
// Source and revision are the descriptor's. A maxAge of 0 is any age. Without reasons it counts.
func (r Result) About(source, revision string, maxAge time.Duration, now time.Time) []string {
	if r.Revision != revision {
		return []string{fmt.Sprintf("the evaluation is of revision %s, and what would be deployed is %s", short(r.Revision), short(revision))}
	}
	if !isHash(revision) && r.Model != source { // a version such as 2 belongs to many models, a hash to one
		return []string{fmt.Sprintf("the evaluation is of the model %q, and what would be deployed is %q", short(r.Model), short(source))}
	}
	switch age := now.Sub(r.Finished); {
	case r.Finished.IsZero() && maxAge > 0:
		return []string{fmt.Sprintf("the evaluation does not say when it was made; expected %s ago at most", maxAge)}
	case r.Finished.IsZero():
		return nil
	case age < -clockSkew:
		return []string{fmt.Sprintf("the evaluation is dated %s, which is not yet", r.Finished.UTC().Format(time.RFC3339))}
	case maxAge > 0 && age > maxAge:
		return []string{fmt.Sprintf("the evaluation is of %s, %s ago; expected %s at most", r.Finished.UTC().Format(time.RFC3339), age.Round(time.Minute), maxAge)}
	}
	return nil
}

// hash is the name of a commit or the digest of some content, which no other content has.
var hash = regexp.MustCompile(`^([0-9a-f]{40}|(sha256:)?[0-9a-f]{64})$`)

func isHash(revision string) bool { return hash.MatchString(revision) }

// version is a revision that is not a hash; it must have a digit, as names of what moves have not.
var version = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}$`)

// isExact reports whether a revision always means the same.
func isExact(revision string) bool {
	return isHash(revision) || version.MatchString(revision) && strings.ContainsAny(revision, "0123456789")
}

// short cuts what a stranger wrote to a length that a report can hold.
func short(text string) string { return cut(text, 120) }

func cut(text string, length int) string {
	if runes := []rune(text); len(runes) > length {
		return string(runes[:length]) + "…"
	}
	return text
}
