package render

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// autoscalers are kinds that own the number of replicas of what spec.scaleTargetRef names.
var autoscalers = []string{"HorizontalPodAutoscaler", "ScaledObject"}

// scalable are kinds that autoscalers scale.
var scalable = []string{"Deployment", "LeaderWorkerSet"}

// yieldReplicas leaves the number of replicas out of workloads that one of the unit's own autoscalers
// scales. Whoever applies a number takes it back at every apply.
func yieldReplicas(workloads, all []*unstructured.Unstructured) {
	for _, w := range workloads {
		scalesIt := func(other *unstructured.Unstructured) bool { return scales(other, w) }
		if slices.Contains(scalable, w.GetKind()) && slices.ContainsFunc(all, scalesIt) {
			unstructured.RemoveNestedField(w.Object, "spec", "replicas")
		}
	}
}

func scales(scaler, workload *unstructured.Unstructured) bool {
	if !slices.Contains(autoscalers, scaler.GetKind()) {
		return false
	}
	kind, said, _ := unstructured.NestedString(scaler.Object, "spec", "scaleTargetRef", "kind")
	if !said {
		kind = "Deployment" // KEDA takes none for a Deployment
	}
	name, _, _ := unstructured.NestedString(scaler.Object, "spec", "scaleTargetRef", "name")
	return name == workload.GetName() && kind == workload.GetKind()
}
