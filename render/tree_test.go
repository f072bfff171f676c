package render

import (
	"bytes"
	"flag"
	"io"
	"io/fs"
	"log"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain keeps kustomize's warnings of deprecated fields out of the tests' output.
func TestMain(m *testing.M) {
	flag.Parse()
	log.SetOutput(io.Discard)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err == nil && flag.Lookup("test.fuzz").Value.String() == "" { // which reports there
		os.Stderr = null
	}
	os.Exit(m.Run())
}

// archive is a tree in one text file, after a comment: each file follows a line such as
// "-- environments/prod/m/model.yaml --". Files that are named without a slash belong to the unit prod/m.
func archive(data []byte) (comment string, tree fstest.MapFS) {
	tree = fstest.MapFS{
		"environments/prod/environment.yaml": {Data: []byte("apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {namespace: ml-prod}\n")},
	}
	var name string
	for line := range bytes.Lines(data) {
		header, isHeader := strings.CutPrefix(string(line), "-- ")
		switch {
		case isHeader:
			name = strings.TrimSuffix(strings.TrimSpace(header), " --")
			if !strings.Contains(name, "/") {
				name = path.Join("environments/prod/m", name)
			}
			tree[name] = &fstest.MapFile{}
		case name == "":
			comment += string(line)
		default:
			tree[name].Data = append(tree[name].Data, line...)
		}
	}
	return comment, tree
}

// unitOf is a unit of an environment that owns the namespace ml-<environment>.
func unitOf(id string) *environments.Unit {
	environment, name, _ := strings.Cut(id, "/")
	e := &environments.Environment{Name: environment, Dir: path.Join("environments", environment)}
	e.Spec.Namespace = "ml-" + environment
	floating := true // most tests are about something else than revisions
	e.Spec.AllowFloatingRevisions = &floating
	return &environments.Unit{Environment: e, Name: name, Dir: path.Join(e.Dir, name)}
}

// renderer serves all tests, as one serves the agent.
var renderer = sync.OnceValue(New)

// mustRender renders a unit that has no problems.
func mustRender(t testing.TB, fsys fs.FS, unit *environments.Unit) *Objects {
	t.Helper()
	o, err := renderer().Render(fsys, unit)
	if err != nil {
		t.Fatalf("render %s: %v", unit.ID(), err)
	}
	return o
}

// problemsOf renders a unit that must have problems, and nothing but problems.
func problemsOf(t testing.TB, fsys fs.FS) problem.List {
	t.Helper()
	_, err := renderer().Render(fsys, unitOf("prod/m"))
	if err == nil {
		t.Fatal("rendered, expected problems")
	}
	list, ok := err.(problem.List)
	if !ok {
		t.Fatalf("expected a problem.List, got %T: %v", err, err)
	}
	for _, p := range list {
		if p.File == "" || p.Rule == "" || p.Message == "" || p.Mend == "" {
			t.Errorf("a problem must have file, rule, message and mend: %+v", p)
		}
	}
	return list
}

// golden compares with a file under testdata, or writes it.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run go test -update and review the difference\n--- got\n%s", file, got)
	}
}

// archives are the test cases under a directory of testdata, by name.
func archives(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases under testdata/%s: %v", dir, err)
	}
	cases := map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases[strings.TrimSuffix(filepath.Base(file), ".txt")] = data
	}
	return cases
}
