package policies

import (
	"slices"
	"sync"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Policy is a policy that can be evaluated. It is immutable and safe for concurrent use.
type Policy struct {
	// Name by which environments and exceptions refer to it.
	Name string
	// Description is for people.
	Description string
	// File and Line are where it was read.
	File string
	Line int
	// Actions are what follows when a rule does not hold.
	Actions []admissionregistrationv1.ValidationAction
	// Params are the parameters with their defaults.
	Params map[string]any

	spec     v1alpha1.PolicySpec
	at       *source
	about    *admissionregistrationv1.MatchResources // nil for the unit as a whole
	compiled func() (*compiled, problem.List)        // once, when it is first asked for
}

// newPolicy reads all of a policy but its expressions.
func newPolicy(decoded *v1alpha1.Policy, at *source) (*Policy, problem.List) {
	spec := decoded.Spec
	p := &Policy{
		Name: decoded.Name, Description: spec.Description, File: at.file, at: at, spec: spec,
		Actions: spec.ValidationActions, about: spec.MatchConstraints,
	}
	p.Line, _ = at.said.Nearest("metadata.name")
	if len(p.Actions) == 0 {
		p.Actions = []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny}
	}
	problems := p.checkActions()
	p.compiled = sync.OnceValues(func() (*compiled, problem.List) { return compile(p) })
	var err error
	if p.Params, err = readParams(at); err != nil {
		p.compiled = func() (*compiled, problem.List) { return nil, nil } // whatever refers to them would be wrong too
		problems = append(problems, at.problem("spec.params", problem.WrongType, "write each parameter on a line of its own, with its default", err.Error()))
	}
	return p, problems
}

// checkActions refuses what ValidatingAdmissionPolicyBinding refuses: a denial is a warning already.
func (p *Policy) checkActions() problem.List {
	if !slices.Contains(p.Actions, admissionregistrationv1.Deny) || !slices.Contains(p.Actions, admissionregistrationv1.Warn) {
		return nil
	}
	return problem.List{p.at.problem("spec.validationActions", problem.NotAllowed, "keep one of them", "Deny and Warn would tell of the same thing twice")}
}

// ready are the policy's expressions. It panics when they are wrong, which Load has refused, and LoadLater promises not to
// be.
func (p *Policy) ready() *compiled {
	made, problems := p.compiled()
	if len(problems) > 0 {
		panic("a policy that was not checked is broken: " + problems.Error())
	}
	return made
}
