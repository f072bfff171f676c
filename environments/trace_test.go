package environments

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/document"
)

const baseModel = `apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: llama-3-8b
spec:
  release:
    model:
      source: hf://a/b
      precision: bf61
    runtime:
      engine: vllm
  accelerator:
    product: NVIDIA-L4
    count: 0
`

// TestTrace: a unit made of a base and patches; the problem must point at the file that said it.
func TestTrace(t *testing.T) {
	const dir = "environments/dev/llama-3-8b/"
	patch := "kind: ModelDeployment\nmetadata: {name: llama-3-8b}\nspec:\n"
	tests := []struct {
		name  string
		files []string // name, content, …; the base's model.yaml is before them
		built map[string]any
		want  string
	}{
		{"only the base says it", nil, spec("bf61", nil, 1),
			"environments/base/llama-3-8b/model.yaml:9: spec.release.model.precision"},
		{"a patch says it again", []string{dir + "p.yaml", patch + "  release:\n    model:\n      precision: bf16x\n"}, spec("bf16x", nil, 1),
			dir + "p.yaml:6: spec.release.model.precision"},
		{"the strongest patch did not say the value", []string{dir + "p.yaml", patch + "  release:\n    model:\n      precision: fp8\n"}, spec("bf61", nil, 1),
			"environments/base/llama-3-8b/model.yaml:9: spec.release.model.precision"},
		{"a missing field points around it", []string{dir + "p.yaml", patch + "  release:\n    runtime:\n      engine: vllm\n"}, spec("bf16", "no image", 1),
			dir + "p.yaml:5: spec.release.runtime.image"},
		{"a JSON patch in a file", []string{dir + "p.yaml", "- op: test\n  path: /x\n- op: replace\n  path: /spec/accelerator/count\n  value: 99\n"}, spec("bf16", nil, 99),
			dir + "p.yaml:5: spec.accelerator.count"},
		{"a JSON patch of a parent", []string{dir + "p.yaml", "- op: replace\n  path: /spec/accelerator\n  value:\n    product: NVIDIA-L4\n    count: 99\n"}, spec("bf16", nil, 99),
			dir + "p.yaml:5: spec.accelerator.count"},
		{"a patch in the kustomization", []string{dir + "kustomization.yaml", "patches:\n- patch: |\n    kind: ModelDeployment\n    metadata: {name: x}\n    spec:\n      accelerator:\n        count: 99\n- target: {kind: Service}\n  patch: |\n    spec: {accelerator: {count: 99}}\n    x: 1\n"}, spec("bf16", nil, 99),
			dir + "kustomization.yaml:7: spec.accelerator.count"},
		{"a JSON patch in the kustomization", []string{dir + "kustomization.yaml", "patches:\n- target: {kind: ModelDeployment}\n  patch: |-\n    - op: replace\n      path: /spec/accelerator/count\n      value: 99\n"}, spec("bf16", nil, 99),
			dir + "kustomization.yaml:6: spec.accelerator.count"},
		{"two patches in one file", []string{dir + "p.yaml", "spec:\n  accelerator: {count: 99}\n---\nspec:\n  accelerator: {count: 99}\n"}, spec("bf16", nil, 99),
			dir + "p.yaml:5: spec.accelerator.count"},
		{"a patch without a kind", []string{dir + "p.yaml", "spec:\n  accelerator:\n    count: 99\n"}, spec("bf16", nil, 99),
			dir + "p.yaml:3: spec.accelerator.count"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := []*document.File{parse(t, "environments/base/llama-3-8b/model.yaml", baseModel)}
			for i := 0; i < len(test.files); i += 2 {
				files = append(files, parse(t, test.files[i], test.files[i+1]))
			}
			_, problems := Decode(testUnit("dev"), test.built, files)
			if len(problems) != 1 {
				t.Fatalf("got %v, expected one problem", problems)
			}
			p := problems[0]
			p.Message, p.Mend = "", ""
			if diff := cmp.Diff(test.want+": ", p.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTraceNowhere: without any file the unit's directory is to blame, and with files that said nothing
// of it the kustomization.
func TestTraceNowhere(t *testing.T) {
	_, problems := Decode(testUnit("dev"), spec("bf61", nil, 1), nil)
	if len(problems) != 1 || problems[0].File != "environments/dev/llama-3-8b" || problems[0].Line != 0 {
		t.Errorf("got %v", problems)
	}
	files := []*document.File{parse(t, "environments/dev/llama-3-8b/kustomization.yaml", "resources: [x]\n"), parse(t, "environments/dev/llama-3-8b/x.yaml", "kind: Service\n")}
	_, problems = Decode(testUnit("dev"), spec("bf61", nil, 1), files)
	if len(problems) != 1 || problems[0].File != "environments/dev/llama-3-8b/kustomization.yaml" {
		t.Errorf("got %v", problems)
	}
}

func parse(t *testing.T, name, content string) *document.File {
	t.Helper()
	parsed, problems := document.Parse(name, []byte(content))
	if problems != nil {
		t.Fatal(problems)
	}
	return parsed
}

// spec is a built object; count is an int, as kustomize has it.
func spec(precision string, noImage any, count int) map[string]any {
	runtime := map[string]any{"engine": "vllm", "image": "vllm/vllm-openai:v0.11.0"}
	if noImage != nil {
		delete(runtime, "image")
	}
	return map[string]any{
		"apiVersion": "penstock.dev/v1alpha1", "kind": "ModelDeployment", "metadata": map[string]any{"name": "llama-3-8b"},
		"spec": map[string]any{
			"release":     map[string]any{"model": map[string]any{"source": "hf://a/b", "precision": precision}, "runtime": runtime},
			"accelerator": map[string]any{"product": "NVIDIA-L4", "count": count},
		},
	}
}

func BenchmarkDecode(b *testing.B) {
	good, bad := spec("bf16", nil, 1), spec("bf61", nil, 99)
	parsed, _ := document.Parse("environments/dev/llama-3-8b/model.yaml", []byte(baseModel))
	unit := testUnit("dev")
	b.Run("good", func(b *testing.B) {
		for b.Loop() {
			if _, problems := Decode(unit, good, []*document.File{parsed}); problems != nil {
				b.Fatal(problems)
			}
		}
	})
	b.Run("bad", func(b *testing.B) {
		for b.Loop() {
			if _, problems := Decode(unit, bad, []*document.File{parsed}); problems == nil {
				b.Fatal("accepted")
			}
		}
	})
}
