package apply

import (
	"context"
	"errors"
	"slices"

	"github.com/fluxcd/pkg/ssa"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	// AnnotationPrune with the value "allow" lets prune delete a PersistentVolumeClaim.
	AnnotationPrune = "penstock.dev/prune"
	allowPrune      = "allow"
	// deleteTries bounds how often a delete is repeated because the object changed under it.
	deleteTries = 4
)

// prune deletes what the cluster has of the unit and the unit has no longer.
func (r *run) prune(ctx context.Context) error {
	if r.nothingToPrune() {
		return r.settle(ctx, nil)
	}
	p := &pruner{Applier: r.Applier, unit: r.unit, keep: map[Object]bool{}}
	for _, m := range r.members {
		p.keep[m.Object] = true
	}
	p.prune(ctx, r.announced.kinds)
	r.pruned = p.changes
	if p.failed != nil {
		return p.failed
	}
	return r.settle(ctx, p.left)
}

// nothingToPrune spares the lists. Either the parent says that the cluster had just these members. Or there
// was no parent, and nothing that existed already was met: then this unit was never here.
func (r *run) nothingToPrune() bool {
	if r.announced.digest == "" {
		return false
	}
	if !r.fresh {
		return formatKinds(r.announced.kinds) == formatKinds(kindsOf(r.members))
	}
	return !slices.ContainsFunc(r.guard.written, func(c Change) bool { return c.Action != Created }) && len(r.unchanged) == 0
}

// pruner deletes the members of an ApplySet but for those to keep.
type pruner struct {
	*Applier
	unit Ref
	keep map[Object]bool

	changes []Change
	left    []schema.GroupKind // kinds of which something is left, or may be
	failed  error              // joined, each an *Error
}

// prune goes through the kinds, workloads before what they need. What fails does not stop the rest.
func (p *pruner) prune(ctx context.Context, kinds []schema.GroupKind) {
	for _, kind := range deletionOrder(kinds) {
		if err := p.pruneKind(ctx, kind); err != nil {
			p.failed = errors.Join(p.failed, err)
			p.left = append(p.left, kind)
		}
	}
}

// deletionOrder is the order in which ssa applies, reversed.
func deletionOrder(kinds []schema.GroupKind) []schema.GroupKind {
	ordered := slices.Clone(kinds)
	slices.SortFunc(ordered, func(a, b schema.GroupKind) int {
		if ssa.IsLessThan(b, a) {
			return -1
		}
		if ssa.IsLessThan(a, b) {
			return 1
		}
		return 0
	})
	return ordered
}

// pruneKind fails when the kind cannot be listed: a failed list is no proof of absence. A kind that the
// cluster does not serve at the moment stays on record; it holds up nothing.
func (p *pruner) pruneKind(ctx context.Context, kind schema.GroupKind) error {
	live, err := p.list(ctx, kind)
	if meta.IsNoMatchError(err) {
		p.left = append(p.left, kind)
		return nil
	}
	if err != nil {
		return explain("listing", Object{Group: kind.Group, Kind: kind.Kind, Namespace: p.unit.Namespace, Name: "of " + p.unit.ID()}, err)
	}
	var failed error
	for i := range live {
		failed = errors.Join(failed, p.pruneObject(ctx, objectAs(kind, &live[i]), &live[i]))
	}
	return failed
}

func (p *pruner) list(ctx context.Context, kind schema.GroupKind) ([]metav1.PartialObjectMetadata, error) {
	mapping, err := p.mapper.RESTMapping(kind)
	if err != nil {
		return nil, err
	}
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(mapping.GroupVersionKind)
	err = p.client.List(ctx, list, client.InNamespace(p.unit.Namespace),
		client.MatchingLabels{v1alpha1.LabelApplySetPartOf: p.unit.ApplySetID()})
	for i := range list.Items {
		list.Items[i].SetGroupVersionKind(mapping.GroupVersionKind)
	}
	return list.Items, err
}

func (p *pruner) pruneObject(ctx context.Context, o Object, live *metav1.PartialObjectMetadata) error {
	switch {
	case p.keep[o]:
		return nil
	case live.DeletionTimestamp != nil:
		p.left = append(p.left, o.GroupKind())
		return nil
	case keptByKind(o, live):
		p.left = append(p.left, o.GroupKind())
		p.changes = append(p.changes, Change{Object: o, Action: Kept})
		return nil
	}
	deleted, err := p.deleteExactly(ctx, o, live)
	if deleted {
		p.changes = append(p.changes, Change{Object: o, Action: Deleted})
	} else {
		p.left = append(p.left, o.GroupKind())
	}
	return err
}

// keptByKind: a claim may hold the only copy of something, such as weights that took hours to download.
func keptByKind(o Object, live *metav1.PartialObjectMetadata) bool {
	return o.Group == "" && o.Kind == "PersistentVolumeClaim" && live.Annotations[AnnotationPrune] != allowPrune
}

// deleteExactly deletes the very object that was listed, in the state that was seen. Should it have
// changed, it is looked at again: somebody may have taken its label off.
func (p *pruner) deleteExactly(ctx context.Context, o Object, live *metav1.PartialObjectMetadata) (deleted bool, err error) {
	for range deleteTries {
		err = p.client.Delete(ctx, live, client.PropagationPolicy(metav1.DeletePropagationBackground),
			client.Preconditions{UID: ptr.To(live.UID), ResourceVersion: ptr.To(live.ResourceVersion)})
		if err == nil {
			return true, nil
		}
		if !apierrors.IsConflict(err) {
			break
		}
		again := &metav1.PartialObjectMetadata{TypeMeta: live.TypeMeta}
		if err = p.client.Get(ctx, client.ObjectKeyFromObject(live), again); err != nil {
			break
		}
		if p.lost(live, again) || keptByKind(o, again) {
			return false, nil
		}
		live = again
	}
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return false, explain("deleting", o, err)
}

// lost says whether an object is another one now, or no longer a member.
func (p *pruner) lost(before, now *metav1.PartialObjectMetadata) bool {
	return now.UID != before.UID || now.Labels[v1alpha1.LabelApplySetPartOf] != p.unit.ApplySetID()
}
