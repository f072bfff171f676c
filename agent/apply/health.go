package apply

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// HealthStatus is how a unit, or one of its objects, is.
type HealthStatus string

// The statuses, from best to worst.
const (
	// Healthy: everything that was asked for is there and serves.
	Healthy HealthStatus = v1alpha1.ReasonHealthy
	// Progressing: on its way.
	Progressing HealthStatus = v1alpha1.ReasonProgressing
	// Missing: an object that was applied is not there.
	Missing HealthStatus = "Missing"
	// Unschedulable: no node can take a replica.
	Unschedulable HealthStatus = v1alpha1.ReasonUnschedulable
	// Degraded: something failed. It may recover.
	Degraded HealthStatus = v1alpha1.ReasonDegraded
)

// severity orders the statuses.
var severity = map[HealthStatus]int{Healthy: 0, Progressing: 1, Missing: 2, Unschedulable: 3, Degraded: 4}

// Health is how a unit is, and why.
type Health struct {
	Status HealthStatus
	// Reason is a CamelCase word that is finer than the status, such as CrashLoopBackOff.
	Reason string
	// Message names the object, the pod and the container that are to blame.
	Message string
}

// statusless are the kinds whose being there is all there is to say, so they are not watched.
var statusless = map[schema.GroupKind]bool{
	{Kind: "ConfigMap"}: true, {Kind: "Secret"}: true, {Kind: "Service"}: true, {Kind: "ServiceAccount"}: true,
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}:                      true,
	{Group: "networking.k8s.io", Kind: "Ingress"}:                            true,
	{Group: "policy", Kind: "PodDisruptionBudget"}:                           true,
	{Group: "batch", Kind: "CronJob"}:                                        true,
	{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}:                  true,
	{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}:                  true,
	{Group: "inference.networking.k8s.io", Kind: "InferencePool"}:            true,
	{Group: "resource.k8s.io", Kind: "ResourceClaimTemplate"}:                true,
	{Group: "monitoring.coreos.com", Kind: "PodMonitor"}:                     true,
	{Group: "monitoring.coreos.com", Kind: "ServiceMonitor"}:                 true,
	{Group: "monitoring.coreos.com", Kind: "PrometheusRule"}:                 true,
	{Group: v1alpha1.GroupVersion.Group, Kind: v1alpha1.ModelDeploymentKind}: true,
}

func watched(kinds []schema.GroupKind) []schema.GroupKind {
	return slices.DeleteFunc(sortedKinds(kinds), func(k schema.GroupKind) bool { return statusless[k] })
}

// finding is what was made of one object.
type finding struct {
	object Object
	Health
}

// judgeUnit is the health of a unit from its objects as the watches saw them. It is pure. The members that
// are expected and have a status must all be there, at least at the generation that was applied.
func judgeUnit(expected []Member, live map[Object]*unstructured.Unstructured, pods []*unstructured.Unstructured) Health {
	var findings []finding
	for _, m := range expected {
		if !statusless[m.Object.GroupKind()] {
			findings = append(findings, finding{m.Object, judgeMember(m, live[m.Object], pods)})
		}
	}
	for o, u := range live {
		if !slices.ContainsFunc(expected, func(m Member) bool { return m.Object == o }) {
			findings = append(findings, finding{o, judge(u, pods)})
		}
	}
	return worst(findings)
}

func judgeMember(m Member, u *unstructured.Unstructured, pods []*unstructured.Unstructured) Health {
	switch {
	case u == nil:
		return Health{Missing, "NotFound", "it is not in the cluster"}
	case u.GetUID() == m.UID && u.GetGeneration() < m.Generation:
		return Health{Progressing, ReasonNotObserved, "the watch has not seen the last change yet"}
	}
	return judge(u, pods)
}

// worst picks the worst finding, the first by name among equals, and says how many others there are.
func worst(findings []finding) Health {
	if len(findings) == 0 {
		return Health{Healthy, "Healthy", "nothing of it has a status"}
	}
	slices.SortFunc(findings, func(a, b finding) int {
		return cmp.Or(cmp.Compare(severity[b.Status], severity[a.Status]), cmp.Compare(a.object.String(), b.object.String()))
	})
	first := findings[0]
	first.Message = first.object.String() + ": " + first.Message
	others := 0
	for _, f := range findings[1:] {
		if f.Status != Healthy && f.Status == first.Status {
			others++
		}
	}
	if others > 0 {
		first.Message += fmt.Sprintf(" (and %d more)", others)
	}
	return first.Health
}

// judge is the health of one object: kstatus, made clearer by the pods of a workload.
func judge(u *unstructured.Unstructured, pods []*unstructured.Unstructured) Health {
	result, err := status.Compute(u)
	if err != nil {
		return Health{Progressing, "Unreadable", "its status cannot be read: " + err.Error()}
	}
	base := fromKstatus(result)
	if base.Status == Healthy && isGroupSet(u) {
		base = judgeGroups(u)
	}
	if base.Status == Healthy {
		return base
	}
	return explainByPods(base, podsOf(u, pods), u.GetLabels()[v1alpha1.LabelRelease])
}

func fromKstatus(result *status.Result) Health {
	h := Health{Status: Progressing, Reason: "InProgress", Message: result.Message}
	for _, c := range result.Conditions {
		h.Reason = cmp.Or(c.Reason, h.Reason)
	}
	switch result.Status {
	case status.CurrentStatus:
		h.Status, h.Reason = Healthy, "Healthy"
	case status.FailedStatus:
		h.Status = Degraded
	case status.TerminatingStatus:
		h.Reason = "Terminating"
	}
	return h
}
