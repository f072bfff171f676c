package policies

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tooFew is an input that min-replicas of testdata/good holds.
func tooFew() *Input {
	input := example()
	input.Descriptor["spec"].(map[string]any)["scaling"] = map[string]any{"min": int64(1)}
	return input
}

func judge(t *testing.T, rules Rules, input *Input) Decision {
	t.Helper()
	d, err := Decide(t.Context(), rules, input)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// policyOf compiles one from the text of its spec.
func policyOf(t testing.TB, spec string) *Policy {
	t.Helper()
	text := "apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata: {name: p}\nspec:\n" + spec
	bundle, problems := Load(fstest.MapFS{"policies/p.yaml": {Data: []byte(text)}}, "policies")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return bundle.Policies()[0]
}

func TestWhatIsExceptedPassesAndIsToldOf(t *testing.T) {
	d := judge(t, Rules{Selected: good(t), Exceptions: []Exception{launch()}}, tooFew())
	if d.Verdict != Warn || len(d.Findings) != 1 || d.Findings[0].Holds() || d.Findings[0].Action != "Deny" {
		t.Fatalf("got %+v", d)
	}
	if e := d.Findings[0].Exception; e == nil || e.Name != "launch" || d.Findings[0].Overridden != nil || len(d.Expired) > 0 {
		t.Errorf("got %+v, expired %v", e, d.Expired)
	}
}

func TestAnExceptionNeverOutlivesItsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		exceptions []time.Duration // from now to their ends
		verdict    Verdict
		expired    string
	}{
		"it ends now":                       {[]time.Duration{0}, Hold, "0"},
		"it ends later":                     {[]time.Duration{time.Second}, Warn, ""},
		"of two, one is in force":           {[]time.Duration{-time.Hour, time.Hour}, Warn, ""},
		"of several, the last one is told":  {[]time.Duration{-3 * time.Hour, -time.Hour, -2 * time.Hour}, Hold, "1"},
		"nothing is told where none was in": {nil, Hold, ""},
	} {
		rules, input := Rules{Selected: good(t)}, tooFew()
		for i, d := range test.exceptions {
			e := launch()
			e.Name, e.Expires = string(rune('0'+i)), input.Now.Add(d)
			rules.Exceptions = append(rules.Exceptions, e)
		}
		d := judge(t, rules, input)
		var expired string
		for _, e := range d.Expired {
			expired += e.Name
		}
		if d.Verdict != test.verdict || expired != test.expired {
			t.Errorf("%s: got %s, expired %q", name, d.Verdict, expired)
		}
	}
	ended := launch()
	ended.Expires = example().Now
	if d := judge(t, Rules{Selected: good(t), Exceptions: []Exception{ended}}, example()); len(d.Expired) > 0 {
		t.Errorf("an exception that nobody needs is told of: %v", d.Expired)
	}
	if d := judge(t, Rules{Selected: good(t), Exceptions: []Exception{ended}, Override: &Override{Policies: []string{"min-replicas"}}}, tooFew()); len(d.Expired) > 0 {
		t.Errorf("an exception that an override stands in for is told of: %v", d.Expired)
	}
}

func TestAnExceptionIsForItsPolicyAndItsUnits(t *testing.T) {
	other, elsewhere := launch(), launch()
	other.Policy, elsewhere.Units = "image-by-digest", []string{"dev/*"}
	if d := judge(t, Rules{Selected: good(t), Exceptions: []Exception{other, elsewhere}}, tooFew()); d.Verdict != Hold || d.Findings[0].Exception != nil {
		t.Errorf("got %+v", d)
	}
}

func TestWhatOnlyWarnsNeedsNoException(t *testing.T) {
	selected := good(t)
	selected[1].Actions = append(selected[1].Actions, "Warn")
	if d := judge(t, Rules{Selected: selected, Exceptions: []Exception{launch()}}, tooFew()); d.Verdict != Warn || d.Findings[0].Exception != nil {
		t.Errorf("got %+v", d)
	}
}

// TestAPolicyThatRefusesExceptionsHasNone, also when whoever loaded them forgot to check.
func TestAPolicyThatRefusesExceptionsHasNone(t *testing.T) {
	rules := Rules{Selected: []Selection{{Policy: policyOf(t, "  exceptions: Refuse\n  validations: [{expression: 'false'}]\n")}}}
	e := launch()
	e.Policy = "p"
	rules.Exceptions = []Exception{e}
	if d := judge(t, rules, example()); d.Verdict != Hold || d.Findings[0].Exception != nil {
		t.Errorf("got %+v", d)
	}
	rules.Override = &Override{Policies: []string{"p"}, Reason: "the house is on fire", By: "grace@example.com", Commit: "9b2f6c1"}
	if d := judge(t, rules, example()); d.Verdict != Warn || d.Findings[0].Overridden == nil {
		t.Errorf("overridden: got %+v", d)
	}
}

func TestWhatIsOverriddenPassesAndIsToldOf(t *testing.T) {
	o := &Override{Policies: []string{"image-by-digest", "min-replicas"}, Reason: "the house is on fire", By: "grace@example.com", Commit: "9b2f6c1"}
	d := judge(t, Rules{Selected: good(t), Override: o}, tooFew())
	if d.Verdict != Warn || !cmp.Equal(d.Findings[0].Overridden, o) || d.Findings[0].Holds() || d.Findings[0].Exception != nil {
		t.Errorf("got %+v", d)
	}
	o = &Override{Policies: []string{"image-by-digest"}}
	if d := judge(t, Rules{Selected: good(t), Override: o}, tooFew()); d.Verdict != Hold || d.Findings[0].Overridden != nil {
		t.Errorf("of another policy: got %+v", d)
	}
}

func TestWhatCannotBeEvaluatedCanBeExceptedAndOverridden(t *testing.T) {
	p := policyOf(t, "  validations: [{expression: 'objects[5].nothing == 1'}]\n  validationActions: [Audit]\n")
	e := launch()
	e.Policy = "p"
	for name, rules := range map[string]Rules{"excepted": {Exceptions: []Exception{e}}, "overridden": {Override: &Override{Policies: []string{"p"}}}, "": {}} {
		rules.Selected = []Selection{{Policy: p}}
		d := judge(t, rules, example())
		if want := map[bool]Verdict{true: Hold, false: Warn}[name == ""]; d.Verdict != want || !d.Findings[0].Failed {
			t.Errorf("%s: got %+v", name, d)
		}
	}
}

func TestOneOfTwoFindingsThatIsNotExceptedHolds(t *testing.T) {
	rules := Rules{Selected: append(good(t), Selection{Policy: policyOf(t, "  validations: [{expression: 'false'}]\n")}), Exceptions: []Exception{launch()}}
	if d := judge(t, rules, tooFew()); d.Verdict != Hold || len(d.Findings) != 2 {
		t.Errorf("got %+v", d)
	}
}

func TestAFindingNamesTheFieldsThatItsRuleReads(t *testing.T) {
	p := policyOf(t, `  variables:
  - {name: runtime, expression: descriptor.spec.release.runtime}
  - {name: least, expression: 'descriptor.?spec.?scaling.?min.orValue(1)'}
  validations:
  - expression: >-
      variables.least > 5 && has(descriptor.metadata.labels) && variables.runtime.image != '' && has(variables.runtime.image) && unit.name != ''
  - expression: unit.name == ''
`)
	d := judge(t, Rules{Selected: []Selection{{Policy: p}}}, example())
	want := [][]string{{"spec.release.runtime.image", "spec.scaling.min", "metadata.labels"}, nil}
	var got [][]string
	for _, f := range d.Findings {
		got = append(got, f.Fields)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAPolicyRefersToWhatItsExpressionsRead(t *testing.T) {
	p := policyOf(t, `  matchConditions: [{name: c, expression: "change.lines > 1"}]
  variables:
  - {name: used, expression: evidence}
  - {name: unused, expression: scans.size()}
  validations:
  - {expression: "variables.used.size() > 0 && gpu.environment.gpus < 5", messageExpression: "capacity.message"}
  auditAnnotations: [{key: k, valueExpression: "evaluations.exists(e, e == 'x') ? 'a' : ''"}]
`)
	for path, want := range map[string]bool{
		"change.lines": true, "change": true, "change.units": false, "change.line": false, "evidence": true, "evidence.staging": true, "scans": false,
		"gpu.environment": true, "gpu.environment.gpus": true, "gpu.team": false, "gpu": true, "gp": false, "capacity": true, "evaluations": true, "approvals": false,
	} {
		if got := p.Refers(path); got != want {
			t.Errorf("%s: got %t", path, got)
		}
	}
}

func TestItIsLookedAtAgainWhenTimeAloneCouldChangeIt(t *testing.T) {
	annotated := func(rule, expression string) string {
		return "  validations: [{expression: '" + rule + "'}]\n  auditAnnotations:\n  - key: again\n    valueExpression: " + expression + "\n"
	}
	const noon, one = "2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z"
	for name, test := range map[string]struct {
		specs []string
		want  string
	}{
		"a time to come":                  {[]string{annotated("false", "string(now + duration('1h'))")}, one},
		"one in another zone":             {[]string{annotated("false", "\"'2026-11-23T14:00:00+01:00'\"")}, one},
		"the earliest of several":         {[]string{annotated("false", "string(now + duration('3h'))"), annotated("false", "string(now + duration('1h'))"), annotated("false", "string(now + duration('2h'))")}, one},
		"a time that has passed":          {[]string{annotated("false", "string(now)")}, ""},
		"of a past and a future one":      {[]string{annotated("false", "string(now - duration('1h'))"), annotated("false", "string(now + duration('1h'))")}, one},
		"empty text":                      {[]string{annotated("false", "\"''\"")}, ""},
		"null":                            {[]string{annotated("false", "'null'")}, ""},
		"text or null":                    {[]string{annotated("false", "'unit.name == \"\" ? dyn(\"x\") : dyn(null)'")}, ""},
		"of a policy that does not hold":  {[]string{annotated("true", "string(now + duration('1h'))"), annotated("false", "string(now + duration('2h'))")}, "2026-11-23T14:00:00Z"},
		"of one that only warns":          {[]string{annotated("false", "string(now + duration('1h'))") + "  validationActions: [Warn]\n"}, ""},
		"when all is well, there is none": {[]string{annotated("true", "string(now + duration('1h'))")}, ""},
	} {
		rules := Rules{}
		for _, spec := range test.specs {
			rules.Selected = append(rules.Selected, Selection{Policy: policyOf(t, spec)})
		}
		d := judge(t, rules, example())
		var got string
		if d.Again != nil {
			got = d.Again.Format(time.RFC3339)
		}
		if got != test.want || len(d.Facts) > 0 {
			t.Errorf("%s: got %q, facts %v", name, got, d.Facts)
		}
		for _, f := range d.Findings {
			if f.Failed {
				t.Errorf("%s: %s", name, f)
			}
		}
	}
}

func TestATimeThatCannotBeReadHolds(t *testing.T) {
	for expression, want := range map[string]string{
		`"'tomorrow'"`:          `the audit annotation again: it is "tomorrow", expected a time such as 2026-12-31T00:00:00Z`,
		`"dyn(5)"`:              "the audit annotation again: it is no text",
		`"objects[9].metadata"`: "the audit annotation again: it cannot be evaluated: index out of bounds: 9",
	} {
		p := policyOf(t, "  validations: [{expression: 'true'}]\n  auditAnnotations:\n  - key: again\n    valueExpression: "+expression+"\n")
		d := judge(t, Rules{Selected: []Selection{{Policy: p}}}, example())
		if d.Verdict != Hold || len(d.Findings) != 1 || !strings.HasPrefix(d.Findings[0].Message, want) || !d.Findings[0].Failed || d.Findings[0].Line != 7 {
			t.Errorf("%s: got %+v", expression, d)
		}
	}
}
