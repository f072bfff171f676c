package expression

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func testEnv(t testing.TB) *Env {
	t.Helper()
	scaling := Object("test.Scaling", map[string]*Type{"min": Int, "max": Int})
	descriptor := Object("test.Descriptor", map[string]*Type{
		"image": String, "scaling": scaling, "args": List(String), "labels": Map(String), "memory": String,
	})
	shared, err := NewEnv(Variable{"descriptor", descriptor}, Variable{"now", Timestamp})
	if err != nil {
		t.Fatal(err)
	}
	env, err := shared.Scope(Variable{"object", Dyn})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

var input = map[string]any{
	"descriptor": map[string]any{
		"image": "ghcr.io/x/y@sha256:abc", "scaling": map[string]any{"min": int64(2)}, "args": []any{"--a", "--b"},
		"labels": map[string]any{"team": "search"}, "memory": "24Gi",
	},
	"object": map[string]any{"kind": "Deployment", "spec": map[string]any{"replicas": int64(3)}},
	"now":    time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
}

func TestExpressions(t *testing.T) {
	for source, want := range map[string]any{
		"descriptor.scaling.min >= 2":                                    true,
		"has(descriptor.scaling.max)":                                    false,
		"descriptor.?scaling.?max.orValue(7)":                            int64(7),
		"descriptor.args.exists(a, a == '--b')":                          true,
		"descriptor.labels['team']":                                      "search",
		"object.spec.replicas + 1":                                       int64(4),
		"quantity(descriptor.memory).isGreaterThan(quantity('1G'))":      true,
		"now.getDayOfWeek('Europe/Berlin')":                              int64(1),
		"descriptor.image.matches('@sha256:[0-9a-f]+$')":                 true,
		"isURL('https://x')":                                             true,
		"'%s has %d'.format([descriptor.image, descriptor.args.size()])": "ghcr.io/x/y@sha256:abc has 2",
		"semver('1.2.3').major()":                                        int64(1),
		"[3, 1, 2].sort()":                                               nil,
	} {
		env := testEnv(t)
		compiled, issue := env.Compile(source)
		if issue != nil {
			t.Errorf("%s: %v", source, issue)
			continue
		}
		got, err := compiled.Eval(t.Context(), env.Input(t.Context(), input, NewBudget()))
		if err != nil || want != nil && got != want {
			t.Errorf("%s: got %v (%T), %v, want %v", source, got, got, err, want)
		}
	}
}

// TestMistakesAreFoundBeforeAnythingIsEvaluated: a policy with a misspelt field would pass everything, or nothing.
func TestMistakesAreFoundBeforeAnythingIsEvaluated(t *testing.T) {
	for source, want := range map[string]Issue{
		"descriptor.scaling.mim >= 2":                 {1, 18, "undefined field 'mim'", "did you mean min?"},
		"descriptor.scaling.min >= '2'":               {1, 23, "found no matching overload for '_>=_' applied to '(int, string)'", ""},
		"descripter.scaling.min >= 2":                 {1, 0, "there is nothing named 'descripter'", "did you mean descriptor?"},
		"true &&\n  descriptor.imge == ''":            {2, 12, "undefined field 'imge'", "did you mean image?"},
		"descriptor.scaling.min":                      {1, 0, "expected bool, found an expression of type int", ""},
		"descriptor.image.matches('[')":               {1, 25, "invalid matches argument", ""},
		"1 +":                                         {1, 3, "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}", ""},
		"authorizer.path('/').check('get').allowed()": {1, 0, "there is nothing named 'authorizer'", "expected one of descriptor, now, object, variables"},
	} {
		_, issue := testEnv(t).Compile(source, Bool)
		if issue == nil || *issue != want {
			t.Errorf("%s: got %+v, want %+v", source, issue, want)
		}
	}
	if _, issue := testEnv(t).Compile("'"+strings.Repeat("x", 20<<10)+"' == ''", Bool); issue == nil || !strings.Contains(issue.Message, "bytes") {
		t.Errorf("an expression of 20 KiB: %v", issue)
	}
}

func TestAbsentFieldsOfUntypedValuesFail(t *testing.T) {
	env := testEnv(t)
	compiled, issue := env.Compile("object.spec.replics > 1", Bool)
	if issue != nil {
		t.Fatal(issue)
	}
	_, err := compiled.Eval(t.Context(), env.Input(t.Context(), input, NewBudget()))
	if err == nil || !strings.Contains(err.Error(), "no such key: replics") {
		t.Errorf("got %v", err)
	}
}

func TestExpensiveExpressionsStop(t *testing.T) {
	const expensive = "[0,1,2,3,4,5,6,7,8,9].all(a, [0,1,2,3,4,5,6,7,8,9].all(b, [0,1,2,3,4,5,6,7,8,9].all(c, [0,1,2,3,4,5,6,7,8,9].all(d, " +
		"[0,1,2,3,4,5,6,7,8,9].all(e, [0,1,2,3,4,5,6,7,8,9].all(f, [0,1,2,3,4,5,6,7,8,9].all(g, a+b+c+d+e+f+g >= 0)))))))"
	env := testEnv(t)
	compiled, issue := env.Compile(expensive, Bool)
	if issue != nil {
		t.Fatal(issue)
	}
	if _, err := compiled.Eval(t.Context(), env.Input(t.Context(), input, NewBudget())); !errors.Is(err, ErrTooExpensive) {
		t.Errorf("got %v", err)
	}
	budget := &Budget{left: 10}
	cheap, _ := env.Compile("[0,1,2,3,4,5,6,7,8,9].all(a, a >= 0)", Bool)
	if _, err := cheap.Eval(t.Context(), env.Input(t.Context(), input, budget)); !errors.Is(err, ErrTooExpensive) {
		t.Errorf("beyond the budget of all: got %v", err)
	}
	if _, err := cheap.Eval(t.Context(), env.Input(t.Context(), input, budget)); !errors.Is(err, ErrTooExpensive) {
		t.Errorf("after the budget was spent: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compiled.Eval(ctx, env.Input(ctx, input, NewBudget())); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

func TestDefinitionsAreTypedAndEvaluatedOnce(t *testing.T) {
	env := testEnv(t)
	for _, d := range [][2]string{{"least", "descriptor.scaling.min"}, {"twice", "variables.least * 2"}, {"broken", "object.nothing"}} {
		if issue := env.Define(d[0], d[1]); issue != nil {
			t.Fatal(issue)
		}
	}
	if issue := env.Define("least", "1"); issue == nil || issue.Message != "there is a variable named least already" {
		t.Errorf("a second definition: %v", issue)
	}
	if _, issue := env.Compile("variables.leest == 1"); issue == nil || issue.Message != "undefined field 'leest'" {
		t.Errorf("a misspelt definition: %v", issue)
	}
	if _, issue := env.Compile("variables.twice == 'four'"); issue == nil || !strings.Contains(issue.Message, "no matching overload") {
		t.Errorf("a definition of another type: %v", issue)
	}
	budget := NewBudget()
	prepared := env.Input(t.Context(), input, budget)
	var costs []int64
	for range 2 {
		before := budget.Used()
		compiled, issue := env.Compile("variables.twice == 4 && variables.least == 2", Bool)
		if issue != nil {
			t.Fatal(issue)
		}
		if got, err := compiled.Eval(t.Context(), prepared); err != nil || got != true {
			t.Errorf("got %v, %v", got, err)
		}
		costs = append(costs, budget.Used()-before)
	}
	if costs[1] >= costs[0] {
		t.Errorf("it costs %v: the definitions were evaluated again", costs)
	}
	broken, _ := env.Compile("variables.broken == 1", Bool)
	if _, err := broken.Eval(t.Context(), prepared); err == nil || !strings.Contains(err.Error(), "variables.broken") || !strings.Contains(err.Error(), "no such key: nothing") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkEval(b *testing.B) {
	env := testEnv(b)
	compiled, issue := env.Compile("descriptor.scaling.min >= 2 && descriptor.image.matches('@sha256:[0-9a-f]+$')", Bool)
	if issue != nil {
		b.Fatal(issue)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compiled.Eval(b.Context(), env.Input(b.Context(), input, NewBudget())); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	env := testEnv(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, issue := env.Compile("descriptor.scaling.min >= 2 && descriptor.image.matches('@sha256:[0-9a-f]+$')", Bool); issue != nil {
			b.Fatal(issue)
		}
	}
}
