package policies

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOnlyPointersAreAbsent: a rule that counts files should not have to ask first whether there are any.
func TestOnlyPointersAreAbsent(t *testing.T) {
	input := &Input{
		Change:      Change{Commits: []Commit{{}}, Signature: &Signature{}},
		Evidence:    map[string]Evidence{"staging": {}},
		Evaluations: map[string]Evaluation{"quality": {}},
		Scans:       map[string]Scan{"sha256:a": {}},
	}
	for _, source := range []string{
		"change.files == [] && change.trailers.size() == 0 && change.signature.principals.size() == 0",
		"change.commits[0].unsigned == '' && change.commits[0].id == '' && !has(change.commits[0].signature)",
		"gpu.products == [] && gpu.fit == '' && !has(gpu.costPerHour) && !has(gpu.previous) && !has(gpu.environment.costPerHour)",
		"evaluations['quality'].metrics.size() + evaluations['quality'].baseline.size() + evaluations['quality'].signers.size() == 0",
		"evaluations['quality'].release == '' && scans['sha256:a'].signers == [] && !scans['sha256:a'].fixable[?'high'].hasValue()",
		"!has(evidence['staging'].until) && !has(evidence['staging'].healthyFor) && !has(windows.next)",
		"descriptor == null && previous == null && capacity == null && objects == [] && approvals == []",
		"model.license == '' && unit.content == ''",
	} {
		if got, err := evaluate(t, source, input); err != nil || got != true {
			t.Errorf("%s: got %v, %v", source, got, err)
		}
	}
}

// TestADescriptorHasNoNulls: kustomize may leave one where a patch removes a field.
func TestADescriptorHasNoNulls(t *testing.T) {
	descriptor := func() map[string]any {
		return map[string]any{"metadata": map[string]any{"name": "llama", "labels": nil}, "spec": map[string]any{
			"scaling": map[string]any{"min": nil, "max": int64(3)},
			"release": map[string]any{"runtime": map[string]any{"adapters": []any{map[string]any{"name": "sql", "revision": nil}}}},
		}}
	}
	input := &Input{Descriptor: descriptor(), Previous: descriptor()}
	for _, of := range []string{"descriptor", "previous"} {
		for _, source := range []string{
			".?spec.?scaling.?min.orValue(1) == 1", ".spec.scaling.max == 3", ".?metadata.?labels[?'team'].orValue('') == ''",
			".spec.release.runtime.adapters.all(a, a.?revision.orValue('') == '' && a.name == 'sql')",
		} {
			if got, err := evaluate(t, of+source, input); err != nil || got != true {
				t.Errorf("%s: got %v, %v", of+source, got, err)
			}
		}
	}
	if diff := cmp.Diff(descriptor(), input.Descriptor); diff != "" {
		t.Errorf("the descriptor itself was changed:\n%s", diff)
	}
}
