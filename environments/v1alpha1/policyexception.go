package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PolicyExceptionKind is the kind of a PolicyException.
const PolicyExceptionKind = "PolicyException"

// PolicyException lets units pass although a policy is against it, for a while. It is a file of the repository,
// policies/exceptions/<name>.yaml, and lives in Git alone.
//
// +kubebuilder:object:root=true
type PolicyException struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what is excepted, why and until when.
	Spec PolicyExceptionSpec `json:"spec"`
}

// PolicyExceptionSpec is what is excepted, why and until when.
type PolicyExceptionSpec struct {
	// Units are those that may pass, as in prod/llama-3-8b, or prod/* for all of an environment.
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?/(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$`
	// +kubebuilder:validation:items:MaxLength=127
	Units []string `json:"units"`
	// Policy that they are excepted from.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Policy string `json:"policy"`
	// Reason is why, for those who read it in a report, with a ticket's number if there is one.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`\S`
	Reason string `json:"reason"`
	// Approver is the address of who has agreed.
	// +kubebuilder:validation:Pattern=`^[^@\s]+@[^@\s]+$`
	// +kubebuilder:validation:MaxLength=254
	Approver string `json:"approver"`
	// Expires is when it ends, such as 2026-12-31T00:00:00Z. There is no exception without an end.
	// +kubebuilder:validation:Format=date-time
	Expires metav1.Time `json:"expires"`
}
