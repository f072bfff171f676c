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

// sameWork says whether a Job does what was rendered: the same commands with the same variables, the evaluation in an image
// of the same digest, and no other result than what that leaves. What a cluster's webhooks put beside that, such as another
// registry or a sidecar, does not matter.
func sameWork(rendered *unstructured.Unstructured, job *batchv1.Job) bool {
	want := &batchv1.Job{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(rendered.Object, want); err != nil {
		return false
	}
	wanted, got := want.Spec.Template.Spec, job.Spec.Template.Spec
	if !sameCommand(container(wanted, render.EvaluationContainer), container(got, render.EvaluationContainer)) {
		return false
	}
	if results := container(wanted, render.ResultsContainer); results != nil && !sameCommand(results, container(got, render.ResultsContainer)) {
		return false
	}
	_, digest, pinned := strings.Cut(container(wanted, render.EvaluationContainer).Image, "@")
	_, found, _ := strings.Cut(container(got, render.EvaluationContainer).Image, "@")
	return !pinned || digest == found
}

// sameCommand says whether two containers run the same with the same variables. Of a variable that is there twice the last
// one counts.
func sameCommand(want, got *corev1.Container) bool {
	if want == nil || got == nil || !slices.Equal(want.Command, got.Command) || !slices.Equal(want.Args, got.Args) {
		return false
	}
	for _, variable := range want.Env {
		others := func(v corev1.EnvVar) bool { return v.Name == variable.Name && !reflect.DeepEqual(v, variable) }
		same := func(v corev1.EnvVar) bool { return reflect.DeepEqual(v, variable) }
		if !slices.ContainsFunc(got.Env, same) || slices.ContainsFunc(got.Env, others) {
			return false
		}
	}
	return true
}

// container is the one of a name; nil if there is none.
func container(spec corev1.PodSpec, name string) *corev1.Container {
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		if c.Name == name {
			return &c
		}
	}
	return nil
}
