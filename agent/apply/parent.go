package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	// tooling is the value of the tooling annotation: the name of the tool and the version of its inventory.
	tooling = "penstock/v1"
	// AnnotationInventory is on the parent while the cluster is known to have exactly the members that the
	// annotation is a digest of. An Apply of the same members then has nothing to prune and need not look.
	AnnotationInventory = "penstock.dev/inventory"
)

func ownTooling(tool string) bool { return strings.HasPrefix(tool, "penstock/") }

// inventoryState is what a parent records of its members.
type inventoryState struct {
	kinds  []schema.GroupKind
	digest string // empty while something may have to be pruned
}

func recordedBy(annotations map[string]string) inventoryState {
	return inventoryState{
		kinds:  parseKinds(annotations[v1alpha1.AnnotationApplySetGroupKinds]),
		digest: annotations[AnnotationInventory],
	}
}

func (s inventoryState) equal(t inventoryState) bool {
	return s.digest == t.digest && formatKinds(s.kinds) == formatKinds(t.kinds)
}

// parentObject is the ModelDeployment to apply: the descriptor, as the parent of an ApplySet.
func parentObject(unit Ref, descriptor *v1alpha1.ModelDeployment, release string, state inventoryState) (*unstructured.Unstructured, error) {
	parent := bareParent(unit, state)
	parent.Labels = merged(descriptor.Labels, parent.Labels)
	parent.Annotations = merged(descriptor.Annotations, parent.Annotations)
	if release != "" {
		parent.Labels[v1alpha1.LabelRelease] = release
	}
	parent.Spec = descriptor.Spec
	return toUnstructured(parent)
}

// bareParent is a parent without a spec.
func bareParent(unit Ref, state inventoryState) *v1alpha1.ModelDeployment {
	md := &v1alpha1.ModelDeployment{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.ModelDeploymentKind},
		ObjectMeta: metav1.ObjectMeta{
			Name: unit.Name, Namespace: unit.Namespace,
			Labels: map[string]string{
				v1alpha1.LabelApplySetID:  unit.ApplySetID(),
				v1alpha1.LabelManagedBy:   v1alpha1.ManagedBy,
				v1alpha1.LabelEnvironment: unit.Environment,
			},
			Annotations: map[string]string{
				v1alpha1.AnnotationApplySetTooling:    tooling,
				v1alpha1.AnnotationApplySetGroupKinds: formatKinds(state.kinds),
			},
		},
	}
	if state.digest != "" {
		md.Annotations[AnnotationInventory] = state.digest
	}
	return md
}

func toUnstructured(md *v1alpha1.ModelDeployment) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(md)
	if err != nil {
		return nil, fmt.Errorf("converting ModelDeployment %s/%s: %w", md.Namespace, md.Name, err)
	}
	u := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(content, "status")
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	return u, nil
}

func fromUnstructured(u *unstructured.Unstructured) (*v1alpha1.ModelDeployment, error) {
	md := &v1alpha1.ModelDeployment{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, md); err != nil {
		return nil, fmt.Errorf("reading ModelDeployment %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	return md, nil
}

// getParent reads a unit's ModelDeployment; nil when there is none.
func (a *Applier) getParent(ctx context.Context, unit Ref) (*v1alpha1.ModelDeployment, error) {
	md := &v1alpha1.ModelDeployment{}
	err := a.client.Get(ctx, client.ObjectKey{Namespace: unit.Namespace, Name: unit.Name}, md)
	if apierrors.IsNotFound(err) && kindOfNotFound(err) != MissingKind {
		a.parents.forget(unit)
		return nil, nil
	}
	if err != nil {
		return nil, explain("reading", unit.parent(), err)
	}
	a.parents.remember(unit, md)
	return md, nil
}

// applyPatch sends an object as it is, to be applied by the server.
type applyPatch struct{}

// Type implements client.Patch.
func (applyPatch) Type() types.PatchType { return types.ApplyPatchType }

// Data implements client.Patch.
func (applyPatch) Data(obj client.Object) ([]byte, error) { return json.Marshal(obj) }

// merged lays over on top of base.
func merged(base, over map[string]string) map[string]string {
	all := maps.Clone(base)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, over)
	return all
}

// schemaResource is good enough for an error message; no request is made with it.
func schemaResource(o Object) schema.GroupResource {
	return schema.GroupResource{Group: o.Group, Resource: strings.ToLower(o.Kind)}
}
