package environments

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// TestGoodDescriptors: what testdata/good describes is meant, and refused in no environment: all of it is
// pinned.
func TestGoodDescriptors(t *testing.T) {
	for _, file := range goodFiles(t) {
		for _, env := range []string{"dev", "prod"} {
			if md := decodeIn(t, testUnit(env), file); md == nil {
				t.Errorf("%s is refused in %s", file, env)
			}
		}
	}
}

// TestGoodDescriptorsSetEveryField: each field of the spec is set by one of them, so that none is refused
// whatever it says.
func TestGoodDescriptorsSetEveryField(t *testing.T) {
	set := map[string]bool{}
	for _, file := range goodFiles(t) {
		md := decodeIn(t, testUnit("dev"), file)
		if md == nil {
			continue
		}
		markSet(set, "spec", reflect.ValueOf(md.Spec))
	}
	for field, is := range set {
		if !is {
			t.Errorf("no file of testdata/good sets %s", field)
		}
	}
}

// markSet notes each field below a value: true if it is set, here or in a value that was looked at before.
func markSet(set map[string]bool, path string, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v = reflect.Zero(v.Type().Elem())
			continue
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		if v.Len() == 0 {
			markSet(set, path, reflect.Zero(v.Type().Elem()))
		}
		for i := range v.Len() {
			markSet(set, path, v.Index(i))
		}
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[resource.Quantity]():
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			field := path + "." + name
			set[field] = set[field] || !v.Field(i).IsZero()
			markSet(set, field, v.Field(i))
		}
	}
}

func goodFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	return files
}

// decodeIn decodes a file as if it were a unit's model.yaml; whatever is wrong with it fails the test.
func decodeIn(t *testing.T, unit *Unit, file string) *v1alpha1.ModelDeployment {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, problems := document.Parse("model.yaml", data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	md, problems := Decode(unit, parsed.Documents[0].Object(), []*document.File{parsed})
	if len(problems) > 0 {
		t.Errorf("%s in %s:\n%s", file, unit.Environment.Name, problems.Error())
	}
	return md
}
