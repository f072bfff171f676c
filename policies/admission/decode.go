package admission

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments/problem"
)

func (l *loader) policy(s said) {
	decoded := decode[admissionregistrationv1.ValidatingAdmissionPolicy](l, s)
	if decoded == nil {
		return
	}
	before := len(l.problems)
	if m := decoded.Spec.MatchConstraints; m == nil || len(m.ResourceRules) == 0 {
		l.report(s.problem("spec.matchConstraints.resourceRules", problem.MissingField, "say which objects it is about", "a policy without resourceRules is about nothing"))
	}
	if len(decoded.Spec.Validations) == 0 && len(decoded.Spec.AuditAnnotations) == 0 {
		l.report(s.problem("spec.validations", problem.MissingField, "add a validation", "a policy without validations says nothing"))
	}
	made := newPolicy(decoded)
	made.file = s.file
	made.line = s.problem("metadata.name", "", "", "").Line
	for _, found := range made.compiled.issues {
		p := s.problem(found.field, ruleInvalidExpression, "correct the expression; an API server would not accept it either", "%s", found.Message)
		if first := s.doc.TextLine(p.Field); found.Line > 0 && first > 0 {
			p.Line = first + found.Line - 1
		}
		l.report(p)
	}
	if len(l.problems) == before && !l.twice(s) {
		l.set.policies = append(l.set.policies, made)
	}
}

func (l *loader) binding(s said) {
	decoded := decode[admissionregistrationv1.ValidatingAdmissionPolicyBinding](l, s)
	if decoded == nil || l.twice(s) {
		return
	}
	if len(decoded.Spec.ValidationActions) == 0 {
		l.report(s.problem("spec.validationActions", problem.MissingField, "write validationActions: [Deny], or Warn or Audit", "a binding has to say what follows from a failure"))
	}
	l.bindings = append(l.bindings, bound{s, decoded})
}

// twice reports an object that is there already.
func (l *loader) twice(s said) bool {
	o := &unstructured.Unstructured{Object: s.object}
	id := fmt.Sprintf("%s %s/%s", o.GroupVersionKind().GroupKind(), o.GetNamespace(), o.GetName())
	if l.seen[id] {
		l.report(s.problem("metadata.name", ruleDuplicate, "keep one of them", "there is a %s named %s already", s.kind(), o.GetName()))
		return true
	}
	l.seen[id] = true
	return false
}

// join gives bindings to their policies, and keeps the objects that are parameters.
func (l *loader) join() {
	names := map[string]bool{}
	kinds := map[admissionregistrationv1.ParamKind]bool{}
	for _, p := range l.set.policies {
		names[p.Name] = true
		if p.Spec.ParamKind != nil {
			kinds[*p.Spec.ParamKind] = true
		}
	}
	broken := len(l.problems) > 0 // then policies may be missing that are there
	for _, b := range l.bindings {
		if !l.set.bind(b.binding) && !broken {
			l.report(b.problem("spec.policyName", ruleUnknownPolicy, "add the policy, or delete the binding", "there is no policy named %q here", b.binding.Spec.PolicyName))
		}
	}
	for _, s := range l.params {
		o := &unstructured.Unstructured{Object: s.object}
		switch {
		case !kinds[admissionregistrationv1.ParamKind{APIVersion: s.apiVersion(), Kind: s.kind()}]:
			if !broken || !isConfigMap(o) {
				l.refuse(s)
			}
		case isConfigMap(o) && o.GetNamespace() == "":
			l.report(s.problem("metadata.namespace", problem.MissingField, "say the namespace that it is in", "a ConfigMap is in a namespace"))
		case !l.twice(s):
			l.set.params = append(l.set.params, o)
		}
	}
	l.set.params = sortedParams(l.set.params)
}

func isConfigMap(o *unstructured.Unstructured) bool {
	return o.GetAPIVersion() == "v1" && o.GetKind() == "ConfigMap"
}

// unknownField is how the converter names a field.
var unknownField = regexp.MustCompile(`^unknown field "([^"]+)"$`)

// decode reads an object strictly, but for what the API server adds. v1beta1 has the fields of v1.
func decode[T any](l *loader, s said) *T {
	if version := s.apiVersion(); !slices.Contains([]string{"admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"}, version) {
		l.report(s.problem("apiVersion", problem.WrongKind, "write admissionregistration.k8s.io/v1", "%s is not read", version))
		return nil
	}
	readable := maps.Clone(s.object)
	delete(readable, "status")
	made := new(T)
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(readable, made, true)
	if err == nil {
		return made
	}
	faults := []error{err}
	var strict interface{ Errors() []error }
	if errors.As(err, &strict) {
		faults = strict.Errors()
	}
	for _, fault := range faults {
		if field := unknownField.FindStringSubmatch(fault.Error()); field != nil {
			l.report(s.problem(field[1], problem.UnknownField, "remove it", "a %s has no such field", s.kind()))
		} else {
			l.report(s.problem("spec", problem.WrongType, "compare it with what kubectl explain says", "%v", fault))
		}
	}
	return nil
}
