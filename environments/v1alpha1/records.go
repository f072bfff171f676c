package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Records say who may write the records of an environment.
type Records struct {
	// Keys sign the records of this environment: those of its agent, with earlier ones and when they ended. Auditors check
	// its records against them, and the agent refuses to write with any other.
	// +listType=map
	// +listMapKey=publicKey
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Keys []RecordKey `json:"keys"`
	// Required has every change wait until the decision about it is in Git. Unless told, the decision is kept in the
	// cluster first and written to Git as soon as that is possible, so that a Git server that is away stops nothing.
	// +optional
	Required bool `json:"required,omitempty"`
}

// RecordKey is a key that signs records.
type RecordKey struct {
	// PublicKey as in the file id_ed25519.pub: its type, the key in base64 and perhaps a comment.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	PublicKey string `json:"publicKey"`
	// ValidAfter is when its records begin to count.
	// +optional
	// +kubebuilder:validation:Format=date-time
	ValidAfter *metav1.Time `json:"validAfter,omitempty"`
	// ValidBefore is when they end to count. A key that is replaced stays in the list with this time, so that what it
	// signed before can still be verified.
	// +optional
	// +kubebuilder:validation:Format=date-time
	ValidBefore *metav1.Time `json:"validBefore,omitempty"`
}

// EvidenceSource is another environment whose records count as evidence.
type EvidenceSource struct {
	// Environment that the records are of. Their branch is penstock/records/<environment>.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Environment string `json:"environment"`
	// Keys that are trusted to sign them. They are named here, and not taken from the other environment's own file, which
	// others may change.
	// +listType=map
	// +listMapKey=publicKey
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Keys []RecordKey `json:"keys"`
	// FirstCommit is the first commit of the branch. Records that begin with another one are no evidence. Without it the
	// first branch that is seen is trusted; records that were begun anew count once this says so.
	// +optional
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{40}$`
	FirstCommit string `json:"firstCommit,omitempty"`
}

// Promotion is how releases come from the environment before.
type Promotion struct {
	// Auto has the agent open a pull request for a release as soon as everything but people's approval lets it in.
	// +optional
	Auto bool `json:"auto,omitempty"`
	// Models that are promoted so; all that both environments have when empty.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=1024
	// +kubebuilder:validation:items:MaxLength=63
	Models []string `json:"models,omitempty"`
}
