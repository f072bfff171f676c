package library

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// TestNoMutantSurvives breaks each policy in one place after the other, and expects its suite to tell: each rule turned
// into its opposite, each condition left out, and each parameter fixed at its default.
func TestNoMutantSurvives(t *testing.T) {
	mutants := 0
	for _, suite := range Suites() {
		policy, _ := Find(suite.Policy)
		original := decoded(t, policy)
		try := func(what string, change func(*v1alpha1.PolicySpec)) {
			mutants++
			mutant := original.DeepCopy()
			change(&mutant.Spec)
			failures, _, err := policies.RunSuite(t.Context(), suite, compiled(t, mutant))
			if err != nil {
				t.Fatal(err)
			}
			if len(failures) == 0 {
				t.Errorf("%s: %s, and no case of %s fails", policy.Name, what, suite.File)
			}
		}
		for i, v := range original.Spec.Validations {
			try("the rule is turned around: "+v.Expression, func(s *v1alpha1.PolicySpec) { s.Validations[i].Expression = "!(" + v.Expression + ")" })
		}
		for i, c := range original.Spec.MatchConditions {
			try("the condition is left out: "+c.Expression, func(s *v1alpha1.PolicySpec) { s.MatchConditions[i].Expression = "true" })
		}
		for i, a := range original.Spec.AuditAnnotations {
			try("the annotation is left out: "+a.Key, func(s *v1alpha1.PolicySpec) { s.AuditAnnotations[i].ValueExpression = "''" })
		}
		for name, value := range policy.Params {
			try("the parameter is ignored: "+name, func(s *v1alpha1.PolicySpec) { fix(t, s, name, value) })
		}
	}
	if mutants < 100 {
		t.Errorf("there were %d mutants only", mutants)
	}
}

// fix writes the value of a parameter wherever an expression refers to it.
func fix(t *testing.T, s *v1alpha1.PolicySpec, name string, value any) {
	t.Helper()
	literal := literalOf(t, value)
	used, replace := false, regexp.MustCompile(`\bparams\.`+name+`\b`)
	expressions := []*string{}
	for i := range s.MatchConditions {
		expressions = append(expressions, &s.MatchConditions[i].Expression)
	}
	for i := range s.Variables {
		expressions = append(expressions, &s.Variables[i].Expression)
	}
	for i := range s.Validations {
		expressions = append(expressions, &s.Validations[i].Expression, &s.Validations[i].MessageExpression)
	}
	for _, expression := range expressions {
		used = used || replace.MatchString(*expression)
		*expression = replace.ReplaceAllLiteralString(*expression, literal)
	}
	if !used {
		t.Errorf("the parameter %s is not used", name)
	}
}

// literalOf is a value in CEL and JSON alike. A fraction stays one, also when nothing is behind its point.
func literalOf(t testing.TB, value any) string {
	t.Helper()
	if f, ok := value.(float64); ok && f == math.Trunc(f) {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	literal, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(literal)
}
