package apply

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// labelGroupSet is on every pod of a LeaderWorkerSet, which has no selector.
const labelGroupSet = "leaderworkerset.sigs.k8s.io/name"

func isGroupSet(u *unstructured.Unstructured) bool {
	return u.GetKind() == "LeaderWorkerSet" && u.GroupVersionKind().Group == "leaderworkerset.x-k8s.io"
}

// groupSelector selects the pods of a LeaderWorkerSet.
func groupSelector(u *unstructured.Unstructured) labels.Selector {
	return labels.SelectorFromSet(labels.Set{labelGroupSet: u.GetName()})
}

// judgeGroups is the health of a LeaderWorkerSet. To kstatus, which does not know the kind, any is current.
// https://github.com/kubernetes-sigs/lws/blob/main/api/leaderworkerset/v1/leaderworkerset_types.go
func judgeGroups(u *unstructured.Unstructured) Health {
	wanted := int64(1)
	if replicas, said, _ := unstructured.NestedInt64(u.Object, "spec", "replicas"); said {
		wanted = replicas
	}
	count := func(field string) int64 {
		n, _, _ := unstructured.NestedInt64(u.Object, "status", field)
		return n
	}
	switch ready, updated := count("readyReplicas"), count("updatedReplicas"); {
	case updated < wanted:
		return Health{Progressing, "InProgress", fmt.Sprintf("groups updated: %d/%d", updated, wanted)}
	case ready < wanted:
		return Health{Progressing, "InProgress", fmt.Sprintf("groups ready: %d/%d", ready, wanted)}
	}
	return Health{Healthy, "Healthy", fmt.Sprintf("groups ready: %d/%d", count("readyReplicas"), wanted)}
}
