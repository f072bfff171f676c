package scan

import (
	"cmp"
	"slices"
	"time"
)

// Severity is how bad a vulnerability is, as the scanner says.
type Severity string

// The severities, the worst first. Trivy has no negligible ones.
const (
	Critical   Severity = "critical"
	High       Severity = "high"
	Medium     Severity = "medium"
	Low        Severity = "low"
	Negligible Severity = "negligible"
	Unknown    Severity = "unknown"
)

// Severities are all of them, the worst first. Unknown is last, though it may be anything.
var Severities = []Severity{Critical, High, Medium, Low, Negligible, Unknown}

// Report is what a scanner found in an image. It is immutable.
type Report struct {
	// Scanner is trivy or grype, and its version where the report says it, such as "grype 0.104.0".
	Scanner string `json:"scanner"`
	// ImageDigests are those by which registries know the image, each sha256: and 64 hex digits, sorted.
	ImageDigests []string `json:"imageDigests"`
	// Finished is when it was scanned.
	Finished time.Time `json:"finished"`
	// Findings are sorted, the worst first.
	Findings []Finding `json:"findings,omitempty"`
}

// Finding is a vulnerability in a version of a package.
type Finding struct {
	// ID is the scanner's name of the vulnerability, such as CVE-2026-1234 or a GHSA.
	ID string `json:"id"`
	// Aliases are other names of the same vulnerability.
	Aliases []string `json:"aliases,omitempty"`
	// Package and Version are what is vulnerable.
	Package string `json:"package"`
	Version string `json:"version"`
	// Fixed is a version without it; "" while there is none.
	Fixed    string   `json:"fixed,omitempty"`
	Severity Severity `json:"severity"`
}

// Count is how many findings there are of a severity, and how many of them have a fix.
type Count struct {
	All     int `json:"all"`
	Fixable int `json:"fixable"`
}

// Counts are the findings by severity; each of Severities is there.
func (r Report) Counts() map[Severity]Count {
	counts := make(map[Severity]Count, len(Severities))
	for _, severity := range Severities {
		counts[severity] = Count{}
	}
	for _, f := range r.Findings {
		c := counts[f.Severity]
		c.All++
		if f.Fixed != "" {
			c.Fixable++
		}
		counts[f.Severity] = c
	}
	return counts
}

// Worst are the names of the worst vulnerabilities, n at most, each once.
func (r Report) Worst(n int) []string { return names(r.Findings, n) }

// names are those of findings, n at most, each once.
func names(findings []Finding, n int) []string {
	var ids []string
	known := map[string]bool{}
	for _, f := range findings {
		if len(ids) >= n {
			break
		}
		if !known[f.ID] {
			known[f.ID] = true
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// order sorts findings, the worst first, and those with a fix before those without.
func order(a, b Finding) int {
	unfixed := func(f Finding) int {
		if f.Fixed == "" {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(unfixed(a), unfixed(b)),
		cmp.Compare(a.ID, b.ID), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version))
}

func rank(s Severity) int { return slices.Index(Severities, s) }
