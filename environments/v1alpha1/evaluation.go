package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Where an evaluation leaves its result.
const (
	// ResultTerminationMessage is the container's termination message, up to 4096 bytes.
	ResultTerminationMessage = "TerminationMessage"
	// ResultFile is a file, which a sidecar hands to the agent.
	ResultFile = "File"
)

// Evaluation is a Job that measures the model as it is served here, once a release is healthy.
type Evaluation struct {
	// Name of the evaluation, by which policies know its metrics.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=40
	Name string `json:"name"`
	// Image that runs it. It finds the model at PENSTOCK_ENDPOINT, an OpenAI-compatible or the runtime's own address.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image"`
	// Command replaces the image's entrypoint.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=4096
	Command []string `json:"command,omitempty"`
	// Args of the command.
	// +optional
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=4096
	Args []string `json:"args,omitempty"`
	// Env are environment variables beside those that Penstock sets, which all begin with PENSTOCK_.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=128
	Env []EnvVar `json:"env,omitempty"`
	// Dataset that is measured with, such as hf://cais/mmlu. The Job finds it in PENSTOCK_DATASET.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Dataset string `json:"dataset,omitempty"`
	// DatasetRevision is the exact one: a commit, a digest or a version.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	DatasetRevision string `json:"datasetRevision,omitempty"`
	// Metrics that are asked for. A result that lacks one of them has failed, and so has one that is beyond a limit.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Metrics []MetricLimits `json:"metrics"`
	// Result is where it is left: TerminationMessage, the default, or File.
	// +optional
	// +kubebuilder:validation:Enum=TerminationMessage;File
	Result string `json:"result,omitempty"`
	// Resources of the Job's container.
	// +optional
	Resources *Resources `json:"resources,omitempty"`
	// Timeout is how long it may take, such as 2h. One hour unless told.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Timeout string `json:"timeout,omitempty"`
	// Retries is how often it is tried again when it fails by itself, and not by its metrics. 2 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	Retries *int32 `json:"retries,omitempty"`
}

// MetricLimits are what a metric has to be.
type MetricLimits struct {
	// Name of the metric as the result has it, such as mmlu/acc.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name"`
	// Min is the least that it may be.
	// +optional
	Min *resource.Quantity `json:"min,omitempty"`
	// Max is the most that it may be.
	// +optional
	Max *resource.Quantity `json:"max,omitempty"`
}
