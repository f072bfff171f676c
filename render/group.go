package render

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// serverContainer is the name of the container in which the server runs.
const serverContainer = "server"

// group turns the Deployment into a LeaderWorkerSet, when a replica spans several nodes: leader and workers
// are its pods. A worker has no HTTP server that could be probed, and gets arguments of its own. It stays as long as
// its leader when both have to go: what the leader answers, the worker computes.
func group(items []*unstructured.Unstructured, workerArgs []string) []*unstructured.Unstructured {
	set, deployment := ofKind(items, "LeaderWorkerSet"), ofKind(items, "Deployment")
	if set == nil || deployment == nil {
		return items
	}
	set.SetLabels(deployment.GetLabels())
	for _, role := range []string{"leaderTemplate", "workerTemplate"} {
		template, _, _ := unstructured.NestedMap(deployment.Object, "spec", "template") // a copy
		if role == "workerTemplate" {
			toWorker(template, workerArgs)
		}
		_ = unstructured.SetNestedMap(set.Object, template, "spec", "leaderWorkerTemplate", role) // its parents are maps
	}
	return slices.DeleteFunc(items, func(item *unstructured.Unstructured) bool { return item == deployment })
}

// toWorker takes from a pod what only a leader has.
func toWorker(template map[string]any, args []string) {
	containers, _, _ := unstructured.NestedSlice(template, "spec", "containers")
	for _, c := range containers {
		container, _ := c.(map[string]any)
		if container["name"] != serverContainer {
			continue
		}
		for _, field := range []string{"startupProbe", "readinessProbe", "livenessProbe", "ports"} {
			delete(container, field)
		}
		delete(container, "args")
		if len(args) > 0 {
			container["args"] = anys(args)
		}
	}
	_ = unstructured.SetNestedSlice(template, containers, "spec", "containers") // its parents are maps
	// Replicas are kept apart, not the pods of one.
	unstructured.RemoveNestedField(template, "spec", "topologySpreadConstraints")
}

func ofKind(items []*unstructured.Unstructured, kind string) *unstructured.Unstructured {
	i := slices.IndexFunc(items, func(item *unstructured.Unstructured) bool { return item.GetKind() == kind })
	if i < 0 {
		return nil
	}
	return items[i]
}
