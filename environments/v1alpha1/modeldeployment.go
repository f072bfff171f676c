package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ModelDeployment describes one model in one environment: what is served (the release) and how it is
// placed there. It is written in Git; the agent applies it to the cluster too, where its status says
// what came of it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=md,categories=penstock
// +kubebuilder:metadata:labels="applyset.kubernetes.io/is-parent-type=true"
// +kubebuilder:printcolumn:name="Environment",type=string,JSONPath=`.status.environment`
// +kubebuilder:printcolumn:name="Model",type=string,JSONPath=`.status.model`
// +kubebuilder:printcolumn:name="Release",type=string,JSONPath=`.status.release`
// +kubebuilder:printcolumn:name="GPUs",type=integer,JSONPath=`.status.gpus`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type ModelDeployment struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what Git asks for. It is absent only on an object whose descriptor has never been valid:
	// the agent makes such an object so that its status can say what is wrong.
	// +optional
	Spec *ModelDeploymentSpec `json:"spec,omitempty"`
	// Status is what the agent last saw and did.
	// +optional
	Status ModelDeploymentStatus `json:"status,omitempty"`
}

// ModelDeploymentList is a list of ModelDeployments.
//
// +kubebuilder:object:root=true
type ModelDeploymentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ModelDeployment `json:"items"`
}

// ModelDeploymentSpec is a release and its placement. Everything but Release is placement.
type ModelDeploymentSpec struct {
	// Release is the half that is promoted, byte for byte, from one environment to the next.
	Release Release `json:"release"`
	// Accelerator is the GPU that each replica gets. Without it the model runs on CPUs.
	// +optional
	Accelerator *Accelerator `json:"accelerator,omitempty"`
	// Scaling is how many replicas serve the model.
	// +optional
	Scaling *Scaling `json:"scaling,omitempty"`
	// Rollout is how a new release replaces the old one.
	// +optional
	Rollout *Rollout `json:"rollout,omitempty"`
	// Resources are the CPU and memory of each replica.
	// +optional
	Resources *Resources `json:"resources,omitempty"`
	// Cache is where weights are kept after they were downloaded.
	// +optional
	Cache *Cache `json:"cache,omitempty"`
	// Credentials are references to Secrets in the environment's namespace.
	// +optional
	Credentials *Credentials `json:"credentials,omitempty"`
	// Exposure says who may call the model.
	// +optional
	Exposure *Exposure `json:"exposure,omitempty"`
}

// Release is what is served: a model and the runtime that serves it. It is content-addressed: the same
// release has the same id in every environment.
type Release struct {
	// Model is the weights.
	Model Model `json:"model"`
	// Runtime is the server.
	Runtime Runtime `json:"runtime"`
}

// Model names weights at one revision.
type Model struct {
	// Source is where the weights come from, such as hf://meta-llama/Llama-3.1-8B-Instruct.
	// +kubebuilder:validation:Pattern=`^(hf|s3|gs|oci|pvc|https)://[^\s]+$`
	// +kubebuilder:validation:MaxLength=512
	Source string `json:"source"`
	// Revision pins the source: a commit for hf, a digest for oci.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`
	// +kubebuilder:validation:MaxLength=256
	Revision string `json:"revision,omitempty"`
	// Format is the file format of the weights.
	// +optional
	// +kubebuilder:validation:Enum=safetensors;gguf;onnx;savedmodel;pytorch
	Format string `json:"format,omitempty"`
	// Precision is the number format that the weights are served in. fp8, int8 and int4 say how the
	// checkpoint was quantized.
	// +optional
	// +kubebuilder:validation:Enum=fp32;bf16;fp16;fp8;int8;int4
	Precision string `json:"precision,omitempty"`
	// Size is the size of the weights, such as 15Gi. The startup budget follows from it.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
}

// Runtime is the server that serves the model.
type Runtime struct {
	// Engine names a directory under render/runtimes; custom brings its own container.
	// +kubebuilder:validation:Enum=vllm;custom
	Engine string `json:"engine"`
	// Image is the container image, best by digest.
	// +kubebuilder:validation:Pattern=`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$`
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image"`
	// ContextLength is the longest sequence, in tokens, that the server accepts.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=16777216
	ContextLength *int32 `json:"contextLength,omitempty"`
	// Command replaces the image's entry point. Only for engine custom.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Command []string `json:"command,omitempty"`
	// Args are appended to the arguments that the engine gets.
	// +optional
	// +kubebuilder:validation:MaxItems=256
	Args []string `json:"args,omitempty"`
	// Env are additional environment variables of the server.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=256
	Env []EnvVar `json:"env,omitempty"`
	// Port is where the server listens. Only for engine custom; 8080 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port *int32 `json:"port,omitempty"`
	// HealthPath answers 200 when the server can serve. Only for engine custom; /health unless told.
	// +optional
	// +kubebuilder:validation:Pattern=`^/[^\s]*$`
	// +kubebuilder:validation:MaxLength=1024
	HealthPath string `json:"healthPath,omitempty"`
	// StartupSeconds is how long a replica may take until it serves. Unless told it follows from the
	// model's size, and is never below 600.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	StartupSeconds *int32 `json:"startupSeconds,omitempty"`
	// MaxRequestSeconds is how long one request may take; a replica that stops waits for it. 60 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	MaxRequestSeconds *int32 `json:"maxRequestSeconds,omitempty"`
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

// SecretKeyRef names one key of a Secret.
type SecretKeyRef struct {
	// Name of the Secret.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Key in the Secret.
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key"`
}

// Accelerator is the GPU that each replica gets.
type Accelerator struct {
	// Product is the GPU as GPU feature discovery labels it, such as NVIDIA-H100-80GB-HBM3.
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Product string `json:"product"`
	// Count is how many GPUs one replica gets; the model is split over them. 1 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Count *int32 `json:"count,omitempty"`
}

// Scaling is how many replicas serve the model.
type Scaling struct {
	// Min is the number of replicas. 1 unless told; 0 parks the model.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Min *int32 `json:"min,omitempty"`
}

// Rollout is how a new release replaces the old one.
type Rollout struct {
	// Surge is how many replicas may run beyond the wanted number during a rollout. Each needs GPUs of
	// its own: on a full pool a surge waits for ever. 0 unless told: one replica stops before the next starts.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Surge *int32 `json:"surge,omitempty"`
}

// Resources are the CPU and memory of each replica.
type Resources struct {
	// CPU is requested. 4 per GPU unless told.
	// +optional
	CPU *resource.Quantity `json:"cpu,omitempty"`
	// Memory is requested and is the limit, shared memory included. 24Gi per GPU unless told.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
	// SharedMemory is the size of /dev/shm. 2Gi on one GPU and 16Gi on several unless told.
	// +optional
	SharedMemory *resource.Quantity `json:"sharedMemory,omitempty"`
}

// Cache is where weights are kept after they were downloaded.
type Cache struct {
	// Size bounds the cache of each replica, when it is ephemeral. Twice the model's size, and at least
	// 20Gi, unless told.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
	// ClaimName keeps the cache in an existing PersistentVolumeClaim instead, shared by all replicas.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	ClaimName string `json:"claimName,omitempty"`
}

// Credentials are references to Secrets in the environment's namespace.
type Credentials struct {
	// ModelToken is the token that downloads the model.
	// +optional
	ModelToken *SecretKeyRef `json:"modelToken,omitempty"`
	// ImagePullSecret is the name of the Secret that pulls the image.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	ImagePullSecret string `json:"imagePullSecret,omitempty"`
}

// Exposure says who may call the model. Its own namespace always may.
type Exposure struct {
	// Namespaces may call the model too, such as the one of a gateway or of Prometheus.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:items:MaxLength=63
	Namespaces []string `json:"namespaces,omitempty"`
}
