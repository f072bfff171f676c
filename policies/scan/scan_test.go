package scan

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/problem"
)

const image = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"

var now = time.Date(2026, 11, 3, 8, 30, 15, 0, time.UTC)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parsed(t testing.TB, name string) Report {
	t.Helper()
	r, problems := Parse(name, read(t, name))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return r
}

func TestReportsThatScannersWrite(t *testing.T) {
	for name, want := range map[string]Report{
		"trivy.json": {Scanner: "trivy 0.69.1", ImageDigests: []string{image}, Finished: time.Date(2026, 11, 2, 8, 30, 15, 123456789, time.UTC), Findings: []Finding{
			{ID: "CVE-2026-1001", Package: "libssl3", Version: "3.0.2", Fixed: "3.0.3", Severity: Critical},
			{ID: "CVE-2026-1004", Package: "requests", Version: "2.31.0", Fixed: "2.32.0", Severity: High}, // the worse of two
			{ID: "CVE-2026-1002", Package: "libc6", Version: "2.35", Severity: High},
			{ID: "CVE-2025-0003", Package: "bash", Version: "5.1", Severity: Low},
			{ID: "GHSA-abcd-efgh-ijkl", Package: "torch", Version: "2.4.0", Severity: Unknown},
		}},
		"grype.json": {Scanner: "grype 0.104.0", ImageDigests: []string{image}, Finished: time.Date(2026, 11, 2, 8, 30, 15, 500000000, time.UTC), Findings: []Finding{
			{ID: "GHSA-2222-3333-4444", Aliases: []string{"CVE-2026-1004"}, Package: "requests", Version: "2.31.0", Fixed: "2.32.0", Severity: High},
			{ID: "CVE-2025-0003", Package: "bash", Version: "5.1", Severity: Negligible},
		}},
	} {
		if diff := cmp.Diff(want, parsed(t, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCountsAndTheWorst(t *testing.T) {
	r := parsed(t, "trivy.json")
	want := map[Severity]Count{Critical: {1, 1}, High: {2, 1}, Medium: {}, Low: {1, 0}, Negligible: {}, Unknown: {1, 0}}
	if diff := cmp.Diff(want, r.Counts()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"CVE-2026-1001", "CVE-2026-1004"}, r.Worst(2)); diff != "" {
		t.Error(diff)
	}
}

func TestAnImageWithoutFindingsIsAReport(t *testing.T) {
	for _, data := range []string{
		`{"SchemaVersion": 2, "CreatedAt": "2026-11-02T08:30:15Z", "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["a@` + image + `", "b/c@` + image + `"]}}`,
		`{"matches": [], "source": {"type": "image", "target": {"repoDigests": ["a@` + image + `"]}}, "descriptor": {"name": "grype", "timestamp": "2026-11-02T08:30:15Z"}}`,
	} {
		if r, problems := Parse("r.json", []byte(data)); len(problems) > 0 || len(r.Findings) > 0 || len(r.ImageDigests) != 1 {
			t.Errorf("got %+v and %v", r, problems)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	trivy := func(metadata, vulnerability string) string {
		return fmt.Sprintf(`{"SchemaVersion": 2, "CreatedAt": "2026-11-02T08:30:15Z", "ArtifactType": "container_image", "Metadata": {%s}, "Results": [{"Vulnerabilities": [%s]}]}`, metadata, vulnerability)
	}
	good := `"RepoDigests": ["a@` + image + `"]`
	for _, test := range []struct{ data, field, rule, message, mend string }{
		{`{}`, "", "UnknownFormat", "the file is neither a report of Trivy nor one of Grype", "write it with trivy image --format json, or grype -o json"},
		{`{"SchemaVersion": 2, "matches": []}`, "", "UnknownFormat", "the file is neither a report of Trivy nor one of Grype", "write it with trivy image --format json, or grype -o json"},
		{`{"version": "2.1.0", "runs": []}`, "", "UnknownFormat", "SARIF says neither which image digest was scanned nor when",
			"write the report as JSON: trivy image --format json, or grype -o json"},
		{`{"SchemaVersion": 3}`, "SchemaVersion", "UnknownFormat", "found version 3 of the report's schema; expected 2", "scan with a version of Trivy that writes 2"},
		{`{"SchemaVersion": 2, "ArtifactType": "filesystem"}`, "ArtifactType", "NotAnImage", `found "filesystem"; expected container_image`, "scan the image: trivy image"},
		{`{"SchemaVersion": 2, "ArtifactType": "container_image", "Metadata": {` + good + `}}`, "", "NoDate", "the report does not say when the image was scanned", "scan with a newer version of the tool"},
		{trivy(``, ``), "", "NoDigest", "the report does not say which image digest was scanned", "scan the image by its digest in a registry, as IMAGE@sha256:…"},
		{trivy(`"RepoDigests": ["a:latest"]`, ``), "Metadata.RepoDigests", "InvalidValue", `found "a:latest"; expected a reference that ends in @sha256: and 64 hex digits`, "scan the image by its digest"},
		{trivy(good, `{"VulnerabilityID": "CVE-1", "PkgName": "a", "Severity": "AWFUL"}`), "Results[0].Vulnerabilities[0]", "UnknownSeverity",
			`found the severity "AWFUL" of "CVE-1"; expected one of critical, high, medium, low, negligible, unknown`, "scan with a version of the tool that can be read here"},
		{trivy(good, `{"VulnerabilityID": "CVE-1", "PkgName": "a", "severity": "LOW"}`), "Results[0].Vulnerabilities[0]", "UnknownSeverity",
			`found the severity "" of "CVE-1"; expected one of critical, high, medium, low, negligible, unknown`, "scan with a version of the tool that can be read here"},
		{trivy(good, `{"VulnerabilityID": "CVE-1", "Severity": "LOW"}`), "Results[0].Vulnerabilities[0]", "MissingField", "a finding lacks the vulnerability or the package", "scan anew"},
		{trivy(good, `{"VulnerabilityID": "CVE 1\n", "PkgName": "a", "Severity": "LOW"}`), "Results[0].Vulnerabilities[0]", "InvalidValue",
			`found the vulnerability "CVE 1\n"; expected a name such as CVE-2026-1234`, "scan anew"},
		{trivy(good, `{"VulnerabilityID": "CVE-1", "PkgName": "a", "Severity": "LOW", "Severity": "HIGH"}`), "Results[0].Vulnerabilities[0].Severity", "DuplicateKey",
			"the field is here a second time", "keep one of them"},
		{strings.Replace(trivy(good, ``), "2026-11-02T", "yesterday ", 1), "CreatedAt", "InvalidValue", `"yesterday 08:30:15Z" is not a time of RFC 3339`, "scan anew"},
		{`{"matches": [], "descriptor": {"name": "other"}}`, "descriptor.name", "UnknownFormat", `found "other"; expected grype`, "write it with grype -o json"},
		{`{"matches": [], "descriptor": {"name": "grype"}, "source": {"type": "directory", "target": "/src"}}`, "source.type", "NotAnImage", `found "directory"; expected image`, "scan the image"},
		{`{"matches": [], "descriptor": {"name": "grype"}, "source": {"type": "image", "target": "x"}}`, "source.target", "WrongType", "what was scanned is not described as an image is", "scan anew"},
		{`{"matches": [], "descriptor": {"name": "grype"}, "source": {"type": "image"}}`, "source.target", "WrongType", "what was scanned is not described as an image is", "scan anew"},
	} {
		want := problem.List{{File: "r.json", Field: test.field, Rule: test.rule, Message: test.message, Mend: test.mend}}
		r, got := Parse("r.json", []byte(test.data))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", test.data, diff)
		}
		if r.ImageDigests != nil {
			t.Errorf("%s: got a report beside the problem", test.data)
		}
	}
}

func TestReportsThatAreTooLargeAreRefused(t *testing.T) {
	if _, problems := Parse("r.json", make([]byte, MaxBytes+1)); len(problems) != 1 || problems[0].Rule != problem.TooLarge {
		t.Errorf("got %v", problems)
	}
	if _, problems := Parse("r.json", large(MaxFindings+30)); len(problems) != 20 || problems[0].Rule != problem.TooLarge {
		t.Errorf("got %v", problems)
	}
	if r, problems := Parse("r.json", large(MaxFindings)); len(problems) > 0 || len(r.Findings) != MaxFindings {
		t.Errorf("got %d findings and %v", len(r.Findings), problems)
	}
}

// large is a report of Trivy with n findings.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"SchemaVersion": 2, "CreatedAt": "2026-11-02T08:30:15Z", "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["a@` + image + `"]}, "Results": [{"Vulnerabilities": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"VulnerabilityID": "CVE-2026-%d", "PkgName": "package-%d", "InstalledVersion": "1.%d", "FixedVersion": "2", "Severity": "%s", "Title": "%060d"}`,
			i, i%500, i, []string{"LOW", "MEDIUM", "HIGH", "CRITICAL"}[i%4], i)
	}
	return []byte(b.String() + `]}]}`)
}

func TestReportsWithinTheirTerms(t *testing.T) {
	const other = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	trivy, grype := parsed(t, "trivy.json"), parsed(t, "grype.json")
	tomorrow, yesterday := now.Add(24*time.Hour), now.Add(-24*time.Hour)
	none := map[Severity]int{Critical: 0, High: 0}
	for name, test := range map[string]struct {
		report Report
		terms  Terms
		want   []Reason
	}{
		"another image, and nothing else is said": {trivy, Terms{Digest: other, Budget: none, MaxAge: time.Minute}, []Reason{{Rule: "OtherImage",
			Message: "the report is of the image " + image + ", and what would be deployed is " + other}}},
		"no digest is no image": {trivy, Terms{}, []Reason{{Rule: "OtherImage", Message: "the report is of the image " + image + ", and what would be deployed is "}}},
		"no budget":             {trivy, Terms{Digest: image}, nil},
		"within the budget":     {trivy, Terms{Digest: image, Budget: map[Severity]int{Critical: 1, High: 2, Unknown: 1}, MaxAge: 24 * time.Hour}, nil},
		"over the budget of two severities": {trivy, Terms{Digest: image, Budget: none}, []Reason{
			{Rule: "OverBudget", Severity: Critical, Message: "found 1 critical vulnerabilities; expected 0 at most: CVE-2026-1001"},
			{Rule: "OverBudget", Severity: High, Message: "found 2 high vulnerabilities; expected 0 at most: CVE-2026-1004, CVE-2026-1002"}}},
		"only what has a fix": {trivy, Terms{Digest: image, Budget: none, FixableOnly: true, Waivers: []Waiver{{"CVE-2026-1001", tomorrow}}}, []Reason{
			{Rule: "OverBudget", Severity: High, Message: "found 1 high vulnerabilities with a fix; expected 0 at most: CVE-2026-1004"}}},
		"unknown is a severity": {trivy, Terms{Digest: image, Budget: map[Severity]int{Unknown: 0}}, []Reason{
			{Rule: "OverBudget", Severity: Unknown, Message: "found 1 unknown vulnerabilities; expected 0 at most: GHSA-abcd-efgh-ijkl"}}},
		"waived":             {trivy, Terms{Digest: image, Budget: map[Severity]int{Critical: 0}, Waivers: []Waiver{{"CVE-2026-1001", tomorrow}}}, nil},
		"waived by an alias": {grype, Terms{Digest: image, Budget: none, Waivers: []Waiver{{"CVE-2026-1004", tomorrow}}}, nil},
		"a waiver that ended": {trivy, Terms{Digest: image, Budget: map[Severity]int{Critical: 0}, Waivers: []Waiver{{"CVE-2026-1001", yesterday}}}, []Reason{
			{Rule: "OverBudget", Severity: Critical, Message: "found 1 critical vulnerabilities; expected 0 at most: CVE-2026-1001; the waiver of CVE-2026-1001 ended at 2026-11-02T08:30:15Z"}}},
		"a waiver that ends now": {trivy, Terms{Digest: image, Budget: map[Severity]int{Critical: 0}, Waivers: []Waiver{{"CVE-2026-1001", now}}}, []Reason{
			{Rule: "OverBudget", Severity: Critical, Message: "found 1 critical vulnerabilities; expected 0 at most: CVE-2026-1001; the waiver of CVE-2026-1001 ended at 2026-11-03T08:30:15Z"}}},
		"a waiver without an end": {trivy, Terms{Digest: image, Budget: map[Severity]int{Critical: 0}, Waivers: []Waiver{{ID: "CVE-2026-1001"}}}, []Reason{
			{Rule: "OverBudget", Severity: Critical, Message: "found 1 critical vulnerabilities; expected 0 at most: CVE-2026-1001"}}},
		"too old": {trivy, Terms{Digest: image, MaxAge: 23 * time.Hour}, []Reason{
			{Rule: "ScanTooOld", Message: "the image was scanned at 2026-11-02T08:30:15Z, 24h0m0s ago; expected 23h0m0s at most"}}},
	} {
		if diff := cmp.Diff(test.want, test.report.Within(test.terms, now)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	early := []Reason{{Rule: "ScanNotYet", Message: "the report is dated 2026-11-02T08:30:15Z, which is not yet"}}
	if diff := cmp.Diff(early, trivy.Within(Terms{Digest: image, MaxAge: time.Hour}, now.Add(-25*time.Hour))); diff != "" {
		t.Error(diff)
	}
}

func TestLongListsAreCut(t *testing.T) {
	r, _ := Parse("r.json", large(100))
	reasons := r.Within(Terms{Digest: image, Budget: map[Severity]int{Critical: 3}}, now)
	want := "found 25 critical vulnerabilities; expected 3 at most: CVE-2026-11, CVE-2026-15, CVE-2026-19, CVE-2026-23, CVE-2026-27 and 20 more"
	if len(reasons) != 1 || reasons[0].Message != want {
		t.Errorf("got %+v", reasons)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"trivy.json", "grype.json"} {
		f.Add(read(f, name))
	}
	f.Add(large(3))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, problems := Parse("r.json", data)
		if (len(r.ImageDigests) == 0) != (len(problems) > 0) {
			t.Fatalf("got %+v and %v", r, problems)
		}
		for _, p := range problems {
			if p.File == "" || p.Rule == "" || p.Message == "" || p.Mend == "" || len(p.Message) > 1000 {
				t.Fatalf("a poor problem: %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		budget, total := map[Severity]int{}, 0
		for severity, count := range r.Counts() {
			budget[severity] = count.All
			total += count.All
		}
		if total != len(r.Findings) {
			t.Fatalf("counted %d of %d", total, len(r.Findings))
		}
		if reasons := r.Within(Terms{Digest: r.ImageDigests[0], Budget: budget}, r.Finished); len(reasons) > 0 {
			t.Fatalf("not within its own counts: %v", reasons)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	data := large(20_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		Parse("r.json", data)
	}
}

func BenchmarkWithin(b *testing.B) {
	r, _ := Parse("r.json", large(20_000))
	terms := Terms{Digest: image, Budget: map[Severity]int{Critical: 0, High: 10}, Waivers: []Waiver{{"CVE-2026-3", now.Add(time.Hour)}}}
	b.ReportAllocs()
	for b.Loop() {
		r.Within(terms, now)
	}
}
