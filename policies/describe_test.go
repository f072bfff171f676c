package policies

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestAPolicyIsDescribedByItsFile: those of a repository as well as the built-in ones.
func TestAPolicyIsDescribedByItsFile(t *testing.T) {
	const text = `# Whoever runs this wants more than one.
apiVersion: penstock.dev/v1alpha1
kind: Policy
metadata:
  name: replicas
spec:
  description: >-
    One is none.
  exceptions: Refuse
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}
  params:
    # How many there have to be,
    # at least.
    least: 2
    share: 0.5
    # Names of units that are not asked.
    exempt: [sandbox]
    teams: []
    names: {a: b}
    strict: true
    text: x
  matchConditions:
  - name: not-exempt
    expression: "!(unit.name in params.exempt)"
  validations:
  # There are enough.
  - expression: object.spec.replicas >= params.least
    message: too few
  - expression: object.spec.replicas < 100
    message: there are too many

  - expression: object.metadata.name != ''
  validationActions: [Warn, Audit]
`
	bundle, problems := Load(fstest.MapFS{"policies/replicas.yaml": {Data: []byte(text)}}, "policies")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := Description{
		Name: "replicas", File: "policies/replicas.yaml", Line: 5, Text: "One is none.", PerObject: true, RefusesExceptions: true, Actions: []string{"Warn", "Audit"},
		Params: []Param{
			{Name: "least", Type: "whole number", Default: int64(2), Comment: "How many there have to be, at least."},
			{Name: "share", Type: "number", Default: 0.5},
			{Name: "exempt", Type: "list of text", Default: []any{"sandbox"}, Comment: "Names of units that are not asked."},
			{Name: "teams", Type: "list", Default: []any{}}, {Name: "names", Type: "map", Default: map[string]any{"a": "b"}},
			{Name: "strict", Type: "true or false", Default: true}, {Name: "text", Type: "text", Default: "x"},
		},
		Conditions: []string{"!(unit.name in params.exempt)"},
		Rules:      []DescribedRule{{27, "There are enough.", true}, {29, "there are too many", false}, {32, "object.metadata.name != ''", false}},
	}
	if diff := cmp.Diff(want, bundle.Policies()[0].Describe(), cmpopts.IgnoreUnexported(Param{})); diff != "" {
		t.Error(diff)
	}
}

func TestAPolicyOnOneLineIsDescribedToo(t *testing.T) {
	const text = `{apiVersion: penstock.dev/v1alpha1, kind: Policy, metadata: {name: p}, spec: {params: {b: 1, a: 2}, validations: [{expression: 'true'}]}}`
	bundle, problems := Load(fstest.MapFS{"policies/p.yaml": {Data: []byte(text)}}, "policies")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d := bundle.Policies()[0].Describe()
	if len(d.Params) != 2 || d.Params[0].Name != "a" || len(d.Rules) != 1 || d.Rules[0] != (DescribedRule{1, "true", false}) || !cmp.Equal(d.Actions, []string{"Deny"}) {
		t.Errorf("got %+v", d)
	}
}
