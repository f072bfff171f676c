package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/render/fleet"
)

// outlook is what the cluster has room for: all replicas of a unit, and one more during a rollout.
type outlook struct {
	room    apply.Room
	short   shortage
	rollout fleet.Rollout
}

// shortage is what makes one answer about room another one. The figures of its message change all the time.
type shortage struct {
	verdict      fleet.Verdict
	fit, ever    int
	missing      int64
	unmatchedKey string
}

// foresee looks at the cluster before a unit is applied. It sends no request: the fleet is watched.
func (a *Agent) foresee(ctx context.Context, objects *render.Objects) (outlook, error) {
	workload, err := workloadOf(objects)
	if err != nil || workload == nil {
		return outlook{}, err
	}
	ctx, done := context.WithTimeout(ctx, placePatience)
	defer done()
	known, own := a.known(), ownPods(objects)
	all := known.Place(ctx, *workload, own)
	in := rolloutInput(objects)
	in.Spare = known.Place(ctx, beside(*workload, known.Running(own)), nil)
	return outlook{room: roomOf(all), short: shortageOf(all), rollout: fleet.ChooseRollout(in)}, nil
}

// RoomFor is whether a cluster, as it is known, has room for all replicas of what was rendered. What runs of it already
// makes room for its successor.
func RoomFor(ctx context.Context, known *fleet.Fleet, objects *render.Objects) (apply.Room, error) {
	workload, err := workloadOf(objects)
	if err != nil || workload == nil {
		return apply.Room{}, err
	}
	return roomOf(known.Place(ctx, *workload, ownPods(objects))), nil
}

// beside is what has to have room beside the pods that run, so that a replica can be replaced by one that starts
// before it: one more, and those that are wanted and not there yet. The Deployment controller starts these first.
func beside(w fleet.Workload, pods int) fleet.Workload {
	running := pods / max(w.PodsPerReplica, 1)
	w.Replicas = max(0, w.Replicas-running) + 1
	return w
}

func rolloutInput(objects *render.Objects) fleet.RolloutInput {
	in := fleet.RolloutInput{
		Kind: fleet.Kind(objects.Workload().GetKind()), Replicas: objects.Replicas(), ExclusiveVolume: objects.HasExclusiveCache(),
	}
	if objects.IsScaled() {
		in.Replicas = max(in.Replicas, 2) // there may be many by now, which must not all go at once
	}
	if r := objects.Descriptor.Spec.Rollout; r != nil {
		in.Surge = r.Surge
	}
	return in
}

// watchFleet starts the watch of nodes and pods, and waits until it knows them or knows that it may not; for a
// bounded time, since a unit must not wait for what only makes its rollout better. What it returns ends it.
func (a *Agent) watchFleet(ctx context.Context) (stop func()) {
	if a.fleet == nil {
		return func() {}
	}
	var running sync.WaitGroup
	running.Go(func() { _ = a.fleet.Run(ctx) }) // it fails only when it has run before
	select {
	case <-a.fleetSettled:
	case <-time.After(fleetPatience):
	case <-ctx.Done():
	}
	if _, known := a.fleet.Fleet(); !known && ctx.Err() == nil {
		a.log.Warn("the cluster's nodes are not known: rollouts do not count on a spare GPU", "problem", a.fleet.Problem())
	}
	return func() { a.fleet.Close(); running.Wait() }
}

// placePatience is how long the search for a place may take. For most it is milliseconds; for claims with many
// alternatives it can be long, and then whether there is room is not known.
const placePatience = 5 * time.Second

// fleetPatience is how long the first unit waits for the nodes to be known.
const fleetPatience = 10 * time.Second

// fleetChanged queues the units that the cluster had no room for.
func (a *Agent) fleetChanged() {
	if _, known := a.fleet.Fleet(); known || a.fleet.Problem() != nil {
		a.fleetOnce.Do(func() { close(a.fleetSettled) })
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	rules := a.current.Load().rulesInForce()
	for id, unit := range a.units {
		if unit.short.Load() || unit.held.Load() && asksForRoom(rules, id) {
			a.queue.Add(id)
		}
	}
}

// asksForRoom says whether a policy of the unit's environment looks at what the cluster has room for.
func asksForRoom(rules *gate.Rules, id string) bool {
	environment, _, _ := strings.Cut(id, "/")
	return slices.ContainsFunc(rules.Selected(environment), func(s policies.Selection) bool { return s.Policy.Refers("capacity") })
}

// known is the cluster as the watches have seen it; nil when it is not known.
func (a *Agent) known() *fleet.Fleet {
	if a.fleet == nil {
		return nil
	}
	known, _ := a.fleet.Fleet()
	return known
}

// ownPods tells the pods of a unit, which make room for their successors.
func ownPods(objects *render.Objects) func(fleet.Pod) bool {
	return func(p fleet.Pod) bool {
		return p.Namespace == objects.Descriptor.Namespace && p.Labels[v1alpha1.LabelName] == objects.Unit.Name &&
			p.Labels[v1alpha1.LabelEnvironment] == objects.Unit.Environment.Name
	}
}

func roomOf(p fleet.Placement) apply.Room {
	status := metav1.ConditionFalse
	switch p.Verdict {
	case fleet.Fits:
		status, p.Message = metav1.ConditionTrue, "there is room for all replicas" // how much is left changes all the time
		if u := misspelt(p); u != nil {
			p.Message += "; but " + u.String()
		}
	case fleet.Unknown:
		status = metav1.ConditionUnknown
	}
	return apply.Room{Status: status, Reason: string(p.Verdict), Message: p.Message}
}

// misspelt is a label among alternatives that no node has, or nil. That of a product whose GPUs are shared does not
// count: it is asked for beside the product itself.
func misspelt(p fleet.Placement) *fleet.Unmatched {
	for i, u := range p.Unmatched {
		if !strings.HasSuffix(u.Value, "-SHARED") {
			return &p.Unmatched[i]
		}
	}
	return nil
}

func shortageOf(p fleet.Placement) shortage {
	s := shortage{verdict: p.Verdict, fit: p.Fit, ever: p.Ever}
	if p.Scarce != nil && p.Verdict != fleet.Fits {
		s.missing = p.Scarce.Missing
	}
	if p.Verdict == fleet.Fits {
		s.fit, s.ever = 0, 0
	}
	if u := misspelt(p); u != nil {
		s.unmatchedKey = u.Key + "=" + u.Value
	}
	return s
}

// workloadOf is what a unit asks the scheduler for; nil when it asks for nothing.
func workloadOf(objects *render.Objects) (*fleet.Workload, error) {
	object := objects.Workload()
	if object == nil {
		return nil, nil
	}
	// Without a replica it is asked for one: whether there is room when it is wanted.
	made := &fleet.Workload{Replicas: int(max(objects.Replicas(), 1)), PodsPerReplica: int(objects.PodsPerReplica())}
	path := []string{"spec", "template"}
	if objects.PodsPerReplica() > 1 {
		path = []string{"spec", "leaderWorkerTemplate", "workerTemplate"} // the leader asks for the same
	}
	var template corev1.PodTemplateSpec
	if err := decodeAt(object, &template, path...); err != nil {
		return nil, err
	}
	made.Pod = template.Spec
	for _, item := range objects.Items {
		if item.GetKind() != "ResourceClaimTemplate" {
			continue
		}
		var claim resourcev1.ResourceClaimTemplate
		if err := decodeAt(item, &claim); err != nil {
			return nil, err
		}
		made.Claims = append(made.Claims, claim)
	}
	return made, nil
}

// decodeAt reads a part of an object as its type.
func decodeAt(object *unstructured.Unstructured, into any, path ...string) error {
	content, _, err := unstructured.NestedMap(object.Object, path...)
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(content, into)
	}
	if err != nil {
		return fmt.Errorf("reading the pods of %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// rolloutStatus is a choice as the status tells it.
func rolloutStatus(r fleet.Rollout) *v1alpha1.RolloutStatus {
	return &v1alpha1.RolloutStatus{
		Strategy: string(r.Strategy), MaxSurge: r.MaxSurge, MaxUnavailable: r.MaxUnavailable, Reason: r.Reason, Message: r.Message,
	}
}

// rolloutFrom is how objects are to be rolled out.
func rolloutFrom(status *v1alpha1.RolloutStatus) render.Rollout {
	return render.Rollout{Recreate: status.Strategy == string(fleet.Recreate), MaxSurge: status.MaxSurge, MaxUnavailable: status.MaxUnavailable}
}
