package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TrustKind is the kind of a Trust.
const TrustKind = "Trust"

// Trust says what those may do whose keys are trusted. It is the file trust/trust.yaml beside their keys in
// trust/allowed_signers, and lives in Git alone.
//
// +kubebuilder:object:root=true
type Trust struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what they may do.
	Spec TrustSpec `json:"spec"`
}

// TrustSpec is what those may do whose keys are trusted.
type TrustSpec struct {
	// Approvals is how many of them have to approve a change of policies, exceptions, trust or the rules of an
	// environment. 1 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=16
	Approvals int32 `json:"approvals,omitempty"`
	// Overriders are those who may override policies in an emergency, by a trailer of a commit that they sign. Nobody
	// unless told.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:Pattern=`^[^\s,*?!]+$`
	// +kubebuilder:validation:items:MaxLength=254
	Overriders []string `json:"overriders,omitempty"`
}
