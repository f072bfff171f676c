package apply

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// handOver keeps the number of replicas when an autoscaler takes it over. Whoever stops applying a field
// deletes it, and a Deployment without a number has one replica: the model would go down to one, with its load
// on it, until the autoscaler has seen that. So before the agent lets go, a second manager takes what is there;
// the autoscaler's first write takes it from that one.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
func (g *guard) handOver(ctx context.Context, o Object, wanted *unstructured.Unstructured) error {
	live := g.sighted(o).live
	if live == nil || !ownsReplicas(live) {
		return nil
	}
	if _, still, _ := unstructured.NestedFieldNoCopy(wanted.Object, "spec", "replicas"); still {
		return nil
	}
	replicas, there, _ := unstructured.NestedInt64(live.Object, "spec", "replicas")
	if !there {
		return nil
	}
	kept := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"replicas": replicas}}}
	kept.SetGroupVersionKind(wanted.GroupVersionKind())
	kept.SetNamespace(wanted.GetNamespace())
	kept.SetName(wanted.GetName())
	// An autoscaler that has just written another number keeps it: then there is nothing to hand over.
	err := g.Client.Patch(ctx, kept, applyPatch{}, client.FieldOwner(v1alpha1.ManagedByHandover))
	if len(conflictsOf(o, err)) > 0 {
		return nil
	}
	return explain("handing the replicas over of", o, err)
}

// ownsReplicas says whether the agent is one of those who applied the number of replicas.
func ownsReplicas(live *unstructured.Unstructured) bool {
	for _, entry := range live.GetManagedFields() {
		if entry.Manager != v1alpha1.ManagedBy || entry.Operation != metav1.ManagedFieldsOperationApply || entry.FieldsV1 == nil {
			continue
		}
		var fields struct {
			Spec map[string]json.RawMessage `json:"f:spec"`
		}
		if json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) == nil && fields.Spec["f:replicas"] != nil {
			return true
		}
	}
	return false
}
