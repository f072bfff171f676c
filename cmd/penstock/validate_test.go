package main

import (
	"strings"
	"testing"
)

// TestValidateWarnsOfGPUsThatNobodyKnows: their pods would wait for ever, and yet the catalogue may just be old.
func TestValidateWarnsOfGPUsThatNobodyKnows(t *testing.T) {
	inReference(t)
	if code, _, stderr := penstock(t, "validate"); code != exitOK || strings.Contains(stderr, "known here") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	replaceIn(t, prodLlama+"/placement.yaml", "NVIDIA-H100-80GB-HBM3", "H100")
	code, _, stderr := penstock(t, "validate")
	const want = "warning: prod/llama-3-8b: spec.accelerator.product: H100 is not the label of a GPU that is known here; did you mean NVIDIA-H100-NVL, NVIDIA-H100-PCIe or NVIDIA-H100-80GB-HBM3?\n"
	if code != exitOK || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
