package admission

import (
	"context"
	"errors"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Evaluate says what the policies have against objects, in their order and by the names of the policies: nothing if all
// may be applied.
//
// Old is what there is of an object now, nil if it will be created; without the function all are. Namespace is where
// objects without one go, and namespaceLabels are its labels: nil if they are not known. The error is the context's.
func (s *Set) Evaluate(
	ctx context.Context, objects []map[string]any, old func(object map[string]any) map[string]any, namespace string, namespaceLabels map[string]string,
) ([]Finding, error) {
	if s.Len() == 0 {
		return nil, nil
	}
	var all []Finding
	for _, object := range objects {
		var before map[string]any
		if old != nil {
			before = old(object)
		}
		r := s.request(object, before, namespace, namespaceLabels)
		for _, p := range s.policies {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			all = append(all, s.judge(ctx, p, r)...)
		}
	}
	return all, ctx.Err()
}

// judgement collects what one policy has against one object.
type judgement struct {
	*policy
	request  *request
	binding  string
	actions  []admissionregistrationv1.ValidationAction
	notes    []string
	findings []Finding
}

// judge follows the order of the API server's plugin: the policy, each binding, each parameter.
func (s *Set) judge(ctx context.Context, p *policy, r *request) []Finding {
	j := &judgement{policy: p, request: r}
	if p.Spec.MatchConstraints == nil {
		j.broken("failed to configure policy", errors.New("policy contained no match constraints, a required field"))
		return j.findings
	}
	about, err := r.match(p.Spec.MatchConstraints)
	if err != nil {
		j.broken("failed to configure policy", err)
	} else if about.yes {
		for _, b := range p.bindings {
			j.bound(ctx, s, b, about)
		}
	}
	return j.findings
}

// bound judges by one binding.
func (j *judgement) bound(ctx context.Context, s *Set, b *admissionregistrationv1.ValidatingAdmissionPolicyBinding, about matched) {
	j.binding, j.actions, j.notes = b.Name, b.Spec.ValidationActions, nil
	if m := b.Spec.MatchResources; m != nil {
		also, err := j.request.match(m)
		if err != nil {
			j.broken("failed to configure binding", err)
			return
		}
		if !also.yes {
			return
		}
		j.note(also.note)
	}
	j.note(about.note)
	if about.version != "" {
		j.unknown(fmt.Sprintf("the policy wants to see %s as %s, and only the API server can convert it", j.request.resource.Resource, about.version))
		return
	}
	params, err := s.paramsOf(j.Spec.ParamKind, b.Spec.ParamRef, j.request.namespace)
	if err != nil {
		j.broken("failed to configure binding", err)
		return
	}
	if len(params) == 0 {
		j.unknown(missing(j.Spec.ParamKind, b.Spec.ParamRef) + " is not here; if the cluster has it, the policy counts, and otherwise not")
	}
	for _, p := range params {
		j.validate(ctx, p)
	}
}

// broken is a fault of the policy or the binding itself, which counts whatever the binding's actions are.
func (j *judgement) broken(what string, err error) {
	if *j.Spec.FailurePolicy == admissionregistrationv1.Fail {
		j.add(Finding{Action: admissionregistrationv1.Deny, Message: fmt.Sprintf("%s: %v", what, err), Failed: true})
	}
}

// failed is a rule that could not be evaluated.
func (j *judgement) failed(err error) {
	if action := strongest(j.actions); action != "" && *j.Spec.FailurePolicy == admissionregistrationv1.Fail {
		j.add(Finding{Action: action, Message: err.Error(), Failed: true})
	}
}

// unknown is a rule that the cluster alone can evaluate.
func (j *judgement) unknown(why string) {
	j.add(Finding{Action: admissionregistrationv1.Warn, Message: "it cannot be told without the cluster: " + why, Failed: true})
}

func (j *judgement) add(f Finding) {
	f.Policy, f.Binding, f.Object = j.Name, j.binding, j.request.name()
	f.File, f.Line = j.file, j.line
	for i, note := range j.notes {
		if i > 0 {
			f.Note += "; "
		}
		f.Note += note
	}
	j.findings = append(j.findings, f)
}

func (j *judgement) note(text string) {
	if text != "" {
		j.notes = append(j.notes, text)
	}
}

// validate judges by one parameter.
func (j *judgement) validate(ctx context.Context, params runtime.Object) {
	if j.compiled.err != nil {
		j.failed(j.compiled.err)
		return
	}
	before := len(j.notes)
	defer func() { j.notes = j.notes[:before] }() // what one parameter leaves open another need not
	e := &evaluation{judgement: j, params: params, attributes: j.request.attributes()}
	if met, err := e.conditionsMet(ctx); err != nil || !met {
		if err != nil {
			j.failed(err)
		}
		return
	}
	err := e.validations(ctx)
	if err == nil {
		err = e.audits(ctx)
	}
	if err != nil {
		j.failed(err)
	}
}
