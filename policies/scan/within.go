package scan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Terms are what a report is asked to meet.
type Terms struct {
	// Digest is that of the image which would be deployed: sha256: and 64 hex digits.
	Digest string
	// Budget is how many findings there may be of a severity. One that is not in it is not limited.
	Budget map[Severity]int
	// FixableOnly counts only what has a fix: nobody can do anything about the rest but choose another image.
	FixableOnly bool
	// Waivers name findings that do not count, for a while.
	Waivers []Waiver
	// MaxAge is how old the scan may be; 0 is any age. New vulnerabilities are found in old images.
	MaxAge time.Duration
}

// Waiver lets a vulnerability be, until it expires.
type Waiver struct {
	// ID is the name of the vulnerability, or an alias.
	ID string
	// Expires is when it ends; a waiver without an end is none.
	Expires time.Time
}

// The rules that a report can break.
const (
	// OtherImage: the report is of another image.
	OtherImage = "OtherImage"
	// ScanTooOld: the image was scanned too long ago.
	ScanTooOld = "ScanTooOld"
	// ScanNotYet: the report is dated later than now.
	ScanNotYet = "ScanNotYet"
	// OverBudget: there are more findings of a severity than allowed.
	OverBudget = "OverBudget"
)

// Reason is why a report does not meet its terms.
type Reason struct {
	// Rule is one of OtherImage, ScanTooOld, ScanNotYet and OverBudget.
	Rule string `json:"rule"`
	// Severity is whose budget was exceeded; "" for other rules.
	Severity Severity `json:"severity,omitempty"`
	// Message is a sentence.
	Message string `json:"message"`
}

// clockSkew is how far the clock of another machine may be ahead.
const clockSkew = 5 * time.Minute

// Within says why the report does not meet its terms now; no reason means that it does. A report of another image
// is refused for that alone, since nothing else in it matters.
func (r Report) Within(terms Terms, now time.Time) []Reason {
	if !slices.Contains(r.ImageDigests, terms.Digest) {
		return []Reason{{Rule: OtherImage, Message: fmt.Sprintf("the report is of the image %s, and what would be deployed is %s",
			some(r.ImageDigests, 3), short(terms.Digest))}}
	}
	var reasons []Reason
	switch age := now.Sub(r.Finished); {
	case age < -clockSkew:
		reasons = append(reasons, Reason{Rule: ScanNotYet, Message: fmt.Sprintf("the report is dated %s, which is not yet", stamp(r.Finished))})
	case terms.MaxAge > 0 && age > terms.MaxAge:
		reasons = append(reasons, Reason{Rule: ScanTooOld, Message: fmt.Sprintf("the image was scanned at %s, %s ago; expected %s at most",
			stamp(r.Finished), age.Round(time.Minute), terms.MaxAge)})
	}
	return append(reasons, r.overBudget(terms, now)...)
}

// overBudget goes through the severities, the worst first.
func (r Report) overBudget(terms Terms, now time.Time) []Reason {
	waived, lapsed := terms.waivers(now)
	counted := map[Severity][]Finding{}
	for _, f := range r.Findings {
		if (!terms.FixableOnly || f.Fixed != "") && !f.in(waived) {
			counted[f.Severity] = append(counted[f.Severity], f)
		}
	}
	var reasons []Reason
	for _, severity := range Severities {
		budget, limited := terms.Budget[severity]
		if found := counted[severity]; limited && len(found) > budget {
			reasons = append(reasons, Reason{Rule: OverBudget, Severity: severity, Message: terms.sentence(severity, found, budget, lapsed)})
		}
	}
	return reasons
}

// waivers are the names that are waived now, and when those that no longer are ended.
func (t Terms) waivers(now time.Time) (waived, lapsed map[string]time.Time) {
	waived, lapsed = map[string]time.Time{}, map[string]time.Time{}
	for _, w := range t.Waivers {
		switch {
		case now.Before(w.Expires):
			waived[w.ID] = w.Expires
		case !w.Expires.IsZero():
			lapsed[w.ID] = w.Expires
		}
	}
	return waived, lapsed
}

// in reports whether a finding goes by one of the names.
func (f Finding) in(names map[string]time.Time) bool {
	_, ok := f.known(names)
	return ok
}

func (f Finding) known(names map[string]time.Time) (time.Time, bool) {
	if t, ok := names[f.ID]; ok {
		return t, true
	}
	for _, alias := range f.Aliases {
		if t, ok := names[alias]; ok {
			return t, true
		}
	}
	return time.Time{}, false
}

func (t Terms) sentence(severity Severity, found []Finding, budget int, lapsed map[string]time.Time) string {
	fixable := ""
	if t.FixableOnly {
		fixable = " with a fix"
	}
	ids := names(found, len(found))
	text := fmt.Sprintf("found %d %s vulnerabilities%s; expected %d at most: %s", len(found), severity, fixable, budget, some(ids, 5))
	for _, f := range found {
		if ended, ok := f.known(lapsed); ok {
			return text + fmt.Sprintf("; the waiver of %s ended at %s", f.ID, stamp(ended))
		}
	}
	return text
}

// some lists the first n, and how many more there are.
func some(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
