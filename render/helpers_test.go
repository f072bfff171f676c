package render

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// descriptor writes a vLLM descriptor: fields are lines under spec, each indented by two.
func descriptor(model, server string, fields ...string) string {
	text := "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: m}\nspec:\n  release:\n"
	text += "    model: {source: hf://org/model" + model + "}\n    runtime: {engine: vllm, image: vllm/vllm-openai:v0.18.0" + server + "}\n"
	for _, field := range fields {
		text += "  " + field + "\n"
	}
	return text
}

const onGPU = "accelerator: {product: NVIDIA-L4}"

// rendered renders a unit of one file, with whatever other files an archive brings.
func rendered(t testing.TB, model string, more ...string) *Objects {
	t.Helper()
	_, tree := archive([]byte("-- model.yaml --\n" + model + strings.Join(more, "")))
	return mustRender(t, tree, unitOf("prod/m"))
}

// item finds the object of a kind, strictly read as its type.
func item[T any](t testing.TB, o *Objects, kind string) *T {
	t.Helper()
	i := slices.IndexFunc(o.Items, func(u *unstructured.Unstructured) bool { return u.GetKind() == kind && u.GetName() == o.Unit.Name })
	if i < 0 {
		t.Fatalf("no %s", kind)
	}
	typed := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Items[i].Object, typed, true); err != nil {
		t.Fatalf("%s is not one that the API server knows: %v", kind, err)
	}
	return typed
}

func pod(t testing.TB, o *Objects) corev1.PodSpec {
	return item[appsv1.Deployment](t, o, "Deployment").Spec.Template.Spec
}

func server(t testing.TB, o *Objects) corev1.Container { return pod(t, o).Containers[0] }

func env(c corev1.Container, name string) *corev1.EnvVar {
	if i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name }); i >= 0 {
		return &c.Env[i]
	}
	return nil
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: expected %v, got %v", what, want, got)
	}
}

// served is a descriptor of a model that an engine can serve: from the first kind of source that it loads by
// itself, or from an image, unless another source is given. Fields are as descriptor has them.
func served(name, source, model, server string, fields ...string) string {
	e := renderer().engines[name]
	if source == "" {
		source = "oci://registry.example.com/org/model"
		if len(e.Sources) > 0 {
			source = e.Sources[0] + "://org/model"
		}
	}
	if scheme, _, _ := strings.Cut(source, "://"); e.LoadsFile && !slices.Contains(e.Sources, scheme) {
		model += ", file: model.bin"
	}
	text := descriptor(model, server, fields...)
	text = strings.Replace(text, "source: hf://org/model", `source: "`+source+`", format: `+e.Formats[0], 1)
	return strings.Replace(text, "engine: vllm", "engine: "+name, 1)
}

// forEveryEngine runs a test with each engine that there is.
func forEveryEngine(t *testing.T, test func(t *testing.T, name string)) {
	t.Helper()
	for _, name := range sortedKeys(renderer().engines) {
		t.Run(name, func(t *testing.T) { test(t, name) })
	}
}

// forEveryEngineThat runs a test with each engine that takes a value. There must be one.
func forEveryEngineThat(t *testing.T, value string, test func(t *testing.T, name string)) {
	t.Helper()
	takes := func(name string) bool { return renderer().engines[name].refersTo(value) }
	if !slices.ContainsFunc(sortedKeys(renderer().engines), takes) {
		t.Fatalf("no engine takes %s", value)
	}
	forEveryEngine(t, func(t *testing.T, name string) {
		if takes(name) {
			test(t, name)
		}
	})
}

// groupOf is the templates of a LeaderWorkerSet, strictly read as pods.
func groupOf(t testing.TB, o *Objects) (leader, worker corev1.PodSpec) {
	t.Helper()
	set := ofKind(o.Items, "LeaderWorkerSet")
	if set == nil {
		t.Fatal("no LeaderWorkerSet")
	}
	read := func(role string) corev1.PodSpec {
		template, found, err := unstructured.NestedMap(set.Object, "spec", "leaderWorkerTemplate", role)
		typed := corev1.PodTemplateSpec{}
		if err == nil {
			err = runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(template, &typed, true)
		}
		if err != nil || !found {
			t.Fatalf("%s: %v", role, err)
		}
		return typed.Spec
	}
	return read("leaderTemplate"), read("workerTemplate")
}
