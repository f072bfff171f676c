package policies

import (
	"strings"
	"testing"
	"testing/fstest"
)

const policyHead = "apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata: {name: "

func TestWhatIsLoadedLaterIsCompiledWhenItIsUsed(t *testing.T) {
	bundle, problems := LoadLater(fstest.MapFS{
		"p/a.yaml": {Data: []byte(policyHead + "good}\nspec: {params: {least: 9}, validations: [{expression: 'gpu.total >= params.least', message: too few}]}\n")},
		"p/b.yaml": {Data: []byte(policyHead + "wrong}\nspec: {validations: [{expression: 'gpu.totl > 1'}]}\n")},
	}, "p")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if d := decide(t, selections(bundle)[:1], example()); d.Verdict != Hold || d.Findings[0].Message != "too few" {
		t.Errorf("got %+v", d)
	}
}

func TestAPolicyThatWasNotCheckedAndIsWrongPanics(t *testing.T) {
	bundle, problems := LoadLater(fstest.MapFS{"p/b.yaml": {Data: []byte(policyHead + "wrong}\nspec: {validations: [{expression: 'gpu.totl > 1'}]}\n")}}, "p")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "undefined field 'totl'") {
			t.Errorf("got %q", text)
		}
	}()
	decide(t, selections(bundle), example())
}

func TestLaterIsNoWayAroundWhatIsNoExpression(t *testing.T) {
	for text, want := range map[string]string{
		policyHead + "p}\nspec: {params: [1], validations: [{expression: 'params.a == 1'}]}\n":                                                   "p/a.yaml:4: spec.params: expected a map of parameters with their defaults",
		policyHead + "p}\nspec: {validationActions: [Deny, Warn], validations: [{expression: 'true'}]}\n":                                        "p/a.yaml:4: spec.validationActions: Deny and Warn would tell",
		policyHead + "p}\nspec: {validations: []}\n":                                                                                             "p/a.yaml:4: spec.validations: expected 1 or more items, found 0",
		policyHead + "p}\nspec: {exceptions: Never, validations: [{expression: 'true'}]}\n":                                                      "p/a.yaml:4: spec.exceptions: expected one of Allow, Refuse",
		policyHead + "p}\nspec: {validations: [{expression: 'true'}]}\n---\n" + policyHead + "p}\nspec: {validations: [{expression: 'true'}]}\n": "p/a.yaml:8: metadata.name: there is a policy named p already",
	} {
		fsys := fstest.MapFS{"p/a.yaml": {Data: []byte(text)}}
		for name, load := range map[string]func() (*Bundle, string){
			"later": func() (*Bundle, string) { b, problems := LoadLater(fsys, "p"); return b, problems.Error() },
			"now":   func() (*Bundle, string) { b, problems := Load(fsys, "p"); return b, problems.Error() },
		} {
			if b, got := load(); b != nil || !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
				t.Errorf("%s: got %v, %s\nwant %s", name, b, got, want)
			}
		}
	}
}
