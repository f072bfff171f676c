package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Environment is a place to deploy to: environments/<name>/environment.yaml. It lives in Git alone.
//
// +kubebuilder:object:root=true
type Environment struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec says where the environment is.
	Spec EnvironmentSpec `json:"spec"`
}

// EnvironmentSpec says where an environment is and how its models get there.
type EnvironmentSpec struct {
	// Namespace takes every object of the environment. No two environments share one.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
	// PromotedFrom is the environment that releases come from. The first environment has none.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	PromotedFrom string `json:"promotedFrom,omitempty"`
	// Suspend keeps everything as it is: nothing is applied or pruned while it is true.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// AllowFloatingRevisions takes models whose revision may move, such as main or none at all. Unless told,
	// only an environment named dev does.
	// +optional
	AllowFloatingRevisions *bool `json:"allowFloatingRevisions,omitempty"`
	// Prune guards against deleting too much at once.
	// +optional
	Prune *Prune `json:"prune,omitempty"`
}

// Prune guards against deleting too much at once.
type Prune struct {
	// MaxPercent is the share of an environment's models that one commit may remove. 50 unless told.
	// Above it nothing is pruned until this number is raised, which is the confirmation in Git.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	MaxPercent *int32 `json:"maxPercent,omitempty"`
}
