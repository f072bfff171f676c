package e2e

import (
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

func TestACommitBecomesHealthyWorkloads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	commit := w.commit("Serve two models", merged(environment, map[string]string{
		"environments/dev/llama/model.yaml": llama("llama", "NVIDIA-L4", 1, 2),
		"environments/dev/echo/model.yaml":  echo("echo"),
	}))
	w.start(w.config())

	found := w.ready(dev, "llama", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	if s := found.Status; s.Environment != "dev" || s.GPUs != 2 || s.Commit != commit || s.Release == "" ||
		s.Model != "hf://meta-llama/Llama-3.1-8B-Instruct" {
		t.Errorf("the status does not say what was applied: %+v", s)
	}
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	for _, object := range []client.Object{&appsv1.Deployment{}, &corev1.Service{}, &corev1.ServiceAccount{}, &policyv1.PodDisruptionBudget{}} {
		if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: dev, Name: "llama"}, object); err != nil {
			t.Errorf("%T: %v", object, err)
			continue
		}
		if object.GetLabels()[v1alpha1.LabelRelease] != found.Status.Release {
			t.Errorf("%T is not labelled with its release", object)
		}
	}
	var pods corev1.PodList
	if err := w.client.List(t.Context(), &pods, client.InNamespace(dev), client.MatchingLabels{v1alpha1.LabelInstance: "llama"}); err != nil {
		t.Fatal(err)
	}
	for _, pod := range pods.Items {
		var node corev1.Node
		if err := w.client.Get(t.Context(), client.ObjectKey{Name: pod.Spec.NodeName}, &node); err != nil {
			t.Fatal(err)
		}
		if product := node.Labels["nvidia.com/gpu.product"]; product != "NVIDIA-L4" {
			t.Errorf("pod %s runs on a node with %s", pod.Name, product)
		}
	}
}

func TestANewReleaseChangesItsUnitAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, _ := w.serve("one", "two")
	before := w.ready(dev, "one", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	since := time.Now()
	commit := w.commit("Give one an argument", map[string]string{"environments/dev/one/model.yaml": echo("one", `args: ["--loud"]`)})
	w.when(dev, "one", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Commit != commit || found.Status.Release == before.Status.Release {
			return fmt.Errorf("at commit %s, release %s", found.Status.Commit, found.Status.Release)
		}
		return nil
	})
	w.ready(dev, "one", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	for _, write := range writes(t, w.cp, since, dev) {
		if write.Name == "two" {
			t.Errorf("the other unit was written to: %s %s", write.Verb, write.URI)
		}
	}
}
