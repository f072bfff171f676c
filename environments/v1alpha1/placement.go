package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Scheduling is which nodes the replicas prefer, avoid and wait for, beside those with the accelerator.
type Scheduling struct {
	// Queue is the Kueue LocalQueue in which the replicas wait for quota. It becomes the value of a label.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=63
	Queue string `json:"queue,omitempty"`
	// PriorityClass decides who gives way when the cluster is full.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	PriorityClass string `json:"priorityClass,omitempty"`
	// Spread keeps the replicas apart.
	// +optional
	Spread *Spread `json:"spread,omitempty"`
	// Spot accepts nodes that the cloud may take back at any time.
	// +optional
	Spot bool `json:"spot,omitempty"`
	// NodeSelector are labels that the nodes have to have.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// Tolerations are taints that the nodes may have. That of NVIDIA's GPU operator is tolerated without.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	Tolerations []Toleration `json:"tolerations,omitempty"`
}

// Spread keeps replicas apart.
type Spread struct {
	// Over is the label of nodes whose values the replicas are spread over. kubernetes.io/hostname unless
	// told; topology.kubernetes.io/zone survives the loss of a zone.
	// +optional
	// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`
	// +kubebuilder:validation:MaxLength=317
	Over string `json:"over,omitempty"`
	// Required leaves a replica pending rather than beside another. It is only preferred unless told.
	// +optional
	Required bool `json:"required,omitempty"`
}

// Toleration lets replicas run on nodes with a taint.
type Toleration struct {
	// Key of the taint.
	// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`
	// +kubebuilder:validation:MaxLength=317
	Key string `json:"key"`
	// Value of the taint; any unless told.
	// +optional
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Value string `json:"value,omitempty"`
	// Effect of the taint; any unless told.
	// +optional
	// +kubebuilder:validation:Enum=NoSchedule;PreferNoSchedule;NoExecute
	Effect string `json:"effect,omitempty"`
}

// Resources are the CPU and memory of each replica, or of each of its nodes when it spans several.
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

// Cache is where weights are kept after they were downloaded: in a volume of each replica, which goes with
// it, unless claimName or claim keeps them.
type Cache struct {
	// Size bounds the cache of each replica, when it is ephemeral. Twice the model's size, and at least
	// 20Gi, unless told.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
	// ClaimName keeps the cache in an existing PersistentVolumeClaim, shared by all replicas.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	ClaimName string `json:"claimName,omitempty"`
	// Claim keeps the cache in a PersistentVolumeClaim of the unit's own, shared by all replicas. It
	// outlives the unit.
	// +optional
	Claim *CacheClaim `json:"claim,omitempty"`
	// AccessMode of the claim. ReadWriteMany unless told. With any other one replica has it alone: there can
	// be no second one, and none can surge.
	// +optional
	// +kubebuilder:validation:Enum=ReadWriteMany;ReadWriteOnce;ReadWriteOncePod
	AccessMode string `json:"accessMode,omitempty"`
}

// CacheClaim is a PersistentVolumeClaim for the cache.
type CacheClaim struct {
	// Size of the volume.
	Size resource.Quantity `json:"size"`
	// StorageClass that provides it; the cluster's default unless told.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	StorageClass string `json:"storageClass,omitempty"`
}

// Exposure says who may call the model, and how it is reached. Its own namespace always may, at the Service
// of the model's name, port 80.
type Exposure struct {
	// Namespaces may call the model too, such as the one of a gateway or of Prometheus.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:items:MaxLength=63
	Namespaces []string `json:"namespaces,omitempty"`
	// Route brings requests from a Gateway (gateway.networking.k8s.io/v1) to the model.
	// +optional
	Route *Route `json:"route,omitempty"`
	// InferencePool lets an endpoint picker choose the replica (inference.networking.k8s.io/v1). A route
	// then leads to the pool instead of the Service.
	// +optional
	InferencePool *InferencePool `json:"inferencePool,omitempty"`
}

// Route is an HTTPRoute.
type Route struct {
	// Gateway is the name of the Gateway.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MaxLength=253
	Gateway string `json:"gateway"`
	// GatewayNamespace is where the Gateway is; the environment's namespace unless told. It may call the model.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	GatewayNamespace string `json:"gatewayNamespace,omitempty"`
	// Hostnames that lead to the model; all of the Gateway's unless told.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:Pattern=`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:items:MaxLength=253
	Hostnames []string `json:"hostnames,omitempty"`
	// PathPrefix that leads to the model; / unless told. The server does not see it: it is taken off.
	// +optional
	// +kubebuilder:validation:Pattern=`^/[^\s]*$`
	// +kubebuilder:validation:MaxLength=1024
	PathPrefix string `json:"pathPrefix,omitempty"`
}

// InferencePool is the replicas as an endpoint picker sees them.
type InferencePool struct {
	// EndpointPicker is the Service of the picker.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	EndpointPicker string `json:"endpointPicker"`
	// Port of the picker; 9002 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port *int32 `json:"port,omitempty"`
	// FailOpen sends requests to any replica while the picker does not answer. They fail unless told.
	// +optional
	FailOpen bool `json:"failOpen,omitempty"`
}

// Monitoring is how the model's metrics are collected.
type Monitoring struct {
	// PodMonitor lets Prometheus' operator scrape the replicas. Its Prometheus' namespace must be one that
	// may call the model.
	// +optional
	PodMonitor *PodMonitor `json:"podMonitor,omitempty"`
}

// PodMonitor lets Prometheus' operator scrape the replicas.
type PodMonitor struct {
	// IntervalSeconds between two scrapes; 15 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	IntervalSeconds *int32 `json:"intervalSeconds,omitempty"`
	// Labels that Prometheus selects PodMonitors by, such as release: prometheus.
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
}
