package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// guard stands between fluxcd/pkg/ssa and the API server during one Apply of one unit. It makes up for
// what ssa does not look at:
//
//   - ssa ignores a failed GET and then writes over what it could not see. The guard remembers the failure
//     and refuses the write.
//   - ssa forces every field conflict silently. The guard asks without force first and notes who loses.
//   - ssa would take over an object of anybody. The guard refuses those of other units and of controllers.
//   - ssa can delete to replace. The guard cannot delete.
//   - a field that is no longer applied is deleted. The guard hands replicas over to an autoscaler first.
//
// ssa calls it from several goroutines.
type guard struct {
	client.Client
	unit Ref

	mu        sync.Mutex
	seen      map[Object]*sighting
	written   []Change
	conflicts []Conflict
}

// sighting is what is known of one object.
type sighting struct {
	refused error                      // why it must not be written
	live    *unstructured.Unstructured // as last read or written; nil when it does not exist
	held    bool                       // the next Get answers from live
}

func newGuard(c client.Client, unit Ref) *guard {
	return &guard{Client: c, unit: unit, seen: map[Object]*sighting{}}
}

// Get reads an object and decides whether it may be written.
func (g *guard) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return fmt.Errorf("apply: reading a %T is not foreseen", obj)
	}
	o := Object{Group: u.GroupVersionKind().Group, Kind: u.GetKind(), Namespace: key.Namespace, Name: key.Name}
	if s, ok := g.takeHeld(o); ok {
		return answer(s, o, u)
	}
	err := g.Client.Get(ctx, key, obj, opts...)
	switch {
	case apierrors.IsNotFound(err):
		g.note(o, &sighting{})
		return err
	case err != nil:
		err = explain("reading", o, err)
		g.note(o, &sighting{refused: err})
		return err
	}
	g.note(o, &sighting{live: u.DeepCopy(), refused: g.refuse(ctx, o, u)})
	return nil
}

// hold makes the next Get of an object answer from what the last one saw.
func (g *guard) hold(o Object) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.seen[o]; s != nil {
		s.held = true
	}
}

func (g *guard) takeHeld(o Object) (*sighting, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.seen[o]
	if s == nil || !s.held {
		return nil, false
	}
	s.held = false
	return s, true
}

func answer(s *sighting, o Object, into *unstructured.Unstructured) error {
	if s.live == nil {
		return apierrors.NewNotFound(schemaResource(o), o.Name)
	}
	s.live.DeepCopy().DeepCopyInto(into)
	return nil
}

// Patch applies an object, or asks what applying it would do.
func (g *guard) Patch(ctx context.Context, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok || patch.Type() != types.ApplyPatchType {
		return fmt.Errorf("apply: patching a %T with %T is not foreseen", obj, patch)
	}
	o := objectOf(u)
	s := g.sighted(o)
	if s == nil {
		return &Error{Doing: "applying", Object: o, Kind: Unavailable, Err: errors.New("it was never read")}
	}
	if s.refused != nil {
		return s.refused
	}
	if isDryRun(opts) {
		return g.fail(o, explain("checking", o, g.dryRun(ctx, o, u, patch, opts)))
	}
	if err := g.handOver(ctx, o, u); err != nil {
		return g.fail(o, err)
	}
	if err := g.Client.Patch(ctx, u, patch, opts...); err != nil {
		return g.fail(o, explain("applying", o, err))
	}
	g.wrote(o, u)
	return nil
}

// dryRun asks without force, so that conflicts are seen, and then with it.
func (g *guard) dryRun(ctx context.Context, o Object, u *unstructured.Unstructured, patch client.Patch, opts []client.PatchOption) error {
	err := g.Client.Patch(ctx, u, patch, append(opts[:len(opts):len(opts)], unforced{})...)
	conflicts := conflictsOf(o, err)
	if len(conflicts) == 0 {
		return err
	}
	g.mu.Lock()
	g.conflicts = append(g.conflicts, conflicts...)
	g.mu.Unlock()
	return g.Client.Patch(ctx, u, patch, opts...)
}

// Delete is never called as long as Force is never set. Should it be, nothing is deleted.
func (g *guard) Delete(_ context.Context, obj client.Object, _ ...client.DeleteOption) error {
	return fmt.Errorf("apply: %s/%s is not deleted: Penstock never deletes an object to replace it", obj.GetNamespace(), obj.GetName())
}

func (g *guard) note(o Object, s *sighting) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen[o] = s
}

func (g *guard) sighted(o Object) *sighting {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen[o]
}

// fail remembers why an object could not be applied, unless it only gave way to the failure of another.
func (g *guard) fail(o Object, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen[o].refused = err
	return err
}

func (g *guard) wrote(o Object, u *unstructured.Unstructured) {
	g.mu.Lock()
	defer g.mu.Unlock()
	action := Configured
	if g.seen[o].live == nil {
		action = Created
	}
	g.written = append(g.written, Change{Object: o, Action: action})
	g.seen[o].live = u.DeepCopy()
}

// refuse says why an object that exists must not be written; nil if it may.
func (g *guard) refuse(ctx context.Context, o Object, live *unstructured.Unstructured) error {
	claimed := func(who, mend string) error {
		return &Error{Doing: "applying", Object: o, Kind: Claimed, Err: errors.New(who), Mend: mend}
	}
	if owner := metav1.GetControllerOf(live); owner != nil {
		return claimed(fmt.Sprintf("it belongs to %s %s, which made it", owner.Kind, owner.Name),
			"give the object of "+g.unit.ID()+" another name")
	}
	if o == g.unit.parent() {
		if tool := live.GetAnnotations()[v1alpha1.AnnotationApplySetTooling]; tool != "" && !ownTooling(tool) {
			return claimed("it is the parent of an ApplySet of another tool, "+tool, "give the model another name, or delete that ApplySet with its own tool")
		}
		return nil
	}
	if id := live.GetLabels()[v1alpha1.LabelApplySetPartOf]; id != "" && id != g.unit.ApplySetID() {
		return claimed("two units claim one object: it belongs to "+g.ownerOf(ctx, o.Namespace, id),
			"give the object of "+g.unit.ID()+" another name; or, if that unit is gone, remove the label "+v1alpha1.LabelApplySetPartOf+" from it")
	}
	return nil
}

// ownerOf names the unit that has an ApplySet, or at least the ApplySet.
func (g *guard) ownerOf(ctx context.Context, namespace, id string) string {
	var parents v1alpha1.ModelDeploymentList
	err := g.List(ctx, &parents, client.InNamespace(namespace), client.MatchingLabels{v1alpha1.LabelApplySetID: id})
	if err != nil || len(parents.Items) == 0 {
		return "the ApplySet " + id
	}
	return "the unit " + RefOfDeployed(&parents.Items[0]).ID()
}

// unforced takes ForceOwnership back.
type unforced struct{}

// ApplyToPatch implements client.PatchOption.
func (unforced) ApplyToPatch(opts *client.PatchOptions) { opts.Force = new(bool) }

func isDryRun(opts []client.PatchOption) bool {
	return len((&client.PatchOptions{}).ApplyOptions(opts).DryRun) > 0
}
