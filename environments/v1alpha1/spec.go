package v1alpha1

// ModelDeploymentSpec is a release and its placement. Everything but Release is placement.
type ModelDeploymentSpec struct {
	// Release is the half that is promoted, byte for byte, from one environment to the next.
	Release Release `json:"release"`
	// Accelerator is the GPUs that each replica gets. Without it the model runs on CPUs.
	// +optional
	Accelerator *Accelerator `json:"accelerator,omitempty"`
	// Parallelism is how the model is split over a replica's GPUs. Unless told it is tensor parallel over
	// the GPUs of a node and pipeline parallel over the nodes.
	// +optional
	Parallelism *Parallelism `json:"parallelism,omitempty"`
	// Scaling is how many replicas serve the model.
	// +optional
	Scaling *Scaling `json:"scaling,omitempty"`
	// Rollout is how a new release replaces the old one.
	// +optional
	Rollout *Rollout `json:"rollout,omitempty"`
	// Scheduling is which nodes the replicas prefer, avoid and wait for, beside those with the accelerator.
	// +optional
	Scheduling *Scheduling `json:"scheduling,omitempty"`
	// Resources are the CPU and memory of each replica.
	// +optional
	Resources *Resources `json:"resources,omitempty"`
	// Cache is where weights are kept after they were downloaded.
	// +optional
	Cache *Cache `json:"cache,omitempty"`
	// Credentials are references to Secrets in the environment's namespace.
	// +optional
	Credentials *Credentials `json:"credentials,omitempty"`
	// Exposure says who may call the model, and how it is reached.
	// +optional
	Exposure *Exposure `json:"exposure,omitempty"`
	// Monitoring is how the model's metrics are collected.
	// +optional
	Monitoring *Monitoring `json:"monitoring,omitempty"`
	// DisruptionBudget is how many replicas a drain of nodes may take at once.
	// +optional
	DisruptionBudget *DisruptionBudget `json:"disruptionBudget,omitempty"`
	// Evaluations measure the model as it is served here, once a release is healthy.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Evaluations []Evaluation `json:"evaluations,omitempty"`
}

// SecretKeyRef names one key of a Secret.
type SecretKeyRef struct {
	// Name of the Secret.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Key in the Secret.
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key"`
}

// EnvVar is an environment variable with a literal value or a reference to a Secret.
type EnvVar struct {
	// Name of the variable.
	// +kubebuilder:validation:Pattern=`^[A-Za-z_][A-Za-z0-9_]*$`
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name"`
	// Value is literal; it must not be a secret, since it is in Git.
	// +optional
	Value string `json:"value,omitempty"`
	// SecretKeyRef takes the value from a Secret in the environment's namespace.
	// +optional
	SecretKeyRef *SecretKeyRef `json:"secretKeyRef,omitempty"`
}

// Credentials are references to Secrets in the environment's namespace.
type Credentials struct {
	// ModelToken is the token that downloads the model.
	// +optional
	ModelToken *SecretKeyRef `json:"modelToken,omitempty"`
	// ImagePullSecret is the name of the Secret that pulls the image.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	ImagePullSecret string `json:"imagePullSecret,omitempty"`
}
