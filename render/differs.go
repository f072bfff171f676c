package render

import (
	"maps"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Carried are the items that the unit brings itself, apart from those that were rendered for its model.
func (o *Objects) Carried() []*unstructured.Unstructured {
	list := make([]*unstructured.Unstructured, len(o.carried))
	for i, at := range o.carried {
		list[i] = o.Items[at]
	}
	return list
}

// Differs says which halves of a unit people changed. Release is true when it would be another release, and placement
// when anything else that they write is different: the rest of the descriptor's spec, its labels and annotations, the
// namespace, or an object that the unit carries. A change of the release alone is no change of placement, though the
// rendered objects differ. A unit that is not there (nil) differs in both from one that is.
func Differs(before, after *Objects) (release, placement bool) {
	if before == nil || after == nil {
		different := before != after
		return different, different
	}
	release = releaseOf(before) != releaseOf(after)
	return release, !equality.Semantic.DeepEqual(placementOf(before), placementOf(after))
}

func releaseOf(o *Objects) string { return environments.ReleaseDigest(o.Descriptor.Spec.Release) }

// placed is all that people write but the release.
type placed struct {
	Namespace           string
	Spec                v1alpha1.ModelDeploymentSpec
	Labels, Annotations map[string]string
	Carried             []map[string]any
}

func placementOf(o *Objects) placed {
	p := placed{
		Namespace: o.Descriptor.Namespace, Spec: *o.Descriptor.Spec,
		Labels: withoutRelease(o.Descriptor.Labels), Annotations: o.Descriptor.Annotations,
	}
	p.Spec.Release = v1alpha1.Release{}
	for _, object := range o.Carried() {
		object = object.DeepCopy()
		object.SetLabels(withoutRelease(object.GetLabels()))
		p.Carried = append(p.Carried, object.Object)
	}
	return p
}

// withoutRelease are labels but for the one that Penstock sets anew for each release.
func withoutRelease(labels map[string]string) map[string]string {
	all := maps.Clone(labels)
	delete(all, v1alpha1.LabelRelease)
	return all
}
