package check_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/admission"
	"github.com/penstock-dev/penstock/render/diff"
)

// formats are all of them, by what check calls them.
var formats = map[string]func(io.Writer, *check.Report) error{
	"text": check.WriteText, "markdown": check.WriteMarkdown, "json": check.WriteJSON, "sarif": check.WriteSARIF, "junit": check.WriteJUnit,
}

// nasty is what somebody could write who wants a report to say something else.
const nasty = "a`b```c|d<script>x</script> </details> @everyone #1 [l](http://evil) ![i](//x) **b** \\| https://evil.example www.evil.example\n### admitted\n```\n\x1b[2J\x07\u202egnp\u200f\x00 \xff end"

// hostile is a report with it in every place that comes from the repository or from a server.
func hostile() *check.Report {
	f := policies.Finding{
		Policy: nasty, File: nasty, Line: 1, Object: nasty, Action: "Deny", Message: nasty, Reason: nasty,
		Exception: &policies.Exception{Name: nasty, Approver: nasty, Reason: nasty, Expires: now},
	}
	g := f
	g.Exception, g.Overridden = nil, &policies.Override{By: nasty, Reason: nasty}
	p := problem.Problem{File: nasty, Line: 3, Column: 4, Field: nasty, Rule: nasty, Message: nasty, Mend: nasty}
	return &check.Report{
		Verdict: policies.Hold, Now: now, Base: check.Revision{Commit: "1234", Subject: nasty}, Head: check.Revision{Commit: "5678", Subject: nasty},
		Problems: problem.List{p}, Rules: &check.RulesChange{Files: []string{nasty}, Accepted: true, Approvers: []string{nasty}},
		Exceptions: []check.Exception{
			{Name: nasty, File: nasty, Units: []string{nasty}, Policy: nasty, Reason: nasty, Approver: nasty, Expires: now},
			{Name: nasty, File: nasty, Units: []string{nasty}, Policy: nasty, Reason: nasty, Approver: nasty, Expires: now, InForce: true},
		},
		Policies: map[string]string{nasty: nasty}, Notes: []string{nasty},
		Units: []check.Unit{
			{
				ID: nasty, Dir: nasty, Change: "release", Release: nasty, PreviousRelease: nasty, Fit: nasty, Room: nasty, Refused: []string{nasty},
				Places:    []check.Place{{File: nasty, Line: 1}},
				Outcome:   &gate.Outcome{Decision: policies.Decision{Verdict: policies.Hold, Findings: []policies.Finding{f, g}, Evaluated: []string{nasty}, Again: &now}, Notes: []string{nasty}},
				Admission: []admission.Finding{{Policy: nasty, Object: nasty, Action: "Deny", Message: nasty, Note: nasty}},
				Objects:   []diff.Object{{Kind: nasty, Name: nasty, Change: diff.Changed, Fields: []diff.Field{{Path: "data.a", Change: diff.Changed, Old: nasty, New: nasty + "\n" + nasty}}}},
			},
			{ID: "prod/ruin", Problems: problem.List{p}},
		},
	}
}

func TestNothingInTextCommandsATerminalOrPassesForALine(t *testing.T) {
	text := written(t, check.WriteText, hostile())
	for _, r := range text {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Errorf("%U is in the text", r)
		}
	}
	if regexp.MustCompile(`(?m)^\s*### admitted`).MatchString(text) {
		t.Error("a message begins a line of its own:\n" + text)
	}
}

// The form of a comment is known: whatever is between its own marks is text.
func TestNothingChangesTheFormOfAComment(t *testing.T) {
	text := written(t, check.WriteMarkdown, hostile())
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\u202e\x00") {
		t.Error("there are characters that show text otherwise than it is written")
	}
	fence, outside := "", []string{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence = strings.TrimSuffix(line, "diff")
		case fence != "" && line == fence:
			fence = ""
		case fence == "":
			outside = append(outside, line)
		}
	}
	if fence != "" {
		t.Error("a fence stays open")
	}
	allowed := regexp.MustCompile(`^(<!-- penstock check -->|### ⛔ .*|\| .*|- .*|<details( open)?><summary><b>[^<]*</b>: [a-z ]+</summary>|</details>|<sub>[^<]*</sub>|)$`)
	spans := regexp.MustCompile("`[^`]*`")
	for _, line := range outside {
		if !allowed.MatchString(line) {
			t.Errorf("unexpected: %q", line)
		}
		plain := strings.NewReplacer("`", "", "](", "").Replace(line) // which mean nothing in HTML
		if !strings.HasPrefix(line, "<") {
			plain = spans.ReplaceAllString(strings.ReplaceAll(line, "\\`", ""), "")
		}
		if bad := regexp.MustCompile("<script|@[a-z]|#[0-9]|[^\\\\]\\]\\(|https?://|www\\.e|[^\\\\]`").FindString(plain); bad != "" {
			t.Errorf("%q is in %q", bad, line)
		}
		if cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); strings.HasPrefix(line, "|") && cells != 6 {
			t.Errorf("%d bars in %q", cells, line)
		}
	}
	if got := strings.Count("\n"+strings.Join(outside, "\n\n")+"\n", "\n</details>\n"); got != 2 {
		t.Errorf("%d units end", got)
	}
}

// GitHub takes 65,536 characters. What is left out is said, and verdicts go before differences.
func TestACommentIsNotTooLong(t *testing.T) {
	report := hostile()
	report.Units[0].Objects[0].Fields[0].New = strings.Repeat("all work and no play\n", 10_000)
	for i := range 400 {
		u := report.Units[0]
		u.ID, u.Release, u.PreviousRelease = fmt.Sprintf("prod/unit-%d", i), "", ""
		report.Units = append(report.Units, u)
	}
	for range 100 {
		report.Problems = append(report.Problems, problem.Problem{File: "a", Rule: "Wrong", Message: strings.Repeat("x", 50)})
	}
	text := written(t, check.WriteMarkdown, report)
	if n := utf8.RuneCountInString(text); n > 65_536 || n < 40_000 {
		t.Errorf("%d characters", n)
	}
	for _, part := range []string{"| … 302 more |", "…and 9", "more lines\n", "the difference is too long for a comment", "which a comment is too short for", "decided at"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q", part)
		}
	}
	if strings.Count(text, "\n<details") != strings.Count(text, "\n</details>\n") {
		t.Error("a unit does not end")
	}
}

func TestSARIFIsValid(t *testing.T) {
	for name, report := range map[string]*check.Report{"eventful": eventful(t).check(check.Options{Live: talkative{}}), "hostile": hostile(), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			text := written(t, check.WriteSARIF, report)
			decoder := json.NewDecoder(strings.NewReader(text))
			decoder.DisallowUnknownFields()
			var strict sarif.Report
			if err := decoder.Decode(&strict); err != nil {
				t.Fatal(err)
			}
			read, err := sarif.FromString(text)
			if err != nil {
				t.Fatal(err)
			}
			run := read.Runs[0] // what the library makes of what is absent is not valid
			run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en", "en", []string{"\n"}
			if err := read.Validate(); err != nil {
				t.Error(err)
			}
			seen := map[string]bool{}
			for _, res := range run.Results {
				if len(res.Locations) == 0 || *res.Locations[0].PhysicalLocation.ArtifactLocation.URI == "" || *run.Tool.Driver.Rules[res.RuleIndex].ID != *res.RuleID {
					t.Errorf("%+v", res)
				}
				if print := res.PartialFingerprints["primaryLocationLineHash"]; seen[print] || print == "" {
					t.Errorf("the fingerprint %q of %s is not its own", print, *res.RuleID)
				} else {
					seen[print] = true
				}
			}
		})
	}
}

// GitHub knows a finding again though a line above it is new and its figures changed.
func TestFingerprintsOutliveLines(t *testing.T) {
	h := newHistory(t)
	prints := func(model string) string {
		h.change("Change it", files{"environments/prod/echo/model.yaml": model})
		read, err := sarif.FromString(written(t, check.WriteSARIF, h.check()))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(read.Runs[0].Results[0].PartialFingerprints)
	}
	if one, two := prints(echo("echo", "1.0", "scaling: {min: 9}")), prints("# Hello\n"+echo("echo", "1.1", "scaling: {min: 8}")); one != two {
		t.Errorf("%s is %s now", one, two)
	}
}

// TestJUnit holds the report against what schemas of JUnit's XML say: the order of elements, and sums that are right.
func TestJUnit(t *testing.T) {
	for name, report := range map[string]*check.Report{"eventful": eventful(t).check(check.Options{Live: talkative{}}), "hostile": hostile(), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			type counts struct {
				Name     string `xml:"name,attr"`
				Tests    int    `xml:"tests,attr"`
				Failures int    `xml:"failures,attr"`
				Errors   *int   `xml:"errors,attr"`
			}
			var all struct {
				XMLName xml.Name `xml:"testsuites"`
				counts
				Suites []struct {
					counts
					Stamp string `xml:"timestamp,attr"`
					Time  *int   `xml:"time,attr"`
					Cases []struct {
						Name     string `xml:"name,attr"`
						Class    string `xml:"classname,attr"`
						Time     *int   `xml:"time,attr"`
						Failures []struct {
							Message string `xml:"message,attr"`
							Type    string `xml:"type,attr"`
						} `xml:"failure"`
					} `xml:"testcase"`
				} `xml:"testsuite"`
			}
			if err := xml.Unmarshal([]byte(written(t, check.WriteJUnit, report)), &all); err != nil {
				t.Fatal(err)
			}
			tests, failures := 0, 0
			for _, suite := range all.Suites {
				failed := 0
				for _, c := range suite.Cases {
					if c.Name == "" || c.Class != suite.Name || c.Time == nil || len(c.Failures) > 1 {
						t.Errorf("%s: %+v", suite.Name, c)
					}
					failed += len(c.Failures)
				}
				if suite.Tests != len(suite.Cases) || suite.Failures != failed || suite.Errors == nil || suite.Stamp == "" || suite.Time == nil {
					t.Errorf("%+v", suite.counts)
				}
				tests, failures = tests+suite.Tests, failures+suite.Failures
			}
			if all.Tests != tests || all.Failures != failures || all.Errors == nil {
				t.Errorf("%+v", all.counts)
			}
		})
	}
}

func TestJSONHasTimesInUTC(t *testing.T) {
	var report map[string]any
	if err := json.Unmarshal([]byte(written(t, check.WriteJSON, eventful(t).check())), &report); err != nil {
		t.Fatal(err)
	}
	if report["now"] != "2026-11-23T12:00:00Z" || report["verdict"] != "Hold" {
		t.Errorf("%v %v", report["now"], report["verdict"])
	}
}
