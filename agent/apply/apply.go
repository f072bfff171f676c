package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/fluxcd/pkg/ssa"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// Revision says where objects come from.
type Revision struct {
	// Commit is the Git commit.
	Commit string
}

// Apply makes the cluster have exactly the unit's objects. Every object is checked with a dry run before
// the first one is written, so that a unit with an invalid object stays as it was.
//
// The Result is never nil; after an error it says what was done until then. An error for which
// errors.Is(err, ErrPrune) holds came after all objects were applied.
func (a *Applier) Apply(ctx context.Context, objects *render.Objects, _ Revision) (*Result, error) {
	run := a.newRun(objects)
	err := run.do(ctx)
	if err != nil {
		a.namespaces.Delete(run.unit.Namespace)
		err = fmt.Errorf("applying %s: %w", run.unit.ID(), err)
	}
	return run.result(), err
}

// run is one Apply of one unit.
type run struct {
	*Applier
	unit    Ref
	objects *render.Objects
	members []Member
	items   []*unstructured.Unstructured
	guard   *guard
	manager *ssa.ResourceManager

	recorded  inventoryState // by the parent, before
	announced inventoryState // by the parent, while members are written
	fresh     bool           // there was no parent before
	unchanged []Object
	pruned    []Change
}

func (a *Applier) newRun(objects *render.Objects) *run {
	unit := RefOf(objects)
	g := newGuard(a.client, unit)
	manager := ssa.NewResourceManager(g, nil, ssa.Owner{Field: v1alpha1.ManagedBy, Group: v1alpha1.GroupVersion.Group})
	manager.SetConcurrency(a.concurrency)
	return &run{
		Applier: a, unit: unit, objects: objects, guard: g, manager: manager,
		members: MembersOf(objects), items: labelled(objects.Items, unit),
	}
}

// labelled copies the objects and makes them members of the unit's ApplySet.
func labelled(items []*unstructured.Unstructured, unit Ref) []*unstructured.Unstructured {
	copies := make([]*unstructured.Unstructured, len(items))
	for i, item := range items {
		copies[i] = item.DeepCopy()
		copies[i].SetLabels(merged(item.GetLabels(), map[string]string{v1alpha1.LabelApplySetPartOf: unit.ApplySetID()}))
	}
	return copies
}

func (r *run) do(ctx context.Context) error {
	if err := r.ensureNamespace(ctx, r.unit.Namespace); err != nil {
		return err
	}
	if err := r.readParent(ctx); err != nil {
		return err
	}
	if err := r.announce(ctx); err != nil {
		return err
	}
	if err := r.applyMembers(ctx); err != nil {
		return err
	}
	if err := r.prune(ctx); err != nil {
		return pruneError{err}
	}
	return nil
}

// readParent learns what the unit had before.
func (r *run) readParent(ctx context.Context) error {
	o := r.unit.parent()
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.ModelDeploymentKind))
	err := r.guard.Get(ctx, client.ObjectKey{Namespace: r.unit.Namespace, Name: r.unit.Name}, live)
	if apierrors.IsNotFound(err) {
		r.fresh = true
		r.parents.forget(r.unit)
	} else if err != nil {
		return err
	}
	if refused := r.guard.sighted(o).refused; refused != nil {
		return refused
	}
	r.recorded = recordedBy(live.GetAnnotations())
	r.guard.hold(o)
	return nil
}

// announce applies the parent before any member, so that every kind that a member may have is on record
// before the member is there. A digest of the inventory is announced only if it is true already, or if
// there is nothing yet that it could be wrong about.
func (r *run) announce(ctx context.Context) error {
	r.announced = inventoryState{kinds: sortedKinds(r.recorded.kinds, kindsOf(r.members))}
	if digest := inventory(r.members); r.fresh || r.recorded.digest == digest {
		r.announced.digest = digest
	}
	parent, err := parentObject(r.unit, r.objects.Descriptor, r.objects.ReleaseID, r.announced)
	if err != nil {
		return err
	}
	entry, err := r.manager.Apply(ctx, parent, ssa.ApplyOptions{})
	if err != nil {
		return r.cause(ctx, err)
	}
	if entry.Action == ssa.UnchangedAction {
		r.unchanged = append(r.unchanged, r.unit.parent())
	}
	return r.rememberParent()
}

// settle records what is left after pruning, if that is not on record already.
func (r *run) settle(ctx context.Context, left []schema.GroupKind) error {
	state := inventoryState{kinds: sortedKinds(kindsOf(r.members), left)}
	if len(left) == 0 {
		state.digest = inventory(r.members)
	}
	if state.equal(r.announced) {
		return nil
	}
	parent, err := parentObject(r.unit, r.objects.Descriptor, r.objects.ReleaseID, state)
	if err != nil {
		return err
	}
	err = r.client.Patch(ctx, parent, applyPatch{}, client.ForceOwnership, client.FieldOwner(v1alpha1.ManagedBy))
	if err != nil {
		return explain("recording what is left on", r.unit.parent(), err)
	}
	r.guard.note(r.unit.parent(), &sighting{live: parent})
	return r.rememberParent()
}

func (r *run) rememberParent() error {
	md, err := fromUnstructured(r.guard.sighted(r.unit.parent()).live)
	if err == nil {
		r.parents.remember(r.unit, md)
	}
	return err
}

func (r *run) applyMembers(ctx context.Context) error {
	changes, err := r.manager.ApplyAllStaged(ctx, r.items, ssa.ApplyOptions{})
	if err != nil {
		return r.cause(ctx, err)
	}
	for _, entry := range changes.Entries {
		if entry.Action == ssa.UnchangedAction {
			r.unchanged = append(r.unchanged, Object{
				Group: entry.ObjMetadata.GroupKind.Group, Kind: entry.ObjMetadata.GroupKind.Kind,
				Namespace: entry.ObjMetadata.Namespace, Name: entry.ObjMetadata.Name,
			})
		}
	}
	for i := range r.members {
		if live := r.guard.sighted(r.members[i].Object).live; live != nil {
			r.members[i].UID, r.members[i].Generation = live.GetUID(), live.GetGeneration()
		}
	}
	return nil
}

// cause is why ssa failed: every failure that the guard saw, without what ssa wraps around it.
func (r *run) cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return explain("applying", r.unit.parent(), ctx.Err())
	}
	r.guard.mu.Lock()
	defer r.guard.mu.Unlock()
	var causes []error
	for _, o := range append([]Object{r.unit.parent()}, objectsOf(r.members)...) {
		if s := r.guard.seen[o]; s != nil && s.refused != nil && !errors.Is(s.refused, context.Canceled) {
			causes = append(causes, s.refused)
		}
	}
	if len(causes) == 0 {
		return explain("applying", r.unit.parent(), err)
	}
	return errors.Join(causes...)
}

func objectsOf(members []Member) []Object {
	objects := make([]Object, len(members))
	for i, m := range members {
		objects[i] = m.Object
	}
	return objects
}

func (r *run) result() *Result {
	result := &Result{Conflicts: r.guard.conflicts, Members: r.members}
	result.Changes = append(result.Changes, r.guard.written...)
	for _, o := range r.unchanged {
		result.Changes = append(result.Changes, Change{Object: o, Action: Unchanged})
	}
	result.Changes = append(result.Changes, r.pruned...)
	return result
}
