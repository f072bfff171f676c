package library

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/policies"
)

func TestTheRealisticInputIsAdmitted(t *testing.T) {
	d := decide(t, everything(), inputOf(t, realistic(t)))
	if d.Verdict != policies.Admit {
		t.Errorf("got %+v", d.Findings)
	}
	if len(d.Evaluated) != len(Bundle().Policies())-1 { // rollback-approval is about rollbacks alone
		t.Errorf("evaluated %v", d.Evaluated)
	}
}

// TestWhatIsNotKnownIsSaid leaves out one thing after the other. A policy may hold then or not; it always says why, and
// never only that it could not be evaluated.
func TestWhatIsNotKnownIsSaid(t *testing.T) {
	selected, tried := everything(), 0
	for _, kind := range []string{policies.ChangeRelease, policies.ChangeRollback, policies.ChangePlacement, ""} {
		var all map[string]any
		if err := json.Unmarshal(realistic(t), &all); err != nil {
			t.Fatal(err)
		}
		all["change"].(map[string]any)["kind"] = kind
		without(all, "", func(path string) {
			tried++
			data, err := json.Marshal(all)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range decide(t, selected, inputOf(t, data)).Findings {
				if f.Failed || strings.Contains(f.Message, "the rule does not hold") {
					t.Errorf("a %q without %s: %s", kind, path, f)
				}
			}
		})
	}
	if tried < 1000 {
		t.Errorf("only %d things were left out", tried)
	}
}

// without leaves out each thing that is in value, calls try, and puts it back.
func without(value any, path string, try func(path string)) {
	switch v := value.(type) {
	case map[string]any:
		for key, inside := range v {
			delete(v, key)
			try(path + "." + key)
			v[key] = inside
			without(inside, path+"."+key, try)
		}
	case []any:
		for _, inside := range v {
			without(inside, path+"[]", try)
		}
	}
}

// TestNothingKnownHolds: of an empty Input each policy says something, but for those that are about what there is not.
func TestNothingKnownHolds(t *testing.T) {
	passing := []string{
		"gpu-headroom",      // gpu-fit holds what is not known to fit
		"rollback-approval", // it is not a rollback
	}
	d := decide(t, everything(), &policies.Input{})
	var silent []string
	for _, p := range Bundle().Policies() {
		if !slices.ContainsFunc(d.Findings, func(f policies.Finding) bool { return f.Policy == p.Name }) {
			silent = append(silent, p.Name)
		}
	}
	if diff := cmp.Diff(passing, silent); diff != "" {
		t.Error(diff)
	}
	for _, f := range d.Findings {
		if f.Failed {
			t.Error(f)
		}
	}
}
