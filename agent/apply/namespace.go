package apply

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// namespaceLabels are those of a namespace that Penstock creates. One that exists already keeps its own.
var namespaceLabels = map[string]string{
	v1alpha1.LabelManagedBy:              v1alpha1.ManagedBy,
	"pod-security.kubernetes.io/enforce": "baseline",
	"pod-security.kubernetes.io/warn":    "restricted",
}

// ensureNamespace creates the namespace of an environment if it is missing. Once it was seen it costs no
// request, until an Apply fails: somebody may have deleted it.
func (a *Applier) ensureNamespace(ctx context.Context, name string) error {
	if _, known := a.namespaces.Load(name); known {
		return nil
	}
	if err := a.lookOrCreate(ctx, name); err != nil {
		return err
	}
	a.namespaces.Store(name, true)
	return nil
}

func (a *Applier) lookOrCreate(ctx context.Context, name string) error {
	o := Object{Kind: "Namespace", Name: name}
	live := &corev1.Namespace{}
	err := a.client.Get(ctx, client.ObjectKey{Name: name}, live)
	switch {
	case apierrors.IsForbidden(err):
		return nil // an agent with rights in its namespaces only may not look; the members' requests will tell
	case apierrors.IsNotFound(err):
		return a.createNamespace(ctx, o)
	case err != nil:
		return explain("reading", o, err)
	case live.DeletionTimestamp != nil:
		return &Error{Doing: "applying to", Object: o, Kind: Unavailable, Err: errors.New("it is being deleted"),
			Mend: "it is created anew when it has gone"}
	}
	return nil
}

// createNamespace does not apply but create, so that a namespace which somebody else creates at this very
// moment keeps their labels.
func (a *Applier) createNamespace(ctx context.Context, o Object) error {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: o.Name, Labels: namespaceLabels}}
	err := a.client.Create(ctx, ns, client.FieldOwner(v1alpha1.ManagedBy))
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	err = explain("creating", o, err)
	var e *Error
	if errors.As(err, &e) && e.Kind == Forbidden {
		e.Mend = "create it yourself (kubectl create namespace " + o.Name + "), or allow the agent to create namespaces with a ClusterRole"
	}
	return err
}
