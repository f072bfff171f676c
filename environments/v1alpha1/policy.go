package v1alpha1

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PolicyKind is the kind of a Policy.
const PolicyKind = "Policy"

// Policy is rules that a change has to satisfy before it reaches an environment, in the syntax of Kubernetes'
// ValidatingAdmissionPolicy. It is a file of the repository, policies/<name>.yaml, and lives in Git alone.
//
// +kubebuilder:object:root=true
type Policy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is the rules.
	Spec PolicySpec `json:"spec"`
}

// PolicySpec is rules. The fields that ValidatingAdmissionPolicy has too mean the same here.
type PolicySpec struct {
	// Description says, for people, what the policy asks for and why.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Description string `json:"description,omitempty"`
	// Params are what the rules refer to as params, each with the value that it has unless an environment gives
	// another one of the same type.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Schemaless
	Params *apiextensionsv1.JSON `json:"params,omitempty"`
	// MatchConstraints are the kinds of rendered objects that the rules are about. Each of these objects is looked
	// at by itself, as object. Without it the rules are about the unit as a whole, and there is no object.
	// +optional
	MatchConstraints *admissionregistrationv1.MatchResources `json:"matchConstraints,omitempty"`
	// MatchConditions have to hold, all of them, for the rules to be looked at.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	MatchConditions []admissionregistrationv1.MatchCondition `json:"matchConditions,omitempty"`
	// Variables are expressions that later ones refer to as variables.name.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Variables []admissionregistrationv1.Variable `json:"variables,omitempty"`
	// Validations are the rules.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Validations []admissionregistrationv1.Validation `json:"validations"`
	// AuditAnnotations are facts that are recorded with each decision.
	// +optional
	// +listType=map
	// +listMapKey=key
	// +kubebuilder:validation:MaxItems=20
	AuditAnnotations []admissionregistrationv1.AuditAnnotation `json:"auditAnnotations,omitempty"`
	// ValidationActions are what follows when a rule does not hold: Deny holds the change, Warn and Audit let it
	// pass and tell of it. Deny unless told.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:items:Enum=Deny;Warn;Audit
	ValidationActions []admissionregistrationv1.ValidationAction `json:"validationActions,omitempty"`
	// Exceptions says whether there may be exceptions from the policy: Allow, unless told, or Refuse.
	// +optional
	// +kubebuilder:validation:Enum=Allow;Refuse
	Exceptions string `json:"exceptions,omitempty"`
	// FailurePolicy can only be Fail: a policy that cannot be evaluated holds the change.
	// +optional
	// +kubebuilder:validation:Enum=Fail
	FailurePolicy *admissionregistrationv1.FailurePolicyType `json:"failurePolicy,omitempty"`
}
