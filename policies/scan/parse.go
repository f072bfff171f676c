package scan

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/evaluation/jsonfile"
)

// What one report may hold.
const (
	// MaxBytes is the size of a file. Reports of large images have some megabytes.
	MaxBytes = 16 << 20
	// MaxFindings is how many findings it may list.
	MaxFindings = 50_000
	// MaxDigests is how many digests it may name.
	MaxDigests = 100
)

// The rules that a file can break, beside those of packages problem and jsonfile.
const (
	// UnknownFormat: the file is not a report that can be read.
	UnknownFormat = "UnknownFormat"
	// NotAnImage: what was scanned is not a container image.
	NotAnImage = "NotAnImage"
	// NoDigest: the report does not say which image was scanned.
	NoDigest = "NoDigest"
	// NoDate: the report does not say when the image was scanned.
	NoDate = "NoDate"
	// UnknownSeverity: a finding has a severity that nobody could set a budget for.
	UnknownSeverity = "UnknownSeverity"
)

// file has the fields of every format, so that a large file is read once.
type file struct {
	trivy
	grype
	Runs json.RawMessage `json:"runs"` // SARIF
}

// Parse reads a report, whose name is for the problems. The report is the zero value when there are any.
func Parse(name string, data []byte) (Report, problem.List) {
	var f file
	if problems := jsonfile.Read(name, data, MaxBytes, &f); len(problems) > 0 {
		return Report{}, problems
	}
	p := &parser{file: name, seen: map[[3]string]int{}}
	switch {
	case f.Runs != nil:
		p.report("", UnknownFormat, "write the report as JSON: trivy image --format json, or grype -o json",
			"SARIF says neither which image digest was scanned nor when")
	case f.SchemaVersion != nil && f.Matches == nil:
		p.trivy(f.trivy)
	case f.Matches != nil && f.SchemaVersion == nil:
		p.grype(f.grype)
	default:
		p.report("", UnknownFormat, "write it with trivy image --format json, or grype -o json", "the file is neither a report of Trivy nor one of Grype")
	}
	return p.finish()
}

type parser struct {
	file     string
	out      Report
	seen     map[[3]string]int // where a finding is in the report
	problems problem.List
}

func (p *parser) finish() (Report, problem.List) {
	if len(p.problems) == 0 && len(p.out.ImageDigests) == 0 {
		p.report("", NoDigest, "scan the image by its digest in a registry, as IMAGE@sha256:…", "the report does not say which image digest was scanned")
	}
	if len(p.problems) == 0 && p.out.Finished.IsZero() {
		p.report("", NoDate, "scan with a newer version of the tool", "the report does not say when the image was scanned")
	}
	if len(p.problems) > 0 {
		return Report{}, p.problems
	}
	slices.Sort(p.out.ImageDigests)
	p.out.ImageDigests = slices.Compact(p.out.ImageDigests)
	slices.SortFunc(p.out.Findings, order)
	return p.out, nil
}

// report adds a problem, unless there are too many already.
func (p *parser) report(field, rule, mend, format string, args ...any) {
	if len(p.problems) < 20 {
		p.problems = append(p.problems, problem.Problem{File: p.file, Field: field, Rule: rule, Message: fmt.Sprintf(format, args...), Mend: mend})
	}
}

var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// id is the name of a vulnerability: CVE-2026-1234, GHSA-xxxx-xxxx-xxxx, openSUSE-SU-2026:1234-1, TEMP-0290435-0B57B5.
var id = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$`)

// digests takes the digests of references such as registry/repository@sha256:….
func (p *parser) digests(field string, references []string) {
	if len(references) > MaxDigests {
		p.report(field, problem.TooLarge, "scan one image", "the report names %d digests; expected %d at most", len(references), MaxDigests)
		return
	}
	for _, reference := range references {
		d := reference[strings.LastIndex(reference, "@")+1:]
		if !digest.MatchString(d) {
			p.report(field, problem.InvalidValue, "scan the image by its digest", "found %q; expected a reference that ends in @sha256: and 64 hex digits", short(reference))
			continue
		}
		p.out.ImageDigests = append(p.out.ImageDigests, d)
	}
}

// finished takes the time of the scan.
func (p *parser) finished(field, text string) {
	if text == "" {
		return
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		p.report(field, problem.InvalidValue, "scan anew", "%q is not a time of RFC 3339", short(text))
		return
	}
	p.out.Finished = t
}

// add takes a finding. One that is there already, found in another file, may know of a fix or be worse.
func (p *parser) add(field string, f Finding, severity string) {
	f.Severity = Severity(strings.ToLower(severity))
	switch {
	case rank(f.Severity) < 0:
		p.report(field, UnknownSeverity, "scan with a version of the tool that can be read here", "found the severity %q of %q; expected one of critical, high, medium, low, negligible, unknown",
			short(severity), short(f.ID))
		return
	case f.ID == "" || f.Package == "":
		p.report(field, problem.MissingField, "scan anew", "a finding lacks the vulnerability or the package")
		return
	case !id.MatchString(f.ID):
		p.report(field, problem.InvalidValue, "scan anew", "found the vulnerability %q; expected a name such as CVE-2026-1234", short(f.ID))
		return
	}
	key := [3]string{f.ID, f.Package, f.Version}
	if at, twice := p.seen[key]; twice {
		p.merge(&p.out.Findings[at], f)
		return
	}
	if len(p.out.Findings) >= MaxFindings {
		p.report(field, problem.TooLarge, "use a smaller image", "the report has more than %d findings", MaxFindings)
		return
	}
	p.seen[key] = len(p.out.Findings)
	p.out.Findings = append(p.out.Findings, f)
}

// merge keeps the worse severity, and the fix if either has one.
func (p *parser) merge(into *Finding, f Finding) {
	if rank(f.Severity) < rank(into.Severity) {
		into.Severity = f.Severity
	}
	if into.Fixed == "" {
		into.Fixed = f.Fixed
	}
}

// short cuts what a stranger wrote to a length that a report can hold.
func short(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}
