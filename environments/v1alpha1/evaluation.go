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
	// Image that runs it, by digest where the environment takes no floating revisions. It finds the model at
	// PENSTOCK_ENDPOINT, such as http://llama-3-8b.models-prod.svc, in the protocol of the runtime.
	// +kubebuilder:validation:Pattern=`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$`
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
	// Env are environment variables beside those that Penstock sets, whose names begin with PENSTOCK_: ENDPOINT, NAME (by
	// which the server knows the model), MODEL (its source), REVISION, RELEASE, DATASET, DATASET_REVISION and RESULT.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=128
	Env []EnvVar `json:"env,omitempty"`
	// Dataset that is measured with, such as hf://cais/mmlu. The Job finds it in PENSTOCK_DATASET and fetches it by
	// itself, unless its image has it.
	// +optional
	// +kubebuilder:validation:Pattern=`^(hf|s3|gs|oci|https)://[^\s]+$`
	// +kubebuilder:validation:MaxLength=512
	Dataset string `json:"dataset,omitempty"`
	// DatasetRevision is the exact one: a commit, a digest or a version. The Job finds it in PENSTOCK_DATASET_REVISION.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`
	// +kubebuilder:validation:MaxLength=256
	DatasetRevision string `json:"datasetRevision,omitempty"`
	// Metrics that are asked for. A result that lacks one of them has failed, and so has one that is beyond a limit.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Metrics []MetricLimits `json:"metrics"`
	// Result is where it is left, as JSON, under the name in PENSTOCK_RESULT: TerminationMessage, the default, for up to
	// 4096 bytes, or File for up to 1 MiB.
	// +optional
	// +kubebuilder:validation:Enum=TerminationMessage;File
	Result string `json:"result,omitempty"`
	// Resources of the Job's container. 1 CPU and 4Gi of memory unless told.
	// +optional
	Resources *Resources `json:"resources,omitempty"`
	// Timeout is how long it may take with all retries, such as 2h: from 1m to 24h. One hour unless told.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Timeout string `json:"timeout,omitempty"`
	// Retries is how often it is tried again when it fails by itself, and not by its metrics. 2 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	Retries *int32 `json:"retries,omitempty"`
}

// MetricLimits are what a metric has to be. Without limits it is only measured.
type MetricLimits struct {
	// Name of the metric as the result has it, such as mmlu/acc.
	// +kubebuilder:validation:Pattern=`^[^\s]+$`
	// +kubebuilder:validation:MaxLength=200
	Name string `json:"name"`
	// Min is the least that it may be, such as "0.7", in quotes, or 700m.
	// +optional
	Min *resource.Quantity `json:"min,omitempty"`
	// Max is the most that it may be, such as 1500 or "1.5".
	// +optional
	Max *resource.Quantity `json:"max,omitempty"`
}
