package capacity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/penstock-dev/penstock/render/fleet"
)

// onNodes selects the pods that use something: those that are on a node and have not finished. The API server
// sends a pod when it comes to match, and says that it is deleted when it matches no more.
const onNodes = "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"

// Watch keeps a cluster's capacity in view. Its methods may be called by several goroutines.
type Watch struct {
	config Config
	client kubernetes.Interface

	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{} // closed when Run has returned
	begun  atomic.Bool

	nodes, pods             *kind
	slices, claims, classes *kind
	offered                 atomic.Pointer[bool] // whether the API server serves devices; nil until that is known

	poke chan struct{} // has one element when OnChange is due

	version, deviceVersion atomic.Uint64 // of what the informers hold
	mu                     sync.Mutex
	built                  snapshot
}

// snapshot is the last Fleet that was made, and of what.
type snapshot struct {
	fleet                  *fleet.Fleet
	devices                *fleet.Devices
	version, deviceVersion uint64
}

// New makes a Watch that knows nothing until Run runs.
func New(config Config) (*Watch, error) {
	config = config.withDefaults()
	client, err := config.client()
	if err != nil {
		return nil, err
	}
	w := &Watch{config: config, client: client, ended: make(chan struct{}), poke: make(chan struct{}, 1)}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.nodes = newKind(source[*corev1.Node, *corev1.NodeList, fleet.Node]{
		client: client.CoreV1().Nodes(), example: &corev1.Node{}, keep: fleet.NodeOf, weigh: weighNode,
	}, w.gate("nodes"), w.changed)
	w.pods = newKind(source[*corev1.Pod, *corev1.PodList, fleet.Pod]{
		client: client.CoreV1().Pods(""), example: &corev1.Pod{}, fields: onNodes, keep: podOf, weigh: weighPod,
	}, w.gate("pods"), w.changed)
	w.slices = newKind(source[*resourcev1.ResourceSlice, *resourcev1.ResourceSliceList, *resourcev1.ResourceSlice]{
		client: client.ResourceV1().ResourceSlices(), example: &resourcev1.ResourceSlice{}, keep: sliceOf, weigh: weighSlice,
	}, w.gate("resourceslices.resource.k8s.io"), w.changedDevices)
	w.classes = newKind(source[*resourcev1.DeviceClass, *resourcev1.DeviceClassList, *resourcev1.DeviceClass]{
		client: client.ResourceV1().DeviceClasses(), example: &resourcev1.DeviceClass{}, keep: classOf, weigh: weighClass,
	}, w.gate("deviceclasses.resource.k8s.io"), w.changedDevices)
	w.claims = newKind(source[*resourcev1.ResourceClaim, *resourcev1.ResourceClaimList, fleet.Claim]{
		client: client.ResourceV1().ResourceClaims(""), example: &resourcev1.ResourceClaim{}, keep: fleet.ClaimOf, weigh: weighClaim,
	}, w.gate("resourceclaims.resource.k8s.io"), w.changed)
	return w, nil
}

func (w *Watch) gate(resource string) *gate {
	return &gate{resource: resource, retry: w.config.Retry, changed: w.rightChanged}
}

// Run watches until the context ends or Close is called, and has joined all that it started when it returns.
// It runs once; a second call fails.
func (w *Watch) Run(ctx context.Context) error {
	if !w.begun.CompareAndSwap(false, true) {
		return errors.New("capacity: the watch has run already; make another one")
	}
	defer close(w.ended)
	stop := context.AfterFunc(ctx, w.cancel)
	defer stop()
	defer w.cancel()
	var running sync.WaitGroup
	start := func(kinds ...*kind) {
		for _, k := range kinds {
			running.Go(func() { k.informer.RunWithContext(w.ctx) })
			running.Go(func() {
				select {
				case <-k.informer.HasSyncedChecker().Done():
					w.changed(matters)
				case <-w.ctx.Done():
				}
			})
		}
	}
	start(w.nodes, w.pods)
	running.Go(w.tell)
	if offered, err := w.offersDevices(w.ctx); err == nil {
		if offered {
			start(w.slices, w.claims, w.classes)
		}
		w.offered.Store(&offered)
		w.changed(matters)
	}
	<-w.ctx.Done()
	running.Wait()
	return nil
}

// Close ends Run, if it runs, and waits until it has returned.
func (w *Watch) Close() {
	w.cancel()
	if w.begun.Load() {
		<-w.ended
	}
}

// Fleet is what the cluster has and uses now. It is false until everything was listed once, and while a right is
// missing without which nothing can be said. It costs no request, and nothing at all while nothing changes.
func (w *Watch) Fleet() (*fleet.Fleet, bool) {
	if !w.known() {
		return nil, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	version := w.version.Load() // before the stores are read: what comes later is read again
	if w.built.fleet == nil || w.built.version != version {
		w.build(version)
	}
	return w.built.fleet, true
}

// build makes the Fleet anew, and the devices only when they changed. The caller holds the lock.
func (w *Watch) build(version uint64) {
	state := fleet.State{Nodes: values[fleet.Node](w.nodes), Pods: values[fleet.Pod](w.pods)}
	switch deviceVersion := w.deviceVersion.Load(); {
	case !*w.offered.Load():
		state.Devices = fleet.NewDevices(nil, nil)
	case !w.slices.known() || !w.classes.known() || !w.claims.known():
		// A right is missing: nothing is known of devices.
	default:
		if w.built.devices == nil || w.built.deviceVersion != deviceVersion {
			w.built.devices = fleet.NewDevices(values[*resourcev1.ResourceSlice](w.slices), values[*resourcev1.DeviceClass](w.classes))
			w.built.deviceVersion = deviceVersion
		}
		state.Devices, state.Claims = w.built.devices, values[fleet.Claim](w.claims)
	}
	w.built.fleet, w.built.version = fleet.New(state), version
}

// known says whether Fleet has an answer: nodes and pods must be known, and of devices whether they are.
func (w *Watch) known() bool {
	offered := w.offered.Load()
	if !w.nodes.known() || !w.pods.known() || offered == nil {
		return false
	}
	return !*offered || w.slices.settled() && w.claims.settled() && w.classes.settled()
}

// Problem is why Fleet knows nothing, or nothing of devices; nil when all is well. Of missing rights it has a
// MissingRight each.
func (w *Watch) Problem() error {
	var all []error
	for _, k := range []*kind{w.nodes, w.pods, w.slices, w.claims, w.classes} {
		if missing := k.gate.missing(); missing != nil {
			all = append(all, missing)
		} else if err := k.gate.failure(); err != nil && !k.informer.HasSynced() {
			all = append(all, fmt.Errorf("listing %s: %w", k.gate.resource, err))
		}
	}
	return errors.Join(all...)
}
