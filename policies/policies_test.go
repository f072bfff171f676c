package policies

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the tests got into testdata")

// good are the policies of testdata/good.
func good(t testing.TB) []Selection {
	t.Helper()
	bundle, problems := Load(os.DirFS("testdata"), "good")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return selections(bundle)
}

func selections(b *Bundle) []Selection {
	var all []Selection
	for _, p := range b.Policies() {
		all = append(all, Selection{Policy: p})
	}
	return all
}

func decide(t testing.TB, selected []Selection, input *Input) Decision {
	t.Helper()
	d, err := Decide(t.Context(), Rules{Selected: selected}, input)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// deployment is a rendered one with an image.
func deployment(image string) map[string]any {
	container := map[string]any{"name": "server", "image": image}
	return map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "llama"},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}}
}

func TestDecide(t *testing.T) {
	scaled := func(min int64) func(*Input) {
		return func(i *Input) {
			i.Descriptor["spec"].(map[string]any)["scaling"] = map[string]any{"min": min}
		}
	}
	const replicas = "min-replicas"
	tagged := "Warn image-by-digest: Deployment/llama: an image has no digest; Audit image-by-digest: Deployment/llama: an image has no digest"
	for name, test := range map[string]struct {
		change  func(*Input)
		verdict Verdict
		found   string
	}{
		"all is well":                   {func(*Input) {}, Admit, ""},
		"too few":                       {scaled(1), Hold, "Deny min-replicas: there are 1 replicas, expected at least 2"},
		"nothing said is one":           {func(i *Input) { delete(i.Descriptor["spec"].(map[string]any), "scaling") }, Hold, "Deny min-replicas: there are 1 replicas, expected at least 2"},
		"a condition keeps it out":      {func(i *Input) { scaled(1)(i); i.Environment.Name = "dev" }, Admit, ""},
		"a parameter keeps it out":      {func(i *Input) { scaled(1)(i); i.Unit.Name = "sandbox" }, Admit, ""},
		"a warning lets it pass":        {func(i *Input) { i.Objects = []map[string]any{deployment("vllm:latest")} }, Warn, tagged},
		"the worst counts":              {func(i *Input) { scaled(1)(i); i.Objects = []map[string]any{deployment("vllm:latest")} }, Hold, tagged + "; Deny min-replicas: there are 1 replicas, expected at least 2"},
		"other kinds are not looked at": {func(i *Input) { i.Objects = []map[string]any{{"apiVersion": "v1", "kind": "Service"}} }, Admit, ""},
	} {
		input := example()
		input.Objects = []map[string]any{deployment("vllm@sha256:abc")}
		test.change(input)
		d := decide(t, good(t), input)
		var found []string
		for _, f := range d.Findings {
			found = append(found, f.Action+" "+f.String())
		}
		if got := strings.Join(found, "; "); d.Verdict != test.verdict || got != test.found {
			t.Errorf("%s: got %s %s", name, d.Verdict, got)
		}
	}
	d := decide(t, good(t), example())
	if d.Facts[replicas+"/replicas"] != "2" || !cmp.Equal(d.Evaluated, []string{replicas}) || d.Cost == 0 {
		t.Errorf("facts %v, evaluated %v, cost %d", d.Facts, d.Evaluated, d.Cost)
	}
}

func TestAnEnvironmentOverrulesParamsAndActions(t *testing.T) {
	selected := good(t)
	selected[1].Params = map[string]any{"least": int64(5)}
	d := decide(t, selected, example())
	if d.Verdict != Hold || d.Findings[0].Message != "there are 2 replicas, expected at least 5" {
		t.Errorf("got %+v", d)
	}
	selected[1].Actions = append(selected[1].Actions, "Audit")
	if d := decide(t, selected, example()); d.Verdict != Admit || d.Findings[0].Action != "Audit" {
		t.Errorf("got %+v", d)
	}
}

// TestWhatCannotBeEvaluatedHolds: a policy that fails open is none; that it only warns, or that what fails is its
// condition, changes nothing.
func TestWhatCannotBeEvaluatedHolds(t *testing.T) {
	for name, spec := range map[string]string{
		"a rule":        "{validations: [{expression: 'object.spec.nothing == 1'}], validationActions: [Warn]",
		"a condition":   "{matchConditions: [{name: c, expression: 'object.nothing == 1'}], validations: [{expression: 'true'}]",
		"a variable":    "{variables: [{name: v, expression: 'object.nothing'}], validations: [{expression: 'variables.v == 1'}]",
		"an annotation": "{auditAnnotations: [{key: k, valueExpression: 'string(object.nothing)'}], validations: [{expression: 'true'}]",
		"its cost":      "{validations: [{expression: '" + expensive + "'}]",
	} {
		spec += ", matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}}"
		bundle, problems := Load(fstest.MapFS{"policies/p.yaml": {Data: []byte("apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata: {name: p}\nspec: " + spec + "\n")}}, "policies")
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		input := example()
		input.Objects = []map[string]any{deployment("x")}
		d := decide(t, selections(bundle), input)
		if d.Verdict != Hold || len(d.Findings) != 1 || !d.Findings[0].Failed || !strings.HasSuffix(d.Findings[0].Message, "what cannot be evaluated holds") {
			t.Errorf("%s: got %+v", name, d)
		}
	}
}

const expensive = "[0,1,2,3,4,5,6,7,8,9].all(a, [0,1,2,3,4,5,6,7,8,9].all(b, [0,1,2,3,4,5,6,7,8,9].all(c, [0,1,2,3,4,5,6,7,8,9].all(d, " +
	"[0,1,2,3,4,5,6,7,8,9].all(e, [0,1,2,3,4,5,6,7,8,9].all(f, a+b+c+d+e+f >= 0))))))"

func TestADecisionThatIsCutOffIsNone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Decide(ctx, Rules{Selected: good(t)}, example()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestBadPolicies holds the exact words with which policies are refused: the first line of each file of testdata/bad
// is a comment, then come the problems as comments, then the policy.
func TestBadPolicies(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		about, rest, _ := strings.Cut(string(data), "\n")
		var want []string
		for strings.HasPrefix(rest, "#> ") {
			var line string
			line, rest, _ = strings.Cut(rest, "\n")
			want = append(want, strings.TrimPrefix(line, "#> "))
		}
		_, problems := Load(fstest.MapFS{"policies/p.yaml": {Data: []byte(rest)}}, "policies")
		got := strings.Split(problems.Error(), "\n")
		if *update {
			text := about + "\n#> " + strings.Join(got, "\n#> ") + "\n" + rest
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s\n%s", file, about, diff)
		}
	}
}

func TestADirectoryThatIsNotThereHoldsNoPolicies(t *testing.T) {
	bundle, problems := Load(fstest.MapFS{}, "policies")
	if len(problems) > 0 || len(bundle.Policies()) > 0 {
		t.Errorf("got %v, %v", bundle, problems)
	}
}

func BenchmarkDecide(b *testing.B) {
	selected, input := good(b), example()
	input.Objects = []map[string]any{deployment("vllm@sha256:abc")}
	b.ReportAllocs()
	for b.Loop() {
		decide(b, selected, input)
	}
}

func BenchmarkLoad(b *testing.B) {
	fsys := os.DirFS("testdata")
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Load(fsys, "good"); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
