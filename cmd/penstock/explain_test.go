package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/policies"
)

func TestExplainSaysWhatEachPolicySays(t *testing.T) {
	inRepository(t)
	replace(t, "environments/prod/environment.yaml", "- name: few\n", "- name: few\n  - name: promoted-from\n")
	commitAll(t, "Ask for more")
	git(t, "branch", "--force", "main")
	wantCheck(t, exitOK, "explain prod/llama-3-8b", "POLICY              SAYS\n", "few                 has nothing against it\n", "promoted-from       is not about this change\n", "\nprod/llama-3-8b: Admitted\n  change: none rel-")
	replace(t, placement, "min: 3", "min: 9")
	wantCheck(t, exitOK, "explain prod/llama-3-8b", "few                 holds it\n", "error: few: too many replicas")
}

// The input is what a rule can be written against: it is a policies.Input, field by field, and nothing else.
func TestExplainPrintsWhatPoliciesSee(t *testing.T) {
	inRepository(t)
	replace(t, placement, "min: 3", "min: 4")
	code, stdout, stderr := penstock(t, "explain", "prod/llama-3-8b", "--input")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	var input policies.Input
	if err := decoder.Decode(&input); err != nil {
		t.Fatal(err)
	}
	if input.Unit.ID != "prod/llama-3-8b" || input.Change.Kind != policies.ChangePlacement || input.GPU.Total != 4 || input.GPU.Environment.GPUs == 0 ||
		input.Change.Lines != 2 || input.Change.Units != 1 || len(input.Objects) == 0 || input.Descriptor == nil || input.Previous == nil {
		t.Errorf("%+v", input)
	}
}

// The values of Secrets are not for anybody who may see the repository's reports.
func TestExplainTellsNoSecret(t *testing.T) {
	inRepository(t)
	replace(t, "environments/prod/llama-3-8b/kustomization.yaml", "resources:\n", "resources:\n- token.yaml\n")
	put(t, "environments/prod/llama-3-8b/token.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: open-sesame}\n")
	for args, code := range map[string]int{"explain prod/llama-3-8b --input": exitOK, "explain prod/llama-3-8b": exitOK, "check -o json": exitInvalid} {
		if out := wantCheck(t, code, args, "token"); strings.Contains(out, "sesame") {
			t.Errorf("%s tells the secret:\n%s", args, out)
		}
	}
}

func TestExplainIsAboutOneModel(t *testing.T) {
	inRepository(t)
	wantCheck(t, exitFailed, "explain prod", "prod is not one model; name it as in prod/llama-3-8b")
	wantCheck(t, exitFailed, "explain prod/lama-3-8b", `there is no model "prod/lama-3-8b"; did you mean prod/llama-3-8b?`)
	replace(t, placement, "min: 3", "mim: 3")
	wantCheck(t, exitInvalid, "explain prod/llama-3-8b", "error: "+placement+":", "1 problem\n")
	put(t, "environments/prod/environment.yaml", "kind: Environment\n")
	wantCheck(t, exitInvalid, "explain prod/llama-3-8b", "error: environments/prod/environment.yaml")
}
