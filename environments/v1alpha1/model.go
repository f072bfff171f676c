package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Release is what is served: a model and the runtime that serves it. It is content-addressed: the same
// release has the same id in every environment.
type Release struct {
	// Model is the weights.
	Model Model `json:"model"`
	// Runtime is the server.
	Runtime Runtime `json:"runtime"`
}

// Model names weights at one revision, and says what is known of them. What is not said is taken from the
// catalogue of well-known models (render/fit/models.yaml), which knows them by their source.
type Model struct {
	// Source is where the weights come from: hf://owner/name, s3://bucket/path, gs://bucket/path,
	// https://host/file, oci://registry/repository (mounted as an image volume) or pvc://claim/path.
	// +kubebuilder:validation:Pattern=`^(hf|s3|gs|oci|pvc|https)://[^\s]+$`
	// +kubebuilder:validation:MaxLength=512
	Source string `json:"source"`
	// Revision pins the source: the 40 hex digits of a commit for hf, sha256:… for oci and https, a version
	// for the others. A floating one, such as main or none, is refused unless the environment allows it.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`
	// +kubebuilder:validation:MaxLength=256
	Revision string `json:"revision,omitempty"`
	// File is the path of the weights below the model's directory, for servers that load one file.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`
	// +kubebuilder:validation:MaxLength=256
	File string `json:"file,omitempty"`
	// Format is the file format of the weights.
	// +optional
	// +kubebuilder:validation:Enum=safetensors;gguf;onnx;savedmodel;tensorrt;pytorch
	Format string `json:"format,omitempty"`
	// Precision is the number format that the weights are served in. Those below 16 bit say how the
	// checkpoint was quantized, or is to be by the prepare step or by the server: see quantization.
	// +optional
	// +kubebuilder:validation:Enum=fp32;bf16;fp16;fp8;int8;int4;mxfp4
	Precision string `json:"precision,omitempty"`
	// Quantization is the method that made the precision, for servers that have to be told. bitsandbytes and
	// fp8 some of them apply themselves, to a checkpoint in 16 bit, while they load it.
	// +optional
	// +kubebuilder:validation:Enum=awq;gptq;fp8;compressed-tensors;bitsandbytes;modelopt;mxfp4;gguf
	Quantization string `json:"quantization,omitempty"`
	// License is the SPDX identifier of the model's licence, such as Apache-2.0, or the name that its
	// publisher gave it.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9.+-]*$`
	// +kubebuilder:validation:MaxLength=64
	License string `json:"license,omitempty"`
	// Size is the size of the weights, such as 15Gi. The startup budget and the fit follow from it.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
	// Parameters is how many parameters the model has, such as 8.03B.
	// +optional
	// +kubebuilder:validation:Pattern=`^[0-9]+(\.[0-9]+)?[MBT]$`
	// +kubebuilder:validation:MaxLength=16
	Parameters string `json:"parameters,omitempty"`
	// Architecture is what the memory of requests follows from, as the model's config.json has it.
	// +optional
	Architecture *Architecture `json:"architecture,omitempty"`
	// Checksums are the SHA-256 of the model's files. They are verified before the server starts.
	// +optional
	// +listType=map
	// +listMapKey=file
	// +kubebuilder:validation:MaxItems=256
	Checksums []Checksum `json:"checksums,omitempty"`
	// Prepare runs before the server and leaves the model in the cache as the server wants it: downloaded,
	// converted or quantized.
	// +optional
	Prepare *Prepare `json:"prepare,omitempty"`
}

// Architecture is the shape of a transformer.
type Architecture struct {
	// Kind is what the model is made of; activations and the cache of requests take memory accordingly.
	// dense unless told.
	// +optional
	// +kubebuilder:validation:Enum=dense;mixture-of-experts;multimodal;encoder
	Kind string `json:"kind,omitempty"`
	// Layers is num_hidden_layers.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	Layers int32 `json:"layers"`
	// Heads is num_attention_heads. Tensor parallelism must divide it.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	Heads int32 `json:"heads"`
	// KVHeads is num_key_value_heads; as many as heads unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	KVHeads *int32 `json:"kvHeads,omitempty"`
	// HeadDim is head_dim. It is not always the hidden size divided by the heads.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4096
	HeadDim *int32 `json:"headDim,omitempty"`
	// MLA is multi-head latent attention, as DeepSeek has it, instead of kvHeads and headDim.
	// +optional
	MLA *MLA `json:"mla,omitempty"`
	// MaxPositionEmbeddings is the longest sequence that the model knows, in tokens.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=16777216
	MaxPositionEmbeddings *int32 `json:"maxPositionEmbeddings,omitempty"`
}

// MLA is multi-head latent attention: the cache of a request holds one compressed vector a layer.
type MLA struct {
	// KVLoraRank is kv_lora_rank.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65536
	KVLoraRank int32 `json:"kvLoraRank"`
	// QKRopeHeadDim is qk_rope_head_dim.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65536
	QKRopeHeadDim int32 `json:"qkRopeHeadDim"`
}

// Checksum is the SHA-256 of one file of the model.
type Checksum struct {
	// File is its path below the model's directory.
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`
	// +kubebuilder:validation:MaxLength=256
	File string `json:"file"`
	// SHA256 is the digest, in hex.
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{64}$`
	SHA256 string `json:"sha256"`
}

// Prepare is a container that runs to its end before the server starts. It finds what to do in its
// environment: MODEL_SOURCE, MODEL_REVISION, MODEL_FILE, MODEL_FORMAT, MODEL_PRECISION, MODEL_QUANTIZATION,
// MODEL_ADAPTERS (name, source and revision of one on each line), HF_TOKEN, MODEL_MOUNT (where a model from
// oci:// or pvc:// is), and MODEL_DIR, the directory in the cache that it fills. The directory's name follows
// from the model, so a shared cache may have it already.
//
// It has to be atomic: several replicas may run it at once in one shared cache, and any of them may be killed
// half-way. So it fills a directory of its own beside MODEL_DIR, renames that to MODEL_DIR when it is complete,
// and ends well when another one was faster.
type Prepare struct {
	// Image is the container image, best by digest.
	// +kubebuilder:validation:Pattern=`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$`
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image"`
	// Command replaces the image's entry point.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Command []string `json:"command,omitempty"`
	// Args are its arguments.
	// +optional
	// +kubebuilder:validation:MaxItems=256
	Args []string `json:"args,omitempty"`
	// Env are additional environment variables.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=256
	Env []EnvVar `json:"env,omitempty"`
	// TimeoutSeconds is how long it may take. Unless told it follows from the model's size and source, and
	// is never below 600. A rollout waits for it.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	TimeoutSeconds *int32 `json:"timeoutSeconds,omitempty"`
}
