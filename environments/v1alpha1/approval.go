package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ApprovalKind is the kind of an Approval.
const ApprovalKind = "Approval"

// Approval is somebody's consent to just this content. It is a file beside the unit, approvals/<principal>.yaml, made by
// penstock approve, and lives in Git alone.
//
// +kubebuilder:object:root=true
type Approval struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what is approved, until when and by whose signature.
	Spec ApprovalSpec `json:"spec"`
}

// ApprovalSpec is what is approved, until when and by whose signature.
type ApprovalSpec struct {
	// Unit as in prod/llama-3-8b, or rules.
	// +kubebuilder:validation:Pattern=`^(rules|[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?)$`
	// +kubebuilder:validation:MaxLength=127
	Unit string `json:"unit"`
	// Content is the digest of all files that the unit reads.
	// +kubebuilder:validation:Pattern=`^sha256:[0-9a-f]{64}$`
	Content string `json:"content"`
	// Expires is when it ends.
	// +kubebuilder:validation:Format=date-time
	Expires metav1.Time `json:"expires"`
	// Signature is an armored SSH signature of all of that.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16384
	Signature string `json:"signature"`
}
