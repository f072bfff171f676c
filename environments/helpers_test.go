package environments

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// testUnit is llama-3-8b in an environment whose namespace is models- and its name.
func testUnit(env string) *Unit {
	dir := "environments/" + env
	in := &Environment{Name: env, Dir: dir, Spec: v1alpha1.EnvironmentSpec{Namespace: "models-" + env}}
	return &Unit{Environment: in, Name: "llama-3-8b", Dir: dir + "/llama-3-8b"}
}

// environmentOf is the environment that a file is decoded in: prod when its name begins with prod_, and
// dev otherwise.
func environmentOf(file string) string {
	if strings.HasPrefix(filepath.Base(file), "prod_") {
		return "prod"
	}
	return "dev"
}

// decodeFile decodes a file as if it were the unit's model.yaml, and returns the problems.
func decodeFile(t *testing.T, file string) string {
	t.Helper()
	return decodeFileIn(t, testUnit(environmentOf(file)), file)
}

func decodeFileIn(t *testing.T, unit *Unit, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, problems := document.Parse("model.yaml", data)
	if len(problems) > 0 {
		return problems.Error()
	}
	md, problems := Decode(unit, parsed.Documents[0].Object(), []*document.File{parsed})
	if (md == nil) != (len(problems) > 0) {
		t.Errorf("%s: got descriptor %v with problems %v, expected one of them", file, md, problems)
	}
	return problems.Error()
}
