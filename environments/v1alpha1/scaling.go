package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Scaling is how many replicas serve the model: min alone is a fixed number. With max, schedules or
// prometheus an autoscaler owns the number: a HorizontalPodAutoscaler on a metric of the pods, or KEDA when
// there is prometheus or a schedule.
type Scaling struct {
	// Min is the least number of replicas. 1 unless told. Without an autoscaler 0 parks the model; with
	// prometheus or schedules it scales to zero.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Min *int32 `json:"min,omitempty"`
	// Max is the largest number of replicas.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Max *int32 `json:"max,omitempty"`
	// Metric of the pods that a HorizontalPodAutoscaler keeps at its target. Unless told it is the engine's
	// number of waiting requests.
	// +optional
	Metric *PodMetric `json:"metric,omitempty"`
	// Prometheus is a query that KEDA scales by.
	// +optional
	Prometheus *PrometheusQuery `json:"prometheus,omitempty"`
	// Schedules are times at which at least so many replicas run, such as office hours. KEDA keeps them.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	Schedules []Schedule `json:"schedules,omitempty"`
	// ScaleDownSeconds is how long the load has to be low before replicas are removed. As long as the startup
	// budget unless told, and at least 300, since what is removed has to be loaded again.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	ScaleDownSeconds *int32 `json:"scaleDownSeconds,omitempty"`
}

// PodMetric is a metric that the custom metrics API offers for the model's pods.
type PodMetric struct {
	// Name of the metric, such as vllm:num_requests_waiting.
	// +kubebuilder:validation:Pattern=`^[A-Za-z_:][A-Za-z0-9_:]*$`
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Target is what the average over the pods is kept at, such as 5 or 500m.
	Target resource.Quantity `json:"target"`
}

// PrometheusQuery is a query that KEDA scales by (https://keda.sh/docs/latest/scalers/prometheus).
type PrometheusQuery struct {
	// ServerAddress of Prometheus, such as http://prometheus.monitoring:9090.
	// +kubebuilder:validation:Pattern=`^https?://[^\s]+$`
	// +kubebuilder:validation:MaxLength=512
	ServerAddress string `json:"serverAddress"`
	// Query whose result, divided by the threshold, is the number of replicas.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Query string `json:"query"`
	// Threshold is the load of one replica.
	Threshold resource.Quantity `json:"threshold"`
	// ActivationThreshold is the load above which the first replica starts, from zero. 0 unless told.
	// +optional
	ActivationThreshold *resource.Quantity `json:"activationThreshold,omitempty"`
}

// Schedule is a time at which at least so many replicas run.
type Schedule struct {
	// Start of the time, as five cron fields, such as 0 8 * * 1-5.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Start string `json:"start"`
	// End of the time, as five cron fields, such as 0 18 * * 1-5.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	End string `json:"end"`
	// TimeZone of both, by its IANA name, such as Europe/Berlin.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone"`
	// Replicas that run then.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Replicas int32 `json:"replicas"`
}

// What happens when a new release fails within its probation.
const (
	// RollbackAuto returns to the last healthy release.
	RollbackAuto = "auto"
	// RollbackNone leaves it to people.
	RollbackNone = "none"
)

// Rollout is how a new release replaces the old one.
type Rollout struct {
	// Surge is how many replicas may run beyond the wanted number during a rollout. Unless told the agent
	// chooses when the rollout begins: 1 if the cluster has room for one more replica beside those that
	// run, and otherwise 0, so that one replica stops before the next starts.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Surge *int32 `json:"surge,omitempty"`
	// Rollback is auto to return by itself to the last healthy release when a new one fails within its probation, and
	// none, the default, to leave that to people.
	// +optional
	// +kubebuilder:validation:Enum=auto;none
	Rollback string `json:"rollback,omitempty"`
	// Probation is how long after it was applied a release may fail and be taken back by itself, such as 30m: from 1m to
	// 168h. 30 minutes unless told.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Probation string `json:"probation,omitempty"`
}

// DisruptionBudget is how many replicas a drain of nodes may take at once: one of both.
type DisruptionBudget struct {
	// MaxUnavailable replicas may be missing. 1 unless told.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	MaxUnavailable *int32 `json:"maxUnavailable,omitempty"`
	// MinAvailable replicas must be there. With as many as run, no node of theirs can be drained.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	MinAvailable *int32 `json:"minAvailable,omitempty"`
}
