package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Accelerator is the GPUs that each replica gets. It names them by product, by products, by memory or by
// MIG profile; product or products may stand beside mig or memory and narrow it.
type Accelerator struct {
	// Product is the GPU as GPU feature discovery labels it, such as NVIDIA-H100-80GB-HBM3.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Product string `json:"product,omitempty"`
	// Products are GPUs of which any will do.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`
	// +kubebuilder:validation:items:MaxLength=63
	Products []string `json:"products,omitempty"`
	// Memory is the least memory that each GPU has to have, such as 40Gi. A GPU that is sold with 80 GB has
	// some 79.6Gi: ask for 80G. Beside products it leaves those out that have less.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
	// MIG is the profile of a slice of a GPU, such as 1g.10gb. A model must fit into one slice.
	// +optional
	// +kubebuilder:validation:Pattern=`^[1-7]g\.[0-9]{1,3}gb(\.me|\+me)?$`
	MIG string `json:"mig,omitempty"`
	// Shared accepts GPUs that are shared by time-slicing or MPS. Neither keeps other models from the memory.
	// +optional
	Shared bool `json:"shared,omitempty"`
	// DRA asks for the GPUs by dynamic resource allocation instead of a device plugin's resource.
	// +optional
	DRA *DRA `json:"dra,omitempty"`
	// Count is how many GPUs a replica gets on each of its nodes; the model is split over them. 1 unless
	// told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Count *int32 `json:"count,omitempty"`
	// Nodes is how many nodes a replica spans, as a LeaderWorkerSet. 1 unless told. vLLM needs release 0.18
	// for it: earlier ones have no --nnodes, or give up after 600 s on a node that still downloads.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Nodes *int32 `json:"nodes,omitempty"`
	// RuntimeClass is the container runtime that gives access to GPUs, such as nvidia, in clusters where it
	// is not the default.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	RuntimeClass string `json:"runtimeClass,omitempty"`
}

// DRA asks for devices of a class (resource.k8s.io/v1, KEP-4381).
type DRA struct {
	// DeviceClass that offers the devices: mig.nvidia.com for a MIG profile and gpu.nvidia.com otherwise,
	// unless told.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	DeviceClass string `json:"deviceClass,omitempty"`
	// Selectors are CEL expressions over a device, all of which must hold.
	// +optional
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=1024
	Selectors []string `json:"selectors,omitempty"`
}

// Parallelism is how a model is split over the GPUs of a replica. Their product is the number of GPUs.
type Parallelism struct {
	// Tensor splits each layer, over GPUs that are close to each other. It must divide the attention heads.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Tensor *int32 `json:"tensor,omitempty"`
	// Pipeline puts layers after each other, over nodes or slow links. 1 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Pipeline *int32 `json:"pipeline,omitempty"`
	// Data runs copies of the model side by side in one replica. 1 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Data *int32 `json:"data,omitempty"`
}
