package admission

import (
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Finding is what one policy has against one object.
type Finding struct {
	// Policy and Binding by name. Binding is empty when the policy as a whole is broken.
	Policy  string `json:"policy"`
	Binding string `json:"binding,omitempty"`
	// Object as in Deployment/llama-3-8b.
	Object string `json:"object"`
	// Action is the strongest of what the binding asks for: Deny, Warn or Audit.
	Action admissionregistrationv1.ValidationAction `json:"action"`
	// Message is that of the API server.
	Message string `json:"message"`
	// Reason of a denial; empty if the rule could not be evaluated.
	Reason metav1.StatusReason `json:"reason,omitempty"`
	// Failed is true when the rule could not be evaluated, rather than did not hold.
	Failed bool `json:"failed,omitempty"`
	// Note says what was taken to be so and is not known.
	Note string `json:"note,omitempty"`
	// File and Line of the policy; empty for one that was not read from a file.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// strongest is the action of a binding that matters most; empty for a binding without any.
func strongest(actions []admissionregistrationv1.ValidationAction) admissionregistrationv1.ValidationAction {
	for _, action := range []admissionregistrationv1.ValidationAction{
		admissionregistrationv1.Deny, admissionregistrationv1.Warn, admissionregistrationv1.Audit,
	} {
		if slices.Contains(actions, action) {
			return action
		}
	}
	return ""
}
