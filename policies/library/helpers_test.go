package library

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// realistic is the text of an Input that every policy admits: a model of 70 billion parameters on its way to prod.
func realistic(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/input.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// inputOf reads an Input strictly; whole numbers in objects are int64, as Kubernetes has them.
func inputOf(t testing.TB, data []byte) *policies.Input {
	t.Helper()
	input := &policies.Input{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(input); err != nil {
		t.Fatal(err)
	}
	whole(input.Descriptor)
	whole(input.Previous)
	for _, object := range input.Objects {
		whole(object)
	}
	return input
}

func whole(value any) any {
	switch v := value.(type) {
	case float64:
		if n := int64(v); float64(n) == v {
			return n
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = whole(v[key])
		}
	}
	return value
}

// everything is all policies, each with the parameters that switch on what is off.
func everything() []policies.Selection {
	strict := map[string]map[string]any{
		"gpu-quota":            {"teamGPUs": int64(64)},
		"gpu-budget":           {"teamCostPerHour": int64(400), "unitCostPerHour": int64(100)},
		"vulnerability-budget": {"medium": int64(20), "low": int64(20)},
	}
	var all []policies.Selection
	for _, p := range Bundle().Policies() {
		all = append(all, policies.Selection{Policy: p, Params: strict[p.Name]})
	}
	return all
}

func decide(t testing.TB, selected []policies.Selection, input *policies.Input) policies.Decision {
	t.Helper()
	d, err := policies.Decide(t.Context(), policies.Rules{Selected: selected}, input)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// decoded is the Policy of a built-in policy's file.
func decoded(t testing.TB, policy *policies.Policy) *v1alpha1.Policy {
	t.Helper()
	data, err := files.ReadFile(policy.File)
	if err != nil {
		t.Fatal(err)
	}
	file, problems := document.Parse(policy.File, data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p, problems := environments.DecodePolicy(file, file.Documents[0])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if len(policy.Params) > 0 { // decoding has made 100.0 a whole number
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(policy.Params)) {
			fields = append(fields, strconv.Quote(name)+": "+literalOf(t, policy.Params[name]))
		}
		p.Spec.Params.Raw = []byte("{" + strings.Join(fields, ", ") + "}")
	}
	return p
}

// compiled makes a changed policy ready.
func compiled(t testing.TB, p *v1alpha1.Policy) *policies.Policy {
	t.Helper()
	data, err := json.MarshalIndent(p, "", " ") // a line each, by which coverage tells rules apart
	if err != nil {
		t.Fatal(err)
	}
	bundle, problems := policies.Load(fstest.MapFS{"p/p.yaml": {Data: data}}, "p")
	if len(problems) > 0 {
		t.Fatalf("%s\n%v", data, problems)
	}
	return bundle.Policies()[0]
}
