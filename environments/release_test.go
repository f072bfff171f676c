package environments

import (
	"fmt"
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// TestReferenceReleaseIDs: these releases run somewhere. A new field of the types must not change the id of a
// release that does not set it, or every replica would be replaced when the agent is updated.
func TestReferenceReleaseIDs(t *testing.T) {
	want := map[string]string{
		"dev/bge-large-en": "rel-c6cf77e", "staging/bge-large-en": "rel-c6cf77e", "prod/bge-large-en": "rel-c6cf77e",
		"staging/llama-3-70b": "rel-dc5c0fd", "prod/llama-3-70b": "rel-dc5c0fd",
		"dev/llama-3-8b": "rel-19b1e6a", "staging/llama-3-8b": "rel-37e42e2", "prod/llama-3-8b": "rel-37e42e2",
	}
	built := buildReference(t)
	for id, md := range built {
		if got := ReleaseID(md.Spec.Release); got != want[id] {
			t.Errorf("%s: got %s, want %s", id, got, want[id])
		}
	}
	if len(built) != len(want) {
		t.Errorf("got %d units, want %d", len(built), len(want))
	}
}

// TestFieldsThatAreNotSetDoNotCount: what a release must say is all that its id follows from.
func TestFieldsThatAreNotSetDoNotCount(t *testing.T) {
	release := v1alpha1.Release{Model: v1alpha1.Model{Source: "hf://a/b"}, Runtime: v1alpha1.Runtime{Engine: "vllm", Image: "vllm"}}
	const want = `{"model":{"source":"hf://a/b"},"runtime":{"engine":"vllm","image":"vllm"}}`
	if got := string(canonical(release)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestEveryFieldOfAReleaseCounts: a release that sets one field more is another release.
func TestEveryFieldOfAReleaseCounts(t *testing.T) {
	seen := map[string]string{ReleaseID(v1alpha1.Release{}): "nothing"}
	var quantities []string
	var visit func(path string, root *v1alpha1.Release, v reflect.Value)
	visit = func(path string, root *v1alpha1.Release, v reflect.Value) {
		for i := range v.NumField() {
			field, name := v.Field(i), path+"."+v.Type().Field(i).Name
			if field.Type() == reflect.TypeFor[*resource.Quantity]() {
				quantities = append(quantities, name)
			}
			fillIn(field)
			if field.Kind() == reflect.Pointer {
				field = field.Elem()
			}
			if field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[resource.Quantity]() {
				visit(name, root, field)
				continue
			}
			id := ReleaseID(*root)
			if other, ok := seen[id]; ok {
				t.Errorf("a release with %s has the id of one with %s", name, other)
			}
			seen[id] = name
		}
	}
	var release v1alpha1.Release
	visit("release", &release, reflect.ValueOf(&release).Elem())
	if fmt.Sprint(quantities) != "[release.Model.Size]" {
		t.Errorf("canonical knows one quantity that is spelled in several ways, model.size, and there are %v", quantities)
	}
}

// fillIn sets a field to something that is not its zero value. A struct is left to its fields.
func fillIn(field reflect.Value) {
	switch field.Kind() {
	case reflect.String:
		field.SetString("x")
	case reflect.Int32:
		field.SetInt(7)
	case reflect.Bool:
		field.SetBool(true)
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
		if q, ok := field.Interface().(*resource.Quantity); ok {
			*q = resource.MustParse("1Gi")
		} else {
			fillIn(field.Elem())
		}
	case reflect.Slice:
		field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		fillIn(field.Index(0))
	}
}

func TestReleaseID(t *testing.T) {
	size := func(s string) *resource.Quantity { q := resource.MustParse(s); return &q }
	release := func(s string) v1alpha1.Release {
		return v1alpha1.Release{
			Model:   v1alpha1.Model{Source: "hf://a/b", Size: size(s)},
			Runtime: v1alpha1.Runtime{Engine: "vllm", Image: "vllm/vllm-openai:v1", Args: []string{"--a", ""}},
		}
	}
	if got := string(canonical(v1alpha1.Release{})); got != "{}" {
		t.Errorf("got %s for an empty release: empty fields must not count, or a new field changes every id", got)
	}
	const want = "rel-a3f5a8f"
	if got := ReleaseID(release("1Gi")); got != want {
		t.Errorf("got %s, want %s: ids of releases that run must not change", got, want)
	}
	same := release("1024Mi")
	same.Runtime.Env, same.Runtime.Command = []v1alpha1.EnvVar{}, []string{}
	if got := ReleaseID(same); got != want {
		t.Errorf("got %s for another spelling of the same release", got)
	}
	seen := map[string]string{want: "the release"}
	for name, change := range map[string]func(*v1alpha1.Release){
		"args":   func(r *v1alpha1.Release) { r.Runtime.Args = []string{"--a"} },
		"order":  func(r *v1alpha1.Release) { r.Runtime.Args = []string{"", "--a"} },
		"size":   func(r *v1alpha1.Release) { r.Model.Size = size("2Gi") },
		"image":  func(r *v1alpha1.Release) { r.Runtime.Image += "1" },
		"source": func(r *v1alpha1.Release) { r.Model.Source += "1" },
	} {
		changed := release("1Gi")
		change(&changed)
		if other, ok := seen[ReleaseID(changed)]; ok {
			t.Errorf("%s has the id of %s", name, other)
		}
		seen[ReleaseID(changed)] = name
	}
	before := release("1024Mi")
	if digest := ReleaseDigest(before); len(digest) != 64 || before.Model.Size.String() != "1Gi" && fmt.Sprint(before.Model.Size) != "1024Mi" {
		t.Errorf("got digest %s and size %s", digest, before.Model.Size)
	}
}
