package policies

import (
	"fmt"
	"sync"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissioncel "k8s.io/apiserver/pkg/admission/plugin/cel"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/expression"
)

// ruleNotExportable: a policy that an API server could not evaluate.
const ruleNotExportable = "NotExportable"

// admission is what expressions can refer to in an API server. Nothing of Penstock's is there.
var admission = sync.OnceValues(func() (*expression.Env, error) {
	return expression.NewEnv(
		expression.Variable{Name: "object", Type: expression.Dyn},
		expression.Variable{Name: "oldObject", Type: expression.Dyn},
		expression.Variable{Name: "request", Type: admissioncel.BuildRequestType()},
		expression.Variable{Name: "namespaceObject", Type: admissioncel.BuildNamespaceType()},
	)
})

// Export is the policy as a ValidatingAdmissionPolicy and its binding, so that the API server refuses what goes past
// Git too. Only policies about objects can be exported, and only if they refer to nothing that an API server does not
// know: each expression that does is a problem.
func (p *Policy) Export() (*admissionregistrationv1.ValidatingAdmissionPolicy, *admissionregistrationv1.ValidatingAdmissionPolicyBinding, problem.List) {
	if p.about == nil {
		return nil, nil, problem.List{p.at.problem("spec", ruleNotExportable, "add spec.matchConstraints, if the rules are about objects",
			fmt.Sprintf("the policy %s is about units, which an API server does not know", p.Name))}
	}
	if problems := p.foreign(); len(problems) > 0 {
		return nil, nil, problems
	}
	fail := admissionregistrationv1.Fail
	policy := &admissionregistrationv1.ValidatingAdmissionPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionregistrationv1.SchemeGroupVersion.String(), Kind: "ValidatingAdmissionPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: exportedName(p)},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: p.spec.MatchConstraints, MatchConditions: p.spec.MatchConditions, Variables: p.spec.Variables,
			Validations: p.spec.Validations, AuditAnnotations: p.spec.AuditAnnotations, FailurePolicy: &fail,
		},
	}
	binding := &admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionregistrationv1.SchemeGroupVersion.String(), Kind: "ValidatingAdmissionPolicyBinding"},
		ObjectMeta: metav1.ObjectMeta{Name: exportedName(p)},
		Spec:       admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{PolicyName: exportedName(p), ValidationActions: p.Actions},
	}
	return policy, binding, nil
}

func exportedName(p *Policy) string { return "penstock-" + p.Name }

// foreign are the expressions that an API server would not accept.
func (p *Policy) foreign() problem.List {
	shared, err := admission()
	var env *expression.Env
	if err == nil {
		env, err = shared.Scope()
	}
	if err != nil {
		return problem.List{p.at.problem("spec", ruleNotExportable, "report this as a fault of Penstock", err.Error())}
	}
	var problems problem.List
	object := func(field string, issue *expression.Issue) {
		if issue == nil {
			return
		}
		found := p.at.issue(field, issue)
		found.Rule, found.Mend = ruleNotExportable, "only object, oldObject, request, namespaceObject and variables are there in an API server"
		problems = append(problems, found)
	}
	compile := func(field, text string, wanted ...*expression.Type) {
		if text != "" {
			_, issue := env.Compile(text, wanted...)
			object(field, issue)
		}
	}
	for i, v := range p.spec.Variables {
		object(fmt.Sprintf("spec.variables[%d].expression", i), env.Define(v.Name, v.Expression))
	}
	for i, c := range p.spec.MatchConditions {
		compile(fmt.Sprintf("spec.matchConditions[%d].expression", i), c.Expression, expression.Bool)
	}
	for i, v := range p.spec.Validations {
		compile(fmt.Sprintf("spec.validations[%d].expression", i), v.Expression, expression.Bool)
		compile(fmt.Sprintf("spec.validations[%d].messageExpression", i), v.MessageExpression, expression.String)
	}
	for i, a := range p.spec.AuditAnnotations {
		compile(fmt.Sprintf("spec.auditAnnotations[%d].valueExpression", i), a.ValueExpression, expression.String, expression.Null)
	}
	return problems
}
