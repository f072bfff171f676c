package policies

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

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
func Decide(ctx context.Context, rules Rules, input *Input) (Decision, error) {
	decision := Decision{Verdict: Admit, Facts: map[string]string{}}
	values := activation(input)
	for _, s := range rules.Selected {
		r := &run{Selection: s, decision: &decision, budget: expression.NewBudget(), now: input.Now}
		r.excuse(rules, input)
		r.evaluate(ctx, values, input.Objects)
		if r.holds { // what lets it pass cannot do so later
			decision.Again = earlier(decision.Again, r.again)
		}
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
	failed   bool   // something could not be evaluated
	holds    bool   // a finding keeps the change from being applied
	now      time.Time
	again    *time.Time // when the policy will have another answer

	exception *Exception // what lets a finding pass
	override  *Override
	ended     *Exception // what did so once
}

// excuse looks for what lets the findings of the policy pass.
func (r *run) excuse(rules Rules, input *Input) {
	r.exception, r.ended = rules.exceptionFor(input.Unit.ID, r.Policy, input.Now)
	if rules.Override.overrides(r.Policy.Name) {
		r.override = rules.Override
	}
}

// add adds a finding, with what lets it pass.
func (r *run) add(f Finding) {
	if f.Failed || f.Action == actionDeny {
		f.Exception, f.Overridden = r.exception, r.override
		if f.Holds() && r.ended != nil {
			r.decision.Expired = append(r.decision.Expired, *r.ended)
			r.ended = nil // once for each policy
		}
	}
	r.holds = r.holds || f.Holds()
	r.decision.add(f)
}

func (r *run) evaluate(ctx context.Context, values map[string]any, objects []map[string]any) {
	params := maps.Clone(r.Policy.Params)
	maps.Copy(params, r.Params)
	values["params"] = params // of this policy; each evaluates a copy
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
	} else if !r.failed {
		r.decision.Skipped = append(r.decision.Skipped, r.Policy.Name)
	}
}

// once evaluates the policy on the unit, or on one object.
func (r *run) once(ctx context.Context, values map[string]any) {
	policy := r.Policy.ready()
	input := policy.env.Input(ctx, values, r.budget)
	for _, condition := range policy.conditions {
		holds, err := condition.Eval(ctx, input)
		if err != nil {
			r.fail(condition.line, fmt.Sprintf("the condition %s: %v", condition.name, err))
			return
		}
		if holds != true {
			return
		}
	}
	r.applied = true
	for _, rule := range policy.rules {
		switch holds, err := rule.Eval(ctx, input); {
		case err != nil:
			r.fail(rule.line, fmt.Sprintf("the rule %q: %v", shortened(rule.Source), err))
		case holds != true:
			r.find(rule, message(ctx, rule, input))
		}
	}
	for _, fact := range policy.facts {
		value, err := fact.Eval(ctx, input)
		if text, isText := value.(string); err == nil && text != "" {
			err = r.state(fact.name, text)
		} else if err == nil && !isText && value != nil {
			err = errors.New("it is no text")
		}
		if err != nil {
			r.fail(fact.line, fmt.Sprintf("the audit annotation %s: %v", fact.name, err))
		}
	}
}

// fail adds a finding about what could not be evaluated.
func (r *run) fail(line int, message string) {
	r.failed = true
	r.add(Finding{
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
		r.add(Finding{
			Policy: r.Policy.Name, File: r.Policy.File, Line: rule.line, Object: r.object, Action: string(action), Message: message, Reason: rule.reason,
			Fields: rule.fields,
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
