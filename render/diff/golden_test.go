package diff

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// edit replaces text in a file; a file that does not exist is made of the new text, and one without new text removed.
type edit struct{ file, old, new string }

// unit is the one of the reference tree that the tests change.
const unit = "prod/llama-3-8b"

var generator = edit{"prod/llama-3-8b/kustomization.yaml", "resources:", "configMapGenerator:\n- name: prompts\n  literals: [\"system=Be kind.\\nBe brief.\\n\"]\nsecretGenerator:\n- name: keys\n  literals: [api=hunter2, old=hunter3]\nresources:"}

// TestGolden shows what people are shown of real changes.
func TestGolden(t *testing.T) {
	for name, c := range map[string]struct{ before, after []edit }{
		"release":   {nil, []edit{{"prod/llama-3-8b/release.yaml", "vllm/vllm-openai:v0.11.0@sha256:014a95f21c9edf6abe0aea6b07353f96baa4ec291c427bb1176dc7c93a85845c", "vllm/vllm-openai:v0.12.0"}, {"prod/llama-3-8b/release.yaml", "contextLength: 8192", "contextLength: 16384\n      args: [--enable-prefix-caching]"}}},
		"scaling":   {nil, []edit{{"prod/llama-3-8b/placement.yaml", "min: 3", "min: 4\n    max: 9"}, {"prod/llama-3-8b/placement.yaml", "count: 1", "count: 2"}}},
		"carried":   {nil, []edit{generator}},
		"generated": {[]edit{generator}, []edit{generator, {"prod/llama-3-8b/kustomization.yaml", "Be brief.", "Be very brief."}, {"prod/llama-3-8b/kustomization.yaml", "hunter2, old=hunter3", "hunter4, new=hunter5"}}},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := rendered(t, c.before...), rendered(t, c.after...)
			golden(t, name, textOf(t, Compare(before, after)))
		})
	}
	objects := rendered(t)
	golden(t, "new-unit", textOf(t, Compare(nil, objects)))
	golden(t, "removal", textOf(t, Compare(objects, nil)))
}

func textOf(t *testing.T, objects []Object) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, objects); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "hunter") {
		t.Error("the value of a Secret is shown")
	}
	return b.Bytes()
}

// rendered renders the unit of the reference tree after edits.
func rendered(t testing.TB, edits ...edit) []*unstructured.Unstructured {
	t.Helper()
	tree := fstest.MapFS{}
	err := fs.WalkDir(environments.Reference, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(environments.Reference, name)
		tree[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		if tree[e.file] == nil {
			tree[e.file] = &fstest.MapFile{}
		}
		changed := strings.Replace(string(tree[e.file].Data), e.old, e.new, 1)
		if changed == string(tree[e.file].Data) {
			t.Fatalf("%s has no %q:\n%s", e.file, e.old, changed)
		}
		tree[e.file].Data = []byte(changed)
	}
	loaded, err := environments.Load(tree, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range loaded.Units {
		if u.ID() == unit {
			o, err := render.New().Render(tree, u)
			if err != nil {
				t.Fatal(err)
			}
			return o.Items
		}
	}
	t.Fatalf("no unit %s", unit)
	return nil
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".diff")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run go test -update and review the difference\n--- got\n%s", file, got)
	}
}
