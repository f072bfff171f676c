package evaluate

import (
	"reflect"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/render"
)

// sameWork says whether a Job does what was rendered: the same command with the same variables, in an image of the same
// digest. What a cluster's webhooks put beside that, such as another registry or a sidecar, does not matter.
func sameWork(rendered *unstructured.Unstructured, job *batchv1.Job) bool {
	want := &batchv1.Job{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(rendered.Object, want); err != nil {
		return false
	}
	w, g := evaluating(want.Spec.Template.Spec), evaluating(job.Spec.Template.Spec)
	if w == nil || g == nil || !slices.Equal(w.Command, g.Command) || !slices.Equal(w.Args, g.Args) {
		return false
	}
	for _, variable := range w.Env {
		if !slices.ContainsFunc(g.Env, func(v corev1.EnvVar) bool { return reflect.DeepEqual(v, variable) }) {
			return false
		}
	}
	_, wanted, pinned := strings.Cut(w.Image, "@")
	_, got, _ := strings.Cut(g.Image, "@")
	return !pinned || wanted == got
}

// evaluating is the container that runs the evaluation.
func evaluating(spec corev1.PodSpec) *corev1.Container {
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		if c.Name == render.EvaluationContainer {
			return &c
		}
	}
	return nil
}
