package render

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// order is the order in which kinds are applied, as in fluxcd/pkg/ssa's ReconcileOrder: what others need
// comes first. A network policy is there before the first pod is.
var order = []string{
	"ServiceAccount", "ConfigMap", "Secret", "ExternalSecret", "SealedSecret", "PersistentVolumeClaim",
	"NetworkPolicy", "Service", "ResourceClaimTemplate", "Deployment", "LeaderWorkerSet", "StatefulSet", "Job", "CronJob", "PodDisruptionBudget",
}

// sortObjects sorts by order, then kind, then name. Kinds that are not in the order come last.
func sortObjects(list []*unstructured.Unstructured) {
	slices.SortStableFunc(list, func(a, b *unstructured.Unstructured) int {
		return cmp.Or(
			cmp.Compare(rank(a.GetKind()), rank(b.GetKind())),
			cmp.Compare(a.GetKind(), b.GetKind()),
			cmp.Compare(a.GroupVersionKind().Group, b.GroupVersionKind().Group),
			cmp.Compare(a.GetName(), b.GetName()),
		)
	})
}

func rank(kind string) int {
	if i := slices.Index(order, kind); i >= 0 {
		return i
	}
	return len(order)
}
