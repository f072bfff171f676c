package render

import (
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	// minScaleDownSeconds is how long the load has to be low at least; Kubernetes' own default.
	minScaleDownSeconds = 300
	// maxWindowSeconds and maxPeriodSeconds are the most that a HorizontalPodAutoscaler takes.
	maxWindowSeconds = 3600
	maxPeriodSeconds = 1800
)

// addScaling adds the autoscaler: none, a HorizontalPodAutoscaler, or KEDA's ScaledObject.
func (v values) addScaling(m *v1alpha1.ModelDeployment, e *engine) {
	v["budget"] = budget(m)
	v["workload"] = workload(m)
	s := m.Spec.Scaling
	switch {
	case s == nil:
	case s.Prometheus != nil || len(s.Schedules) > 0:
		v["scaledObject"] = map[string]any{
			"min": int64(replicas(m)), "max": int64(environments.MostReplicas(s)), "cooldownSeconds": scaleDownSeconds(m),
			"behavior": behavior(m), "triggers": triggers(s),
		}
	case s.Max != nil:
		if metric, ok := podMetric(s, e); ok {
			v["autoscaler"] = map[string]any{
				"min": int64(replicas(m)), "max": int64(*s.Max), "behavior": behavior(m),
				"metric": metric.Name, "target": metric.Target.String(),
			}
		}
	}
}

// budget is how many replicas a drain may take. As a maximum it never blocks the drain for ever, even with
// one replica.
func budget(m *v1alpha1.ModelDeployment) map[string]any {
	all := map[string]any{"selector": map[string]any{"matchLabels": texts(selector(m))}}
	told := m.Spec.DisruptionBudget
	switch {
	case told != nil && told.MinAvailable != nil && nodesPerReplica(m) > 1:
		// A budget counts pods, and each pod that goes takes its group with it.
		all["maxUnavailable"] = int64(max(0, max(replicas(m), 1)-*told.MinAvailable))
	case told != nil && told.MinAvailable != nil:
		all["minAvailable"] = int64(*told.MinAvailable)
	case told != nil:
		all["maxUnavailable"] = int64(or(told.MaxUnavailable, 1))
	default:
		all["maxUnavailable"] = int64(1)
	}
	return all
}

// workload is what an autoscaler scales.
func workload(m *v1alpha1.ModelDeployment) map[string]any {
	if nodesPerReplica(m) > 1 {
		return map[string]any{"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": m.Name}
	}
	return map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": m.Name}
}

// podMetric is what a HorizontalPodAutoscaler scales by; false when neither the descriptor nor the engine
// says.
func podMetric(s *v1alpha1.Scaling, e *engine) (v1alpha1.PodMetric, bool) {
	if s.Metric != nil {
		return *s.Metric, true
	}
	if e.Metrics.Waiting == nil {
		return v1alpha1.PodMetric{}, false
	}
	return *e.Metrics.Waiting, true
}

// behavior doubles at most in the time that a replica takes to start: those that still load take no load
// off the others, and would be asked for again and again (aibrix#2670). It scales down late, since what
// goes has to be loaded again.
func behavior(m *v1alpha1.ModelDeployment) map[string]any {
	policy := func(kind string, value, period int64) map[string]any {
		return map[string]any{"type": kind, "value": value, "periodSeconds": period}
	}
	startup := min(startupSeconds(m), maxPeriodSeconds)
	return map[string]any{
		"scaleUp": map[string]any{
			"stabilizationWindowSeconds": int64(0), "selectPolicy": "Max",
			"policies": []any{policy("Percent", 100, startup), policy("Pods", 1, startup)},
		},
		"scaleDown": map[string]any{
			"stabilizationWindowSeconds": scaleDownSeconds(m), "selectPolicy": "Max",
			"policies": []any{policy("Pods", 1, 60)},
		},
	}
}

func scaleDownSeconds(m *v1alpha1.ModelDeployment) int64 {
	if told := m.Spec.Scaling.ScaleDownSeconds; told != nil {
		return int64(*told)
	}
	return min(max(startupSeconds(m), minScaleDownSeconds), maxWindowSeconds)
}

// decimal writes a quantity as KEDA reads it: without a unit.
func decimal(q resource.Quantity) string { return q.AsDec().String() }

// triggers are KEDA's. It takes all metadata as text (https://keda.sh/docs/latest/scalers).
func triggers(s *v1alpha1.Scaling) []any {
	var all []any
	add := func(kind string, metadata map[string]any) {
		all = append(all, map[string]any{"type": kind, "metadata": metadata})
	}
	if p := s.Prometheus; p != nil {
		metadata := map[string]any{"serverAddress": p.ServerAddress, "query": p.Query, "threshold": decimal(p.Threshold)}
		if p.ActivationThreshold != nil {
			metadata["activationThreshold"] = decimal(*p.ActivationThreshold)
		}
		add("prometheus", metadata)
	}
	for _, schedule := range s.Schedules {
		add("cron", map[string]any{
			"timezone": schedule.TimeZone, "start": schedule.Start, "end": schedule.End,
			"desiredReplicas": strconv.Itoa(int(schedule.Replicas)),
		})
	}
	return all
}
