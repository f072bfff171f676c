package apply

import (
	"context"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// The indexes of a watch: members by the id of their ApplySet, pods by the name of their unit.
const (
	memberIndex = "part-of"
	podIndex    = "instance"
)

// watch is an informer of one kind in one namespace.
type watch struct {
	key      watchKey
	informer cache.SharedIndexInformer
	failure  atomic.Pointer[error] // of the last list or watch
}

// watch starts an informer. The caller holds the lock.
func (h *HealthWatch) watch(key watchKey, resource schema.GroupVersionResource) *watch {
	selector := v1alpha1.LabelApplySetPartOf
	if key.kind == podKind {
		selector = v1alpha1.LabelManagedBy + "=" + v1alpha1.ManagedBy
	}
	informer := dynamicinformer.NewFilteredDynamicInformer(h.client, resource, key.namespace, 0,
		cache.Indexers{memberIndex: byLabel(v1alpha1.LabelApplySetPartOf), podIndex: byLabel(v1alpha1.LabelInstance)},
		func(options *metav1.ListOptions) { options.LabelSelector = selector }).Informer()
	w := &watch{key: key, informer: informer}
	// Neither can fail before the informer runs.
	_ = informer.SetTransform(slim)
	_ = informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) { w.failure.Store(&err) })
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { h.changedObject(key, obj) },
		UpdateFunc: func(_, obj any) { h.changedObject(key, obj) },
		DeleteFunc: func(obj any) { h.changedObject(key, obj) },
	})
	h.wait.Go(func() { informer.RunWithContext(h.ctx) })
	h.wait.Go(func() {
		if cache.WaitForCacheSync(h.ctx.Done(), informer.HasSynced) {
			h.synced(key)
		}
	})
	return w
}

func (h *HealthWatch) changedObject(key watchKey, obj any) {
	if gone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = gone.Obj
	}
	if u, ok := obj.(*unstructured.Unstructured); ok {
		h.changed(key, u)
	}
}

// unsynced says why nothing can be said yet.
func (w *watch) unsynced() Health {
	if err := w.failure.Load(); err != nil {
		return listError(w.key, *err)
	}
	return Health{Progressing, ReasonNotObserved, "the watch of " + w.key.kind.String() + " has just begun"}
}

func (w *watch) indexed(index, value string) []*unstructured.Unstructured {
	found, _ := w.informer.GetIndexer().ByIndex(index, value) // fails only for an unknown index
	objects := make([]*unstructured.Unstructured, 0, len(found))
	for _, obj := range found {
		if u, ok := obj.(*unstructured.Unstructured); ok {
			objects = append(objects, u)
		}
	}
	return objects
}

func byLabel(label string) cache.IndexFunc {
	return func(obj any) ([]string, error) {
		if u, ok := obj.(*unstructured.Unstructured); ok && u.GetLabels()[label] != "" {
			return []string{u.GetLabels()[label]}, nil
		}
		return nil, nil
	}
}

// slim drops what judging health does not read: it is most of an object's memory.
func slim(obj any) (any, error) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return obj, nil
	}
	unstructured.RemoveNestedField(u.Object, "metadata", "managedFields")
	unstructured.RemoveNestedField(u.Object, "metadata", "annotations")
	unstructured.RemoveNestedField(u.Object, "spec", "template")
	if u.GetKind() == podKind.Kind && u.GetAPIVersion() == "v1" {
		unstructured.RemoveNestedField(u.Object, "spec")
	}
	return u, nil
}
