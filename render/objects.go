package render

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Objects is what one unit renders to. It is immutable after it was made.
type Objects struct {
	// Unit that was rendered.
	Unit *environments.Unit
	// Descriptor is the unit's ModelDeployment as built by kustomize, in the environment's namespace.
	Descriptor *v1alpha1.ModelDeployment
	// ReleaseID is the content address of the descriptor's release, such as rel-3f2a91c.
	ReleaseID string
	// GPUs is how many GPUs all replicas together ask for.
	GPUs int64
	// Items are the objects to apply, without the descriptor: sorted, each with name and namespace.
	Items []*unstructured.Unstructured
	// Digest is the SHA-256, in hex, of the items and the descriptor's spec.
	Digest string
	// Roots are the directories that the build read, sorted: the unit's own and those of its bases. While
	// their Git object ids stay the same, so do the objects.
	Roots []string
}
