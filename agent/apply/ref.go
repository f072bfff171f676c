package apply

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// Ref names a unit in the cluster.
type Ref struct {
	// Environment is the environment's name, which need not be the namespace's.
	Environment string
	// Namespace has every object of the unit.
	Namespace string
	// Name is the model's, and the ModelDeployment's.
	Name string
}

// RefOf names the unit that was rendered.
func RefOf(objects *render.Objects) Ref { return RefOfUnit(objects.Unit) }

// RefOfUnit names a unit of the repository.
func RefOfUnit(unit *environments.Unit) Ref {
	return Ref{Environment: unit.Environment.Name, Namespace: unit.Environment.Spec.Namespace, Name: unit.Name}
}

// RefOfDeployed names a unit that the cluster has.
func RefOfDeployed(md *v1alpha1.ModelDeployment) Ref {
	return Ref{Environment: md.Labels[v1alpha1.LabelEnvironment], Namespace: md.Namespace, Name: md.Name}
}

// ID names the unit as the repository does, as in prod/llama-3-8b.
func (r Ref) ID() string { return r.Environment + "/" + r.Name }

// ApplySetID is the value of the part-of label of the unit's objects. It follows from the parent's name
// and namespace alone, as KEP-3659 wants it, so nobody can forge membership by choosing an id.
func (r Ref) ApplySetID() string {
	sum := sha256.Sum256([]byte(r.Name + "." + r.Namespace + "." + v1alpha1.ModelDeploymentKind + "." + v1alpha1.GroupVersion.Group))
	return "applyset-" + base64.RawURLEncoding.EncodeToString(sum[:]) + "-v1"
}

func (r Ref) parent() Object {
	return Object{Group: v1alpha1.GroupVersion.Group, Kind: v1alpha1.ModelDeploymentKind, Namespace: r.Namespace, Name: r.Name}
}
