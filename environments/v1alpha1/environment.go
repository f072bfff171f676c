package v1alpha1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

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
	// Profile switches on built-in policies that go together: standard, finance, healthcare or retail.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Profile string `json:"profile,omitempty"`
	// Policies are built-in policies that the environment switches on, beside those of the profile. The
	// repository's own policies are always on; naming one here gives it other parameters or actions.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=128
	Policies []PolicySelection `json:"policies,omitempty"`
	// Windows are times at which changes are let in, or not.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Windows []ChangeWindow `json:"windows,omitempty"`
	// GPUPrices are what one GPU of a product costs in an hour, in whatever currency the budgets are in.
	// +optional
	GPUPrices map[string]resource.Quantity `json:"gpuPrices,omitempty"`
	// Records say who may write the records of this environment.
	// +optional
	Records *Records `json:"records,omitempty"`
	// Evidence is which other environments' records count as evidence here, and by whose signatures.
	// +optional
	// +listType=map
	// +listMapKey=environment
	// +kubebuilder:validation:MaxItems=16
	Evidence []EvidenceSource `json:"evidence,omitempty"`
	// Promotion is how releases come from the environment before.
	// +optional
	Promotion *Promotion `json:"promotion,omitempty"`
}

// PolicySelection is a policy as an environment has it.
type PolicySelection struct {
	// Name of the policy.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Params overrule the defaults of the policy's own.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Schemaless
	Params *apiextensionsv1.JSON `json:"params,omitempty"`
	// Actions overrule the policy's own: Deny, Warn or Audit.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:items:Enum=Deny;Warn;Audit
	Actions []string `json:"actions,omitempty"`
}

// ChangeWindow is a time at which changes are let in, or not.
type ChangeWindow struct {
	// Name tells it from others in messages.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Kind is Freeze, while which nothing is let in, or Promotion, outside of which nothing is. Where they meet, the
	// freeze wins.
	// +kubebuilder:validation:Enum=Freeze;Promotion
	Kind string `json:"kind"`
	// Schedule is when it begins, as five cron fields, such as 0 18 * * 5.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Schedule string `json:"schedule"`
	// Duration is how long it lasts, such as 62h or 90m.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Duration string `json:"duration"`
	// TimeZone of the schedule, by its IANA name, such as Europe/Berlin.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone"`
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
