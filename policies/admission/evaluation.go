package admission

import (
	"context"
	"fmt"
	"strings"

	celtypes "github.com/google/cel-go/common/types"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// evaluation is a policy's expressions over one object and one parameter.
type evaluation struct {
	*judgement
	params     runtime.Object
	attributes *admission.VersionedAttributes
}

// conditionsMet reports whether all match conditions hold. One that is false decides, whatever becomes of the others. One
// that depends on what is not known is taken to be met.
func (e *evaluation) conditionsMet(ctx context.Context) (bool, error) {
	// No namespace, as in the API server.
	results, _, err := e.compiled.conditions.ForInput(ctx, e.attributes, e.request.review(e.attributes),
		cel.OptionalVariableBindings{VersionedParams: e.params}, nil, celconfig.RuntimeCELCostBudgetMatchConditions)
	if err != nil {
		return false, err
	}
	var failures []error
	for i, result := range results {
		name := e.Spec.MatchConditions[i].Name
		switch why := e.cannotTell(conditionField(i), result.Error); {
		case why != "":
			e.note(fmt.Sprintf("the condition %s reads %s, which is not known, and is taken to be met", name, why))
		case result.Error != nil:
			failures = append(failures, result.Error)
		case result.EvalResult == celtypes.False:
			return false, nil
		}
	}
	return len(failures) == 0, utilerrors.NewAggregate(failures)
}

// cannotTell names what an expression reads that is not known. The authorizer counts only if it was asked, which fails: an
// expression that was decided without it is decided.
func (e *evaluation) cannotTell(field string, failure error) string {
	why := e.request.unknown(e.compiled.reads[field])
	if why == cel.AuthorizerVarName && failure == nil {
		return ""
	}
	return why
}

// validations notes the rules that do not hold.
func (e *evaluation) validations(ctx context.Context) error {
	review, namespace := e.request.review(e.attributes), e.request.namespaceObject()
	bindings := cel.OptionalVariableBindings{VersionedParams: e.params}
	results, left, err := e.compiled.validations.ForInput(ctx, e.attributes, review, bindings, namespace, celconfig.RuntimeCELCostBudget)
	if err != nil {
		return err
	}
	messages, _, messageErr := e.compiled.messages.ForInput(ctx, e.attributes, review, bindings, namespace, left)
	for i, result := range results {
		rule := e.Spec.Validations[i]
		switch why := e.cannotTell(validationField(i), result.Error); {
		case why != "":
			e.unknown(fmt.Sprintf("the rule %s reads %s", shorten(rule.Expression), why))
		case result.Error != nil:
			e.failed(result.Error)
		case messageErr != nil:
			e.failed(fmt.Errorf("failed messageExpression: %w", messageErr))
		case result.EvalResult != celtypes.True:
			e.denied(rule, messages[i])
		}
	}
	return nil
}

// denied is a rule that does not hold.
func (e *evaluation) denied(rule admissionregistrationv1.Validation, made cel.EvaluationResult) {
	action := strongest(e.actions)
	if action == "" {
		return
	}
	reason := metav1.StatusReasonInvalid
	if rule.Reason != nil {
		reason = *rule.Reason
	}
	e.add(Finding{Action: action, Message: e.message(rule, made), Reason: reason})
}

// message is the API server's: what the expression makes if that is one line and not too long, else what the rule says,
// else its expression. What is made of a Secret might tell it, and is left out.
func (e *evaluation) message(rule admissionregistrationv1.Validation, made cel.EvaluationResult) string {
	if made.Error == nil && made.EvalResult != nil && e.request.object.GetKind() != "Secret" {
		text, _ := made.EvalResult.Value().(string)
		text = strings.TrimSpace(text)
		if text != "" && len(text) <= celconfig.MaxEvaluatedMessageExpressionSizeBytes && !strings.Contains(text, "\n") {
			return text
		}
	}
	if rule.Message != "" {
		return strings.TrimSpace(rule.Message)
	}
	return fmt.Sprintf("failed expression: %v", strings.TrimSpace(rule.Expression))
}

// audits evaluates audit annotations, of which only the failures count here.
func (e *evaluation) audits(ctx context.Context) error {
	results, _, err := e.compiled.audits.ForInput(ctx, e.attributes, e.request.review(e.attributes),
		cel.OptionalVariableBindings{VersionedParams: e.params}, e.request.namespaceObject(), celconfig.RuntimeCELCostBudget)
	if err != nil {
		return err
	}
	for i, result := range results {
		switch why := e.cannotTell(auditField(i), result.Error); {
		case why != "":
			e.unknown(fmt.Sprintf("the audit annotation %s reads %s", e.Spec.AuditAnnotations[i].Key, why))
		case result.Error != nil && *e.Spec.FailurePolicy == admissionregistrationv1.Fail:
			e.add(Finding{Action: admissionregistrationv1.Deny, Message: result.Error.Error(), Failed: true})
		}
	}
	return nil
}

// shorten keeps a message readable.
func shorten(expression string) string {
	const most = 80
	line := strings.Join(strings.Fields(expression), " ")
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return line
}
