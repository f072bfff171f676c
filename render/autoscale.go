package render

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// autoscalers are kinds that own the number of replicas of what spec.scaleTargetRef names.
var autoscalers = []string{"HorizontalPodAutoscaler", "ScaledObject"}

// yieldReplicas leaves the number of replicas out of Deployments that one of the unit's own autoscalers
// scales. Whoever applies a number takes it back at every apply.
func yieldReplicas(workloads, extras []*unstructured.Unstructured) {
	for _, w := range workloads {
		scales := func(extra *unstructured.Unstructured) bool { return scalesDeployment(extra, w.GetName()) }
		if w.GetKind() == "Deployment" && slices.ContainsFunc(extras, scales) {
			unstructured.RemoveNestedField(w.Object, "spec", "replicas")
		}
	}
}

func scalesDeployment(scaler *unstructured.Unstructured, name string) bool {
	if !slices.Contains(autoscalers, scaler.GetKind()) {
		return false
	}
	kind, said, _ := unstructured.NestedString(scaler.Object, "spec", "scaleTargetRef", "kind")
	target, _, _ := unstructured.NestedString(scaler.Object, "spec", "scaleTargetRef", "name")
	return target == name && (kind == "Deployment" || !said) // KEDA takes none for a Deployment
}
