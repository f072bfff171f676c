package environments

import (
	"os"
	"testing"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// testUnit is dev/llama-3-8b in the namespace models-dev.
func testUnit() *Unit {
	env := &Environment{Name: "dev", Dir: "environments/dev", Spec: v1alpha1.EnvironmentSpec{Namespace: "models-dev"}}
	return &Unit{Environment: env, Name: "llama-3-8b", Dir: "environments/dev/llama-3-8b"}
}

// decodeFile decodes a file as if it were the unit's model.yaml, and returns the problems.
func decodeFile(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, problems := document.Parse("model.yaml", data)
	if len(problems) > 0 {
		return problems.Error()
	}
	md, problems := Decode(testUnit(), parsed.Documents[0].Object(), []*document.File{parsed})
	if (md == nil) != (len(problems) > 0) {
		t.Errorf("%s: got descriptor %v with problems %v, expected one of them", file, md, problems)
	}
	return problems.Error()
}
