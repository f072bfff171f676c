package library

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/policies"
)

// TestWhatPenstockRendersIsUnderstood decides on everything that package render is known to render to: policies about
// rendered objects find in them what they look for.
func TestWhatPenstockRendersIsUnderstood(t *testing.T) {
	goldens, err := filepath.Glob("../../render/testdata/golden/*.yaml")
	if err != nil || len(goldens) < 20 {
		t.Fatal(goldens, err)
	}
	for _, golden := range goldens {
		name, input := filepath.Base(golden), rendered(t, golden)
		var found []string
		for _, f := range decide(t, about("probes-and-limits", "disruption-budget", "no-inline-secrets"), input).Findings {
			if f.Failed {
				t.Errorf("%s: %s", name, f)
			}
			found = append(found, f.Policy)
		}
		var want []string
		if replicas(input) < 2 { // a drain takes the only one
			want = append(want, "disruption-budget")
		}
		if name == "extras.yaml" { // it brings a Secret, and a container without anything
			want = append(want, "no-inline-secrets", "probes-and-limits", "probes-and-limits")
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if strings.HasPrefix(name, "reference-prod-") {
			for _, f := range decide(t, about("image-by-digest", "pinned-revision", "allowed-registries", "allowed-sources", "allowed-engines", "min-replicas"), input).Findings {
				if f.Policy != "allowed-engines" { // one of them brings its own server
					t.Errorf("%s: %s", name, f)
				}
			}
		}
	}
}

// replicas is how many there are at least; 2 of a model that is parked, so that nothing is asked of it.
func replicas(input *policies.Input) int64 {
	scaling, _ := input.Descriptor["spec"].(map[string]any)["scaling"].(map[string]any)
	n, said := scaling["min"].(int64)
	switch {
	case !said:
		return 1
	case n == 0 && len(scaling) == 1:
		return 2
	}
	return n
}

func about(names ...string) []policies.Selection {
	return slices.DeleteFunc(everything(), func(s policies.Selection) bool { return !slices.Contains(names, s.Policy.Name) })
}

// rendered is the Input with the objects of a golden.
func rendered(t *testing.T, golden string) *policies.Input {
	t.Helper()
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	file, problems := document.Parse(golden, data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	input := &policies.Input{Change: policies.Change{Kind: policies.ChangeRelease}}
	for _, d := range file.Documents {
		if d.Kind() == "ModelDeployment" {
			input.Descriptor = d.Object()
			input.Unit.Name, input.Unit.ID = d.Name(), "prod/"+d.Name()
		} else {
			input.Objects = append(input.Objects, d.Object())
		}
	}
	return input
}
