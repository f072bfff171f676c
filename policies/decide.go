package policies

import (
	"context"
	"fmt"
	"maps"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/penstock-dev/penstock/policies/expression"
)

// Selection is a policy as an environment has it.
type Selection struct {
	// Policy is the rules.
	Policy *Policy
	// Params overrule the defaults of the policy's own. They have been checked: see Policy.CheckParams.
	Params map[string]any
	// Actions overrule the policy's own, if there are any.
	Actions []admissionregistrationv1.ValidationAction
}

// Decide evaluates policies. What cannot be evaluated holds the change, and says so: a policy that fails open is none.
// It is an error only when the context ended.
func Decide(ctx context.Context, selected []Selection, input *Input) (Decision, error) {
	decision := Decision{Verdict: Admit, Facts: map[string]string{}}
	values := activation(input)
	for _, s := range selected {
		r := &run{Selection: s, decision: &decision, budget: expression.NewBudget()}
		r.evaluate(ctx, values, input.Objects)
		decision.Cost += r.budget.Used()
		if err := ctx.Err(); err != nil {
			return Decision{}, fmt.Errorf("decide on %s: %w", input.Unit.ID, err)
		}
	}
	return decision, nil
}

// run is one policy on one input.
type run struct {
	Selection
	decision *Decision
	budget   *expression.Budget
	object   string // that is looked at
	applied  bool   // the conditions held at least once
}

func (r *run) evaluate(ctx context.Context, values map[string]any, objects []map[string]any) {
	values = maps.Clone(values)
	params := maps.Clone(r.Policy.Params)
	maps.Copy(params, r.Params)
	values["params"] = params
	if r.Policy.about == nil {
		r.once(ctx, values)
	} else {
		for _, object := range objects {
			if matches(r.Policy.about, object) {
				values["object"], r.object = object, nameOf(object)
				r.once(ctx, values)
			}
		}
	}
	if r.applied {
		r.decision.Evaluated = append(r.decision.Evaluated, r.Policy.Name)
	}
}

// once evaluates the policy on the unit, or on one object.
func (r *run) once(ctx context.Context, values map[string]any) {
	input := r.Policy.env.Input(ctx, values, r.budget)
	for _, condition := range r.Policy.conditions {
		holds, err := condition.Eval(ctx, input)
		if err != nil {
			r.fail(r.Policy.Line, fmt.Sprintf("the condition %s: %v", condition.name, err))
			return
		}
		if holds != true {
			return
		}
	}
	r.applied = true
	for _, rule := range r.Policy.rules {
		switch holds, err := rule.Eval(ctx, input); {
		case err != nil:
			r.fail(rule.line, fmt.Sprintf("the rule %q: %v", shortened(rule.Source), err))
		case holds != true:
			r.find(rule, message(ctx, rule, input))
		}
	}
	for _, fact := range r.Policy.facts {
		if value, err := fact.Eval(ctx, input); err != nil {
			r.fail(r.Policy.Line, fmt.Sprintf("the audit annotation %s: %v", fact.name, err))
		} else if text, _ := value.(string); text != "" {
			r.decision.Facts[r.Policy.Name+"/"+fact.name] = text
		}
	}
}

// fail adds a finding about what could not be evaluated.
func (r *run) fail(line int, message string) {
	r.decision.add(Finding{
		Policy: r.Policy.Name, File: r.Policy.File, Line: line, Object: r.object, Action: actionDeny, Failed: true,
		Message: message + "; what cannot be evaluated holds",
	})
}

// find adds a finding for each action.
func (r *run) find(rule rule, message string) {
	actions := r.Policy.Actions
	if len(r.Actions) > 0 {
		actions = r.Actions
	}
	for _, action := range actions {
		r.decision.add(Finding{
			Policy: r.Policy.Name, File: r.Policy.File, Line: rule.line, Object: r.object, Action: string(action), Message: message, Reason: rule.reason,
		})
	}
}

// message says what does not hold: by the message expression, or else the message, or else the rule itself.
func message(ctx context.Context, rule rule, input *expression.Input) string {
	if rule.messageExpression != nil {
		value, err := rule.messageExpression.Eval(ctx, input)
		if text, _ := value.(string); err == nil && isMessage(text) {
			return text
		}
	}
	if rule.message != "" {
		return rule.message
	}
	return "the rule does not hold: " + shortened(rule.Source)
}

// isMessage is what the API server takes for one: text on one line, that is not too long.
func isMessage(text string) bool {
	if text == "" || len(text) > celconfig.MaxEvaluatedMessageExpressionSizeBytes {
		return false
	}
	for _, r := range text {
		if r == '\n' || r == '\r' {
			return false
		}
	}
	return true
}

func shortened(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
