package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/policies"
)

// TestAnExportedPolicyIsEnforcedByTheAPIServer: the very rules that judge a pull request refuse what goes past Git.
func TestAnExportedPolicyIsEnforcedByTheAPIServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bundle, problems := policies.Load(os.DirFS("testdata"), "policies")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	policy, binding, problems := bundle.Policies()[0].Export()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	namespace := w.cp.Namespace(t)
	binding.Spec.MatchResources = &admissionregistrationv1.MatchResources{ // other tests share the cluster
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}},
	}
	for _, object := range []client.Object{policy, binding} {
		if err := w.client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.client.Delete(t.Context(), object) })
	}
	w.eventually(func() error {
		err := w.client.Create(t.Context(), deploymentOf(namespace, "registry.example.com/server:latest"), client.DryRunAll)
		if err == nil || !strings.Contains(err.Error(), "penstock-image-by-digest") || !strings.Contains(err.Error(), "an image has no digest") {
			return fmt.Errorf("an image without a digest: %w", err)
		}
		return nil
	})
	pinned := "registry.example.com/server@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
	if err := w.client.Create(t.Context(), deploymentOf(namespace, pinned), client.DryRunAll); err != nil {
		t.Errorf("an image with a digest: %v", err)
	}
}

func deploymentOf(namespace, image string) *appsv1.Deployment {
	labels := map[string]string{"app": "server"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "server"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "server", Image: image}}},
			},
		},
	}
}
