package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const prodLlama = "environments/prod/llama-3-8b"

// TestFitShowsTheArithmeticAndEveryGPU: what is said of a model in the clone, line by line.
func TestFitShowsTheArithmeticAndEveryGPU(t *testing.T) {
	inReference(t)
	code, stdout, stderr := penstock(t, "fit", "prod/llama-3-8b")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, part := range []string{
		"On NVIDIA-H100-80GB-HBM3:", "2 × 32 layers × 8 of 8 KV heads × 128 × 2 bytes", "= 131072 bytes", "it fits: a sequence of 8192 tokens needs 1.00 GiB",
		"GPU ", "LARGEST CONTEXT", "NVIDIA-L4 ", "Tesla-T4 does not compute in bf16",
	} {
		if !strings.Contains(stdout, part) {
			t.Errorf("no %q in:\n%s", part, stdout)
		}
	}
	if strings.Contains(stdout, "MIG") {
		t.Error("slices are shown without --slices")
	}
	if _, stdout, _ := penstock(t, "fit", "prod/llama-3-8b", "--slices"); !strings.Contains(stdout, "NVIDIA-H100-80GB-HBM3-MIG-3g.40gb") {
		t.Error("no slices with --slices")
	}
}

// TestFitTakesAFile: before a model is deployed anywhere there is only its release.
func TestFitTakesAFile(t *testing.T) {
	inReference(t)
	_, unit, _ := penstock(t, "fit", "prod/llama-3-8b")
	code, file, stderr := penstock(t, "fit", prodLlama+"/release.yaml")
	if code != exitOK || !strings.HasSuffix(unit, file) {
		t.Errorf("exit code %d: %s; expected the same table, got\n%s", code, stderr, file)
	}
}

func TestFitExitsWithOneWhenTheModelDoesNotFit(t *testing.T) {
	inReference(t)
	placement := prodLlama + "/placement.yaml"
	replaceIn(t, placement, "NVIDIA-H100-80GB-HBM3", "Tesla-T4")
	replaceIn(t, prodLlama+"/release.yaml", "precision: bf16", "precision: fp16")
	code, stdout, stderr := penstock(t, "fit", "prod/llama-3-8b")
	if code != exitInvalid || stderr != "error: llama-3-8b does not fit on Tesla-T4\n" {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := penstock(t, "validate"); code != exitOK || !strings.Contains(stderr, "warning: prod/llama-3-8b on Tesla-T4: it does not fit: ") {
		t.Errorf("validate: exit code %d: %s", code, stderr)
	}
	if !strings.Contains(stdout, "To mend it, give it 2 GPUs (spec.accelerator.count: 2)") {
		t.Errorf("no advice in:\n%s", stdout)
	}
}

// TestFitSaysWhatNoMemoryWouldMend: a model is not served by GPUs that it cannot be split over, however well it fits.
func TestFitSaysWhatNoMemoryWouldMend(t *testing.T) {
	inReference(t)
	const model = `apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata: {name: m}
spec:
  release:
    model: {source: "hf://Qwen/Qwen3-32B"}
    runtime: {engine: vllm, image: vllm/vllm-openai, contextLength: 4096}
`
	write := func(accelerator string) {
		if err := os.WriteFile("m.yaml", []byte(model+accelerator), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("  accelerator: {product: NVIDIA-H100-80GB-HBM3, count: 5}\n")
	code, stdout, stderr := penstock(t, "fit", "m.yaml")
	const want = "error: m.yaml: spec.accelerator.count: tensor parallelism of 5 does not divide the model's 64 attention heads; set count to 1, 2, 4, 8, 16, 32 or 64\n1 problem\n"
	if code != exitInvalid || stderr != want || !strings.Contains(stdout, "it fits: ") || !strings.Contains(stdout, "LARGEST CONTEXT") {
		t.Errorf("exit code %d: %s\n%s", code, stderr, stdout)
	}
	var report struct{ Problems []struct{ Field string } }
	code, stdout, _ = penstock(t, "fit", "m.yaml", "-o", "json")
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != exitInvalid || len(report.Problems) != 1 {
		t.Errorf("exit code %d: %v in %s", code, err, stdout)
	}
	for _, accelerator := range []string{"", "  accelerator: {product: NVIDIA-H100-80GB-HBM3, count: 2}\n"} {
		write(accelerator)
		if code, _, stderr := penstock(t, "fit", "m.yaml"); code != exitOK || stderr != "" {
			t.Errorf("%q: exit code %d: %s", accelerator, code, stderr)
		}
	}
}

func TestFitWritesJSON(t *testing.T) {
	inReference(t)
	code, stdout, stderr := penstock(t, "fit", "prod/llama-3-70b", "-o", "json")
	var report struct {
		Accelerator []struct {
			Product  struct{ Name string }
			Estimate struct{ Verdict string }
		}
		Products []struct{ GPUs int }
	}
	if err := json.Unmarshal([]byte(stdout), &report); code != exitOK || err != nil {
		t.Fatalf("exit code %d: %s %v", code, stderr, err)
	}
	if len(report.Accelerator) != 1 || report.Accelerator[0].Estimate.Verdict != "fits" || len(report.Products) < 10 {
		t.Errorf("%+v", report)
	}
}

func TestFitRefusesWhatItCannotReadAsAModel(t *testing.T) {
	inReference(t)
	for argument, want := range map[string]string{
		"nowhere.yaml":                            "reading the descriptor: open nowhere.yaml",
		"prod/nothing":                            "nothing",
		prodLlama + "/kustomization.yaml":         "there is no ModelDeployment in it; name a file such as release.yaml",
		"environments/base/llama-3-8b/model.yaml": "spec.release: the field is missing",
	} {
		if code, _, stderr := penstock(t, "fit", argument); code == exitOK || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: expected %q in %s", argument, code, want, stderr)
		}
	}
	if code, _, stderr := penstock(t, "fit", "prod/llama-3-8b", "-o", "yaml"); code != exitFailed || !strings.Contains(stderr, "expected json") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// replaceIn replaces a text that must be in a file.
func replaceIn(t *testing.T, file, old, changed string) {
	t.Helper()
	content, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil || !strings.Contains(string(content), old) {
		t.Fatalf("no %q in %s: %v", old, file, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(content), old, changed, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
