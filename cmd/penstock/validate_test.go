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

// TestValidateChecksRules: what keeps rules from coming into force is said before they are merged.
func TestValidateChecksRules(t *testing.T) {
	const prod = "environments/prod/environment.yaml"
	for name, c := range map[string]struct {
		file, text string // text of prod is put below its spec
		want       string
	}{
		"a policy":                    {"policies/bad.yaml", strings.Replace(fewPolicy, "params.most", "params.moist", 1), "error: policies/bad.yaml:10:"},
		"a policy of the cluster":     {"policies/cluster/bad.yaml", "kind: Nonsense\n", "error: policies/cluster/bad.yaml:1: "},
		"an exception":                {"policies/exceptions/bad.yaml", "apiVersion: penstock.dev/v1alpha1\nkind: PolicyException\nmetadata: {name: bad}\nspec: {units: [prod/llama-3-8b]}\n", "error: policies/exceptions/bad.yaml:4: "},
		"trusted keys":                {"trust/allowed_signers", "ada@example.com ssh-ed25519 AAAA\n", "error: trust/allowed_signers:1: "},
		"a window":                    {prod, "windows: [{name: x, kind: Freeze, schedule: \"0 0 30 2 *\", duration: 1h, timeZone: UTC}]", "error: " + prod + ":"},
		"a profile that there is not": {prod, "profile: fianance", "error: " + prod + ":"},
	} {
		t.Run(name, func(t *testing.T) {
			inReference(t)
			if c.file == prod {
				replace(t, prod, "  promotedFrom: staging\n", "  promotedFrom: staging\n  "+c.text+"\n")
			} else {
				put(t, c.file, c.text)
			}
			code, stdout, stderr := penstock(t, "validate")
			if code != exitInvalid || stdout != "" || !strings.HasPrefix(stderr, c.want) {
				t.Errorf("exit code %d\n%s%s\nwant %s", code, stdout, stderr, c.want)
			}
			if code, _, stderr := penstock(t, "validate", "dev"); (code == exitOK) != (c.file == prod) {
				t.Errorf("another environment: exit code %d: %s", code, stderr)
			}
		})
	}
}

// TestValidateShowsAllProblemsAtOnce, those of rules and of models.
func TestValidateShowsAllProblemsAtOnce(t *testing.T) {
	inReference(t)
	put(t, "policies/bad.yaml", strings.Replace(fewPolicy, "params.most", "params.moist", 1))
	replaceIn(t, prodLlama+"/placement.yaml", "min: 3", "mim: 3")
	if code, _, stderr := penstock(t, "validate"); code != exitInvalid || !strings.HasSuffix(stderr, "2 problems\n") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
