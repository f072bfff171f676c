package v1alpha1

// Runtime is the server that serves the model.
type Runtime struct {
	// Engine is vllm, sglang, tgi, triton, tensorflow-serving or llamacpp; custom brings its own container.
	// Each is a directory under render/runtimes.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]+(-+[a-z0-9]+)*$`
	// +kubebuilder:validation:MaxLength=63
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
	// GPUMemoryPercent is the share of each GPU's memory that the server may fill. Unless told it is the
	// engine's own default.
	// +optional
	// +kubebuilder:validation:Minimum=10
	// +kubebuilder:validation:Maximum=99
	GPUMemoryPercent *int32 `json:"gpuMemoryPercent,omitempty"`
	// KVCachePrecision is the number format of the cache of requests; that of the model, in 16 bit, unless
	// told.
	// +optional
	// +kubebuilder:validation:Enum=bf16;fp16;fp8
	KVCachePrecision string `json:"kvCachePrecision,omitempty"`
	// Adapters are LoRA adapters, served beside the model under their own names.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Adapters []Adapter `json:"adapters,omitempty"`
	// MaxAdapterRank is the highest rank of the adapters; the engine's default unless told.
	// +optional
	// +kubebuilder:validation:Enum=1;8;16;32;64;128;256;320;512
	MaxAdapterRank *int32 `json:"maxAdapterRank,omitempty"`
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
	// model's size and source, and is never below 600.
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

// Adapter is a LoRA adapter.
type Adapter struct {
	// Name is what callers ask for.
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Source is where it comes from: a repository, as in hf://owner/name. With a prepare step any source
	// that the step knows, and otherwise a path below the model's own directory, as in model://adapters/sql.
	// +kubebuilder:validation:Pattern=`^(hf|s3|gs|https|model)://[^\s]+$`
	// +kubebuilder:validation:MaxLength=512
	Source string `json:"source"`
	// Revision pins the source. No engine can ask for one by itself; the prepare step is given it.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`
	// +kubebuilder:validation:MaxLength=256
	Revision string `json:"revision,omitempty"`
}
