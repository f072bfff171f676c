package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// ReasonNotObserved is the reason of a Health that says nothing yet, since a watch has just begun.
const ReasonNotObserved = "NotObserved"

// HealthConfig is what a HealthWatch needs. REST and Mapper have no default.
type HealthConfig struct {
	// REST says which API server, and as whom. It is copied, never changed.
	REST *rest.Config
	// Version of Penstock, for the user agent.
	Version string
	// Mapper knows which resource serves a kind; share that of the Applier.
	Mapper meta.RESTMapper
	// OnChange is called when something that bears on the health of a followed unit changed: often, from
	// several goroutines, and it must not block. Put the unit into a workqueue, which coalesces.
	OnChange func(Ref)
}

// HealthWatch keeps, by watches, the objects of units that have a status, and the pods that explain it.
// To judge a unit costs no request. Watches are per namespace and kind, not per unit, and are started when
// the first unit needs them.
type HealthWatch struct {
	client   dynamic.Interface
	mapper   meta.RESTMapper
	onChange func(Ref)

	ctx    context.Context
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu      sync.Mutex
	watches map[watchKey]*watch
	units   map[string]*followed // by the id of their ApplySet
}

// watchKey is one resource in one namespace.
type watchKey struct {
	namespace string
	kind      schema.GroupKind
}

// followed is a unit and the kinds that it needs.
type followed struct {
	unit  Ref
	kinds []schema.GroupKind
}

var podKind = schema.GroupKind{Kind: "Pod"}

// NewHealthWatch makes a HealthWatch that follows nothing yet. Close ends it.
func NewHealthWatch(config HealthConfig) (*HealthWatch, error) {
	if config.REST == nil || config.Mapper == nil {
		return nil, errors.New("apply: watching health needs a cluster and a mapper")
	}
	client, err := dynamic.NewForConfig(clientConfig(config.REST, config.Version))
	if err != nil {
		return nil, fmt.Errorf("apply: making a client to watch with: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	onChange := config.OnChange
	if onChange == nil {
		onChange = func(Ref) {}
	}
	return &HealthWatch{
		client: client, mapper: config.Mapper, onChange: onChange, ctx: ctx, cancel: cancel,
		watches: map[watchKey]*watch{}, units: map[string]*followed{},
	}, nil
}

// Close stops all watches and waits until they have ended.
func (h *HealthWatch) Close() {
	h.cancel()
	h.wait.Wait()
}

// Follow watches what bears on the health of a unit whose members have these kinds. It may be called
// again and again; it fails only when the API server does not say which resource serves a kind, and has
// then started the other watches.
func (h *HealthWatch) Follow(unit Ref, kinds []schema.GroupKind) error {
	needed := watched(kinds)
	if len(needed) > 0 {
		needed = sortedKinds(needed, []schema.GroupKind{podKind})
	}
	var failed error
	resources := map[schema.GroupKind]schema.GroupVersionResource{}
	for _, kind := range h.unwatched(unit, needed) {
		mapping, err := h.mapper.RESTMapping(kind)
		if err != nil {
			o := Object{Group: kind.Group, Kind: kind.Kind, Namespace: unit.Namespace, Name: "of " + unit.ID()}
			failed = errors.Join(failed, explain("watching", o, err))
			continue
		}
		resources[kind] = mapping.Resource
	}
	h.start(unit, needed, resources)
	return failed
}

// Forget stops calling OnChange for a unit. Watches go on, for the next unit.
func (h *HealthWatch) Forget(unit Ref) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.units, unit.ApplySetID())
}

func (h *HealthWatch) unwatched(unit Ref, kinds []schema.GroupKind) []schema.GroupKind {
	h.mu.Lock()
	defer h.mu.Unlock()
	var missing []schema.GroupKind
	for _, kind := range kinds {
		if h.watches[watchKey{unit.Namespace, kind}] == nil {
			missing = append(missing, kind)
		}
	}
	return missing
}

func (h *HealthWatch) start(unit Ref, kinds []schema.GroupKind, resources map[schema.GroupKind]schema.GroupVersionResource) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.units[unit.ApplySetID()] = &followed{unit: unit, kinds: kinds}
	for kind, resource := range resources {
		key := watchKey{unit.Namespace, kind}
		if h.watches[key] == nil && h.ctx.Err() == nil {
			h.watches[key] = h.watch(key, resource)
		}
	}
}

// Assess judges a unit from what the watches have seen, without a request. Expected are the unit's
// members, best as Apply returned them; nil means whatever carries the unit's label.
func (h *HealthWatch) Assess(unit Ref, expected []Member) Health {
	h.mu.Lock()
	followed := h.units[unit.ApplySetID()]
	var needed []*watch
	unready := followed == nil
	if followed != nil {
		for _, kind := range followed.kinds {
			w := h.watches[watchKey{unit.Namespace, kind}]
			unready = unready || w == nil
			needed = append(needed, w)
		}
	}
	h.mu.Unlock()
	if unready {
		return Health{Progressing, ReasonNotObserved, "it is not watched yet"}
	}
	return assess(unit, expected, needed)
}

func assess(unit Ref, expected []Member, needed []*watch) Health {
	live := map[Object]*unstructured.Unstructured{}
	var pods []*unstructured.Unstructured
	for _, w := range needed {
		if !w.informer.HasSynced() {
			return w.unsynced()
		}
		if w.key.kind == podKind {
			pods = w.indexed(podIndex, unit.Name)
			continue
		}
		for _, u := range w.indexed(memberIndex, unit.ApplySetID()) {
			live[objectAs(w.key.kind, u)] = u
		}
	}
	return judgeUnit(expected, live, pods)
}

// changed tells that an object of a followed unit changed.
func (h *HealthWatch) changed(key watchKey, u *unstructured.Unstructured) {
	if unit, ok := h.unitOf(key, u); ok {
		h.onChange(unit)
	}
}

// unitOf finds the unit of an object by its ApplySet, and that of a pod by its instance label: what an
// extra object of a unit calls itself is its own affair.
func (h *HealthWatch) unitOf(key watchKey, u *unstructured.Unstructured) (Ref, bool) {
	id := u.GetLabels()[v1alpha1.LabelApplySetPartOf]
	if key.kind == podKind {
		id = Ref{Namespace: key.namespace, Name: u.GetLabels()[v1alpha1.LabelInstance]}.ApplySetID()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.units[id]; f != nil {
		return f.unit, true
	}
	return Ref{}, false
}

// synced tells every unit that needs a watch that it may be judged now.
func (h *HealthWatch) synced(key watchKey) {
	h.mu.Lock()
	var units []Ref
	for _, f := range h.units {
		if f.unit.Namespace == key.namespace {
			units = append(units, f.unit)
		}
	}
	h.mu.Unlock()
	for _, unit := range units {
		h.onChange(unit)
	}
}

// listError is what keeps a watch from its first list.
func listError(key watchKey, err error) Health {
	o := Object{Group: key.kind.Group, Kind: key.kind.Kind, Namespace: key.namespace, Name: "*"}
	reason := "WatchFailed"
	if apierrors.IsForbidden(err) {
		reason = "Forbidden"
	}
	return Health{Progressing, reason, "its health is not known: " + explain("watching", o, err).Error()}
}
