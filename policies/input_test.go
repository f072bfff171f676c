package policies

import (
	"encoding/json"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/policies/expression"
)

func hours(n int) *metav1.Duration { return &metav1.Duration{Duration: time.Duration(n) * time.Hour} }

// example is an Input with some of everything.
func example() *Input {
	return &Input{
		Descriptor: map[string]any{
			"apiVersion": "penstock.dev/v1alpha1", "kind": "ModelDeployment", "metadata": map[string]any{"name": "llama", "labels": map[string]any{"team": "search"}},
			"spec": map[string]any{
				"release": map[string]any{
					"model":   map[string]any{"source": "hf://org/model", "size": "15Gi"},
					"runtime": map[string]any{"engine": "vllm", "image": "vllm/vllm-openai@sha256:abc", "args": []any{"--x"}},
				},
				"scaling": map[string]any{"min": int64(2)},
			},
		},
		Objects:     []map[string]any{{"kind": "Deployment", "spec": map[string]any{"replicas": int64(2)}}},
		Unit:        UnitInput{ID: "prod/llama", Name: "llama", Team: "search", Release: "rel-1234567"},
		Environment: EnvironmentInput{Name: "prod", Namespace: "models-prod", PromotedFrom: "staging"},
		Change: Change{Kind: ChangeRelease, Author: Person{"Ada", "ada@example.com"}, Trailers: map[string][]string{"reviewed-by": {"grace"}},
			Signature: &Signature{Kind: "ssh", Principals: []string{"ada@example.com"}, ByAuthor: true}},
		Approvals: []Approval{{Principal: "grace@example.com"}},
		Evidence:  map[string]Evidence{"staging": {Healthy: true, HealthyFor: hours(30)}},
		GPU:       GPU{Replicas: 2, Each: 4, Total: 8, Fit: "fits", Environment: Sum{GPUs: 40}},
		Windows:   Windows{Open: true},
		Now:       time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
	}
}

func evaluate(t *testing.T, source string, input *Input) (any, error) {
	t.Helper()
	env, err := base()
	if err != nil {
		t.Fatal(err)
	}
	compiled, issue := env.Compile(source)
	if issue != nil {
		t.Fatalf("%s: %v", source, issue)
	}
	return compiled.Eval(t.Context(), env.Input(t.Context(), activation(input), expression.NewBudget()))
}

func TestAPolicySeesAllOfTheInput(t *testing.T) {
	for _, source := range []string{
		"descriptor.spec.scaling.min == 2",
		"descriptor.spec.release.runtime.image.matches('@sha256:')",
		"quantity(descriptor.spec.release.model.size).isLessThan(quantity('20Gi'))",
		"descriptor.metadata.labels['team'] == unit.team",
		"!has(descriptor.spec.scaling.max)",
		"previous == null",
		"objects.exists(o, o.kind == 'Deployment' && o.spec.replicas >= 2)",
		"environment.promotedFrom == 'staging'",
		"evidence[?environment.promotedFrom].?healthyFor.orValue(duration('0s')) >= duration('24h')",
		"!evidence[?'dev'].hasValue()",
		"has(change.signature) && change.signature.byAuthor && !change.signature.byCommitter",
		"change.trailers[?'reviewed-by'].orValue([]).exists(r, r == 'grace')",
		"approvals.filter(a, !a.byAuthor).size() == 1",
		"gpu.total <= 8 && gpu.environment.gpus <= 64 && !has(gpu.costPerHour)",
		"capacity == null",
		"windows.open && !has(windows.next)",
		"now.getHours('Europe/Berlin') == 13",
		"scans.size() == 0 && evaluations.size() == 0",
	} {
		if got, err := evaluate(t, source, example()); err != nil || got != true {
			t.Errorf("%s: got %v, %v", source, got, err)
		}
	}
}

func TestAMisspeltFieldIsFoundInEveryPartOfTheInput(t *testing.T) {
	env, err := base()
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"descriptor.spec.scaling.minimum == 2":         "undefined field 'minimum'",
		"previous.spec.releas == null":                 "undefined field 'releas'",
		"descriptor.spec.scaling.min == 'two'":         "found no matching overload for '_==_' applied to '(int, string)'",
		"environment.nam == ''":                        "undefined field 'nam'",
		"change.signature.byauthor":                    "undefined field 'byauthor'",
		"evidence['staging'].soaked":                   "undefined field 'soaked'",
		"approvals.all(a, a.principle == '')":          "undefined field 'principle'",
		"gpu.environment.cost > 1.0":                   "undefined field 'cost'",
		"now > '2026-01-01'":                           "found no matching overload for '_>_' applied to '(timestamp, string)'",
		"request.userInfo.username == ''":              "there is nothing named 'request'",
		"scans.exists(d, scans[d].severity['x'] == 1)": "undefined field 'severity'",
	} {
		_, issue := env.Compile(source, expression.Bool)
		if issue == nil || issue.Message != want {
			t.Errorf("%s: got %v, want %s", source, issue, want)
		}
	}
}

// TestTheInputIsShownAsItIsSeen: a rule is written against what penstock explain prints, so the names must be the same.
func TestTheInputIsShownAsItIsSeen(t *testing.T) {
	data, err := json.Marshal(example())
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]any
	if err := json.Unmarshal(data, &shown); err != nil {
		t.Fatal(err)
	}
	seen := activation(example())
	for name := range shown {
		if _, ok := seen[name]; !ok {
			t.Errorf("%s is shown, and not seen", name)
		}
	}
	for name, value := range seen {
		empty := value == nil
		if list, ok := value.([]any); ok {
			empty = len(list) == 0
		}
		if object, ok := value.(map[string]any); ok {
			empty = len(object) == 0
		}
		if _, ok := shown[name]; !ok && !empty {
			t.Errorf("%s is seen, and not shown", name)
		}
	}
}

func BenchmarkActivation(b *testing.B) {
	input := example()
	b.ReportAllocs()
	for b.Loop() {
		activation(input)
	}
}
