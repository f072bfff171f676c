package capacity

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// kind is one kind of object that is watched in the whole cluster.
type kind struct {
	informer cache.SharedIndexInformer
	gate     *gate
}

// known says whether the kind was listed and may still be watched.
func (k *kind) known() bool { return k.informer.HasSynced() && !k.gate.forbidden() }

// settled says whether there is nothing to wait for: it is known, or forbidden.
func (k *kind) settled() bool { return k.informer.HasSynced() || k.gate.forbidden() }

// client is what a typed client has for its kind.
type client[L runtime.Object] interface {
	List(context.Context, metav1.ListOptions) (L, error)
	Watch(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// object is one of a typed client.
type object interface {
	metav1.Object
	runtime.Object
}

// source says what to watch and what to keep of it.
type source[O object, L runtime.Object, T any] struct {
	client  client[L]
	example O
	fields  string                  // a field selector; all of them when empty
	keep    func(O) T               // what to keep of an object
	weigh   func(old, now T) weight // how much it matters that it changed
}

// newKind makes an informer of a source. It tells changed how much each event matters.
func newKind[O object, L runtime.Object, T any](s source[O, L, T], g *gate, changed func(weight)) *kind {
	list := func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		options.FieldSelector = s.fields
		return through(ctx, g, false, func() (L, error) { return s.client.List(ctx, options) })
	}
	begin := func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
		options.FieldSelector = s.fields
		return through(ctx, g, true, func() (watch.Interface, error) { return s.client.Watch(ctx, options) })
	}
	informer := cache.NewSharedIndexInformerWithOptions(
		&cache.ListWatch{ListWithContextFunc: list, WatchFuncWithContext: begin}, s.example, cache.SharedIndexInformerOptions{})
	// None of these can fail before the informer runs.
	_ = informer.SetTransform(slim(s.keep))
	_ = informer.SetWatchErrorHandlerWithContext(func(context.Context, *cache.Reflector, error) {}) // the gate has it
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { changed(matters) },
		UpdateFunc: func(old, now any) { changed(weighed(s.weigh)(old, now)) },
		DeleteFunc: func(any) { changed(matters) },
	})
	return &kind{informer: informer, gate: g}
}

// values are what is kept of all objects of a kind.
func values[T any](k *kind) []T {
	objects := k.informer.GetStore().List()
	all := make([]T, 0, len(objects))
	for _, obj := range objects {
		if r, ok := obj.(*record[T]); ok {
			all = append(all, r.value)
		}
	}
	return all
}
