package environments

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// buildReference builds every unit of the reference tree as package render does, and decodes it.
func buildReference(t testing.TB) map[string]*v1alpha1.ModelDeployment {
	t.Helper()
	tree, err := Load(Reference, ".")
	if err != nil || len(tree.Problems()) > 0 {
		t.Fatal(err, tree.Problems())
	}
	disk := filesys.MakeFsInMemory()
	walk(t, func(name string, data []byte) {
		if err := disk.WriteFile("/"+name, data); err != nil {
			t.Fatal(err)
		}
	})
	built := map[string]*v1alpha1.ModelDeployment{}
	for _, unit := range tree.Units {
		resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/"+unit.Dir)
		if err != nil {
			t.Fatal(unit.ID(), err)
		}
		object, err := resources.Resources()[0].Map()
		if err != nil || resources.Size() != 1 {
			t.Fatal(unit.ID(), resources.Size(), err)
		}
		md, problems := Decode(unit, object, nil)
		if problems != nil {
			t.Fatal(unit.ID(), problems)
		}
		built[unit.ID()] = md
	}
	return built
}

func walk(t testing.TB, visit func(name string, data []byte)) {
	t.Helper()
	err := fs.WalkDir(Reference, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(Reference, name)
		visit(name, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReferenceIsComplete(t *testing.T) {
	want := "bge-large-en in dev prod staging; llama-3-70b in prod staging; llama-3-8b in dev prod staging; "
	in := map[string]string{}
	built := buildReference(t)
	for _, env := range []string{"dev", "prod", "staging"} {
		for _, model := range []string{"bge-large-en", "llama-3-70b", "llama-3-8b"} {
			if built[env+"/"+model] != nil {
				in[model] += " " + env
			}
		}
	}
	got := ""
	for _, model := range []string{"bge-large-en", "llama-3-70b", "llama-3-8b"} {
		got += model + " in" + in[model] + "; "
	}
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestReferenceReleases: the same release is the same file, byte for byte, and sets spec.release alone;
// dev is one release ahead with llama-3-8b.
func TestReferenceReleases(t *testing.T) {
	built := buildReference(t)
	files := map[string][]byte{} // by model and release id
	walk(t, func(name string, data []byte) {
		if path.Base(name) != "release.yaml" {
			return
		}
		unit := path.Dir(name)
		key := path.Base(unit) + " " + ReleaseID(built[unit].Spec.Release)
		if other, ok := files[key]; ok && !bytes.Equal(other, data) {
			t.Errorf("%s differs from the file of another environment with %s", name, key)
		}
		files[key] = data
		parsed, problems := document.Parse(name, data)
		if problems != nil {
			t.Fatal(problems)
		}
		if spec := parsed.Documents[0].Object()["spec"].(map[string]any); len(spec) != 1 || spec["release"] == nil {
			t.Errorf("%s sets more than spec.release", name)
		}
		if !strings.Contains(string(data), "@sha256:") {
			t.Errorf("%s does not pin the image by its digest", name)
		}
	})
	if len(files) != 4 {
		t.Errorf("got %d releases, expected 4: two of llama-3-8b and one of each other model", len(files))
	}
	if ReleaseID(built["dev/llama-3-8b"].Spec.Release) == ReleaseID(built["staging/llama-3-8b"].Spec.Release) {
		t.Error("dev is not ahead with llama-3-8b")
	}
}

// TestReferenceFits: the demo's fleet has 16 H100s, 8 A100s and 8 L4s, all environments together.
func TestReferenceFits(t *testing.T) {
	free := map[string]int32{"NVIDIA-H100-80GB-HBM3": 16, "NVIDIA-A100-SXM4-80GB": 8, "NVIDIA-L4": 8}
	for id, md := range buildReference(t) {
		if md.Spec.Accelerator == nil {
			continue
		}
		product := md.Spec.Accelerator.Product
		if free[product] -= *md.Spec.Accelerator.Count * *md.Spec.Scaling.Min; free[product] < 0 {
			t.Errorf("%s asks for %d %s too many", id, -free[product], product)
		}
	}
}

// TestReferenceDefaults: prune's share is filled in where the file says nothing.
func TestReferenceDefaults(t *testing.T) {
	tree, err := Load(Reference, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		env     string
		percent int32
	}{{"dev", 100}, {"staging", 50}, {"prod", 34}} {
		if got := *tree.environment(want.env).Spec.Prune.MaxPercent; got != want.percent {
			t.Errorf("%s: got %d, want %d", want.env, got, want.percent)
		}
	}
}
