package policies

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func suiteOf(t *testing.T, text string) (*Suite, *Policy) {
	t.Helper()
	suites, problems := LoadSuites(fstest.MapFS{"p/x_test.yaml": {Data: []byte(text)}}, "p")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return suites[0], good(t)[1].Policy
}

func TestASuiteThatHoldsCoversItsRules(t *testing.T) {
	suites, problems := LoadSuites(os.DirFS("testdata"), "good")
	if len(problems) > 0 || len(suites) != 1 {
		t.Fatal(suites, problems)
	}
	failures, coverage, err := RunSuite(t.Context(), suites[0], good(t)[1].Policy)
	if err != nil || len(failures) > 0 || !coverage.Complete() {
		t.Errorf("%v, %+v, %v", failures, coverage, err)
	}
}

const suiteHead = "apiVersion: penstock.dev/v1alpha1\nkind: PolicyTest\nspec:\n  policy: min-replicas\n  input: {environment: {name: prod}, descriptor: {spec: {scaling: {min: 1}}}}\n  cases:\n"

func TestACaseThatDoesNotHoldIsTold(t *testing.T) {
	for cases, want := range map[string]string{
		"  - {name: c, verdict: Admit}":                                                                `p/x_test.yaml:7 expected Admit, got Hold ["there are 1 replicas, expected at least 2"]`,
		"  - {name: c, verdict: Hold, again: 2026-12-01T00:00:00Z}":                                    "p/x_test.yaml:7 expected to look at it again: 2026-12-01T00:00:00Z, got never",
		"  - {name: c, verdict: Hold, messages: [other]}":                                              `p/x_test.yaml:7 expected the messages ["other"], got ["there are 1 replicas, expected at least 2"]`,
		"  - {name: c, verdict: Hold, params: {leest: 1}}":                                             `p/x_test.yaml:7 the policy min-replicas has no parameter leest; it has ["exempt" "least"]`,
		"  - {name: c, verdict: Hold, params: {least: two}}":                                           "p/x_test.yaml:7 the parameter least of the policy min-replicas is like 2, found two",
		"  - {name: c, verdict: Hold, input: {enviroment: {name: dev}}}":                               `p/x_test.yaml:7 its input cannot be read: json: unknown field "enviroment"`,
		"  - {name: c, verdict: Hold, input: {now: yesterday}}":                                        "p/x_test.yaml:7 its input cannot be read: parsing time",
		"  - {name: c, verdict: Admit, input: {unit: {name: sandbox}}}\n  - {name: d, verdict: Admit}": `p/x_test.yaml:8 expected Admit`,
	} {
		suite, policy := suiteOf(t, suiteHead+cases+"\n")
		failures, coverage, err := RunSuite(t.Context(), suite, policy)
		if err != nil || len(failures) != 1 {
			t.Errorf("%s: %v, %v", cases, failures, err)
			continue
		}
		f := failures[0]
		if got := f.File + ":" + string(rune('0'+f.Line)) + " " + f.Message; !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", cases, got, want)
		}
		if coverage.Complete() {
			t.Errorf("%s: a rule that was never seen to hold is covered: %+v", cases, coverage)
		}
	}
}

func TestSuitesAreReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		"kind: PolicyTest": "expected a PolicyTest",
		"apiVersion: penstock.dev/v1alpha1\nkind: PolicyTest\nspec: {policy: p}":                                    "there is nothing to test",
		"apiVersion: penstock.dev/v1alpha1\nkind: PolicyTest\nspec: {policy: p, cases: [{name: c, verdikt: Hold}]}": `unknown field "verdikt"`,
		"apiVersion: penstock.dev/v1alpha1\nkind: PolicyTest\nspec: {policy: p, cases: [{name: c, verdict: 1}]}":    "cannot unmarshal number",
	} {
		_, problems := LoadSuites(fstest.MapFS{"p/x_test.yaml": {Data: []byte(text)}}, "p")
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%s: got %v, want %s", text, problems, want)
		}
	}
}
