package apply

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Remove deletes a unit that left Git: its members, then its ModelDeployment. The parent goes last and
// only when nothing failed, so that a Remove which was interrupted can be repeated. PersistentVolumeClaims
// are kept and reported. A unit that is gone already is no error. When all members are gone, and before the parent is,
// pruned is told, unless it is nil; if it fails, the parent stays, so that what happened can be told at the next try.
func (a *Applier) Remove(ctx context.Context, unit Ref, revision Revision, pruned func(*Result) error) (*Result, error) {
	result := &Result{}
	err := a.remove(ctx, unit, revision, result, pruned)
	if err != nil {
		return result, fmt.Errorf("removing %s: %w", unit.ID(), err)
	}
	return result, nil
}

func (a *Applier) remove(ctx context.Context, unit Ref, revision Revision, result *Result, pruned func(*Result) error) error {
	parent, err := a.getParent(ctx, unit)
	if parent == nil || err != nil {
		return err
	}
	if err := ownedParent(unit, parent); err != nil {
		return err
	}
	p := &pruner{Applier: a, unit: unit}
	p.prune(ctx, Kinds(parent))
	result.Changes = p.changes
	if p.failed != nil {
		return pruneError{p.failed}
	}
	if pruned != nil {
		if err := pruned(result); err != nil {
			return err
		}
	}
	if err := a.deleteParent(ctx, parent); err != nil {
		return explain("deleting", unit.parent(), err)
	}
	a.parents.forget(unit)
	result.Changes = append(result.Changes, Change{Object: unit.parent(), Action: Deleted})
	a.emit(unit, parent, removedEvents(unit, revision, result))
	return nil
}

// ownedParent refuses a ModelDeployment that Penstock did not apply.
func ownedParent(unit Ref, parent *v1alpha1.ModelDeployment) error {
	if parent.Labels[v1alpha1.LabelApplySetID] == unit.ApplySetID() && ownTooling(parent.Annotations[v1alpha1.AnnotationApplySetTooling]) {
		return nil
	}
	return &Error{Doing: "deleting", Object: unit.parent(), Kind: Claimed,
		Err: errors.New("it was not applied by Penstock"), Mend: "delete it yourself if it should go"}
}

// deleteParent asks for the same object, not the same version: a status may be written at any time.
func (a *Applier) deleteParent(ctx context.Context, parent *v1alpha1.ModelDeployment) error {
	err := a.client.Delete(ctx, parent, client.PropagationPolicy(metav1.DeletePropagationBackground),
		client.Preconditions{UID: ptr.To(parent.UID)})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// Deployed lists the units that the agent has in a namespace, with one request; "" means all namespaces,
// for which the agent needs a ClusterRole.
func (a *Applier) Deployed(ctx context.Context, namespace string) ([]v1alpha1.ModelDeployment, error) {
	list := &v1alpha1.ModelDeploymentList{}
	err := a.client.List(ctx, list, client.InNamespace(namespace),
		client.MatchingLabels{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy}, client.HasLabels{v1alpha1.LabelEnvironment})
	if err != nil {
		o := Ref{Namespace: namespace}.parent()
		o.Name = "*"
		return nil, explain("listing", o, err)
	}
	for i := range list.Items {
		a.parents.remember(RefOfDeployed(&list.Items[i]), &list.Items[i])
	}
	return list.Items, nil
}
