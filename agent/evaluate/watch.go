package evaluate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// ours selects the Jobs of evaluations, and their pods.
const ours = v1alpha1.LabelEvaluation + "," + v1alpha1.LabelManagedBy + "=" + v1alpha1.ManagedBy

// watch keeps the Jobs of evaluations in one namespace, and their pods.
type watch struct {
	namespace  string
	factory    informers.SharedInformerFactory
	jobs, pods cache.SharedIndexInformer
	failure    atomic.Pointer[error] // of the last list or watch
	synced     sync.WaitGroup
	units      sync.Map // those that wait for the first list
}

// byUnit indexes Jobs and pods by the unit that they measure.
const byUnit = "unit"

// follow starts the watch of a namespace, if it is not there yet; nil when the Runner is closed.
func (r *Runner) follow(namespace string) *watch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.watches[namespace] != nil {
		return r.watches[namespace]
	}
	w := &watch{namespace: namespace}
	w.factory = informers.NewSharedInformerFactoryWithOptions(r.clients, 0, informers.WithNamespace(namespace), informers.WithTransform(slim),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = ours }))
	w.jobs, w.pods = w.factory.Batch().V1().Jobs().Informer(), w.factory.Core().V1().Pods().Informer()
	changed := func(obj any) {
		if unit, ok := unitOf(namespace, obj); ok {
			r.config.OnChange(unit)
		}
	}
	for _, informer := range []cache.SharedIndexInformer{w.jobs, w.pods} {
		// None of these can fail before the informer runs.
		_ = informer.AddIndexers(cache.Indexers{byUnit: indexUnit})
		_ = informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) { w.failure.Store(&err) })
		_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: changed, UpdateFunc: func(_, obj any) { changed(obj) }, DeleteFunc: changed,
		})
	}
	w.factory.StartWithContext(r.ctx)
	w.synced.Go(func() { w.tellWhenSynced(r.ctx, r.config.OnChange) })
	r.watches[namespace] = w
	return w
}

// tellWhenSynced calls for the units that have asked before anything was known.
func (w *watch) tellWhenSynced(ctx context.Context, changed func(apply.Ref)) {
	if !cache.WaitForCacheSync(ctx.Done(), w.jobs.HasSynced, w.pods.HasSynced) {
		return
	}
	w.units.Range(func(unit, _ any) bool {
		changed(unit.(apply.Ref))
		return true
	})
	w.units.Clear()
}

func (w *watch) close() {
	w.synced.Wait()
	w.factory.Shutdown()
}

// ready says whether the first lists are there; if not, the unit is called for when they are.
func (w *watch) ready(unit apply.Ref) bool {
	w.units.Store(unit, true)
	if w.jobs.HasSynced() && w.pods.HasSynced() {
		w.units.Delete(unit)
		return true
	}
	return false
}

// unready says why nothing is known yet.
func (w *watch) unready() string {
	err := w.failure.Load()
	switch {
	case err == nil:
		return "the watch of Jobs has just begun"
	case apierrors.IsForbidden(*err):
		return fmt.Sprintf("the agent may not watch Jobs and pods in the namespace %s; grant it that with the Role that penstock install prints", w.namespace)
	}
	return fmt.Sprintf("the Jobs in the namespace %s cannot be listed: %v", w.namespace, *err)
}

// jobsOf are the Jobs of a unit's evaluations, by name.
func (w *watch) jobsOf(unit apply.Ref) map[string]*batchv1.Job {
	found, _ := w.jobs.GetIndexer().ByIndex(byUnit, unit.ID()) // fails only for an unknown index
	all := make(map[string]*batchv1.Job, len(found))
	for _, obj := range found {
		if job, ok := obj.(*batchv1.Job); ok {
			all[job.Name] = job
		}
	}
	return all
}

// podsOf are the pods of a unit's evaluations.
func (w *watch) podsOf(unit apply.Ref) []*corev1.Pod {
	found, _ := w.pods.GetIndexer().ByIndex(byUnit, unit.ID())
	all := make([]*corev1.Pod, 0, len(found))
	for _, obj := range found {
		if pod, ok := obj.(*corev1.Pod); ok {
			all = append(all, pod)
		}
	}
	return all
}

func indexUnit(obj any) ([]string, error) {
	if unit, ok := unitOf("", obj); ok {
		return []string{unit.ID()}, nil
	}
	return nil, nil
}

// unitOf is the unit that a Job or a pod of it measures.
func unitOf(namespace string, obj any) (apply.Ref, bool) {
	if gone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = gone.Obj
	}
	var labels map[string]string
	name := v1alpha1.LabelInstance
	switch o := obj.(type) {
	case *batchv1.Job:
		labels = o.Labels
	case *corev1.Pod:
		labels, name = o.Labels, v1alpha1.LabelPartOf
	}
	unit := apply.Ref{Environment: labels[v1alpha1.LabelEnvironment], Namespace: namespace, Name: labels[name]}
	return unit, unit.Environment != "" && unit.Name != ""
}

// slim drops what nobody reads.
func slim(obj any) (any, error) {
	switch o := obj.(type) {
	case *batchv1.Job:
		o.ManagedFields = nil
	case *corev1.Pod:
		o.ManagedFields, o.Annotations, o.Spec = nil, nil, corev1.PodSpec{}
	}
	return obj, nil
}
