package evaluate

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/render"
)

// Who may make Jobs could have the right evaluation run, and something else say what it found.
func TestAJobThatDoesTheSameWork(t *testing.T) {
	made := func() *batchv1.Job {
		job := &batchv1.Job{}
		job.Spec.Template.Spec.InitContainers = []corev1.Container{{
			Name: render.EvaluationContainer, Image: "eval@sha256:a", Command: []string{"measure"}, Env: []corev1.EnvVar{{Name: "TASKS", Value: "mmlu"}},
		}}
		job.Spec.Template.Spec.Containers = []corev1.Container{{Name: render.ResultsContainer, Image: "any", Args: []string{"results", "/penstock/result.json"}}}
		return job
	}
	for name, c := range map[string]struct {
		edit func(measure, results *corev1.Container)
		same bool
	}{
		"just that":               {func(_, _ *corev1.Container) {}, true},
		"from another registry":   {func(m, r *corev1.Container) { m.Image, r.Image = "mirror/eval@sha256:a", "mirror/any" }, true},
		"with a variable more":    {func(m, _ *corev1.Container) { m.Env = append(m.Env, corev1.EnvVar{Name: "PROXY", Value: "p"}) }, true},
		"another image":           {func(m, _ *corev1.Container) { m.Image = "eval@sha256:b" }, false},
		"another command":         {func(m, _ *corev1.Container) { m.Command = []string{"cheat"} }, false},
		"a variable twice":        {func(m, _ *corev1.Container) { m.Env = append(m.Env, corev1.EnvVar{Name: "TASKS", Value: "easy"}) }, false},
		"a variable less":         {func(m, _ *corev1.Container) { m.Env = nil }, false},
		"another file as result":  {func(_, r *corev1.Container) { r.Args = []string{"results", "/tmp/mine.json"} }, false},
		"another result":          {func(_, r *corev1.Container) { r.Command = []string{"echo"} }, false},
		"nobody tells the result": {func(_, r *corev1.Container) { r.Name = "other" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(made())
			if err != nil {
				t.Fatal(err)
			}
			job := made()
			c.edit(&job.Spec.Template.Spec.InitContainers[0], &job.Spec.Template.Spec.Containers[0])
			if got := sameWork(&unstructured.Unstructured{Object: object}, job); got != c.same {
				t.Errorf("it is the same work: %v, want %v", got, c.same)
			}
		})
	}
}
