package evaluation

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRules(t *testing.T) {
	result := func(m Metric) Result { return Result{Revision: sha, Metrics: map[string]Metric{"a": m}} }
	at80 := result(Metric{Value: 0.80, Stderr: to(0.01), Version: "1"})
	slow := result(Metric{Value: 2.0, HigherIsBetter: to(false)})
	for name, test := range map[string]struct {
		candidate Metric
		baseline  *Result
		rule      Rule
		met       bool
		reason    string
	}{
		"it was evaluated":     {Metric{Value: 0.5}, nil, Rule{}, true, "a: it is 0.5"},
		"it was not evaluated": {Metric{Value: 0.5}, nil, Rule{Metric: "b"}, false, "b: it was not evaluated"},
		"on the floor":         {Metric{Value: 0.75}, nil, Rule{Floor: to(0.75)}, true, "a: it is 0.75, within 0.75 at least"},
		"below the floor":      {Metric{Value: 0.74}, nil, Rule{Floor: to(0.75)}, false, "a: it is 0.74; expected 0.75 at least"},
		"above the ceiling":    {Metric{Value: 2.1}, nil, Rule{Floor: to(2.0), LowerIsBetter: true}, false, "a: it is 2.1; expected 2 at most"},
		"below the ceiling":    {Metric{Value: 1.9}, nil, Rule{Floor: to(2.0), LowerIsBetter: true}, true, "a: it is 1.9, within 2 at most"},
		"the floor is first":   {Metric{Value: 0.1, Version: "1"}, &at80, Rule{Floor: to(0.5), MaxRegression: to(1.0)}, false, "a: it is 0.1; expected 0.5 at least"},
		"nothing to compare":   {Metric{Value: 0.5}, nil, Rule{MaxRegression: to(0.0)}, true, "a: it is 0.5, and there is nothing to compare it with"},
		"better":               {Metric{Value: 0.81, Version: "1"}, &at80, Rule{MaxRegression: to(0.0)}, true, "a: it is 0.81, not worse than the baseline's 0.8"},
		"the same":             {Metric{Value: 0.8, Version: "1"}, &at80, Rule{MaxRegression: to(0.0)}, true, "a: it is 0.8, not worse than the baseline's 0.8"},
		"worse, and just allowed": {Metric{Value: 0.78, Version: "1"}, &at80, Rule{MaxRegression: to(0.02)}, true,
			"a: it is 0.78, worse than the baseline's 0.8 by 0.02, and 0.02 is allowed"},
		"worse than allowed": {Metric{Value: 0.779, Version: "1"}, &at80, Rule{MaxRegression: to(0.02)}, false,
			"a: it is 0.779, worse than the baseline's 0.8 by 0.021; expected 0.02 at most"},
		"a share of the baseline": {Metric{Value: 0.76, Version: "1"}, &at80, Rule{MaxRelativeRegression: to(0.05)}, true,
			"a: it is 0.76, worse than the baseline's 0.8 by 0.04, and 0.04 is allowed"},
		"more than a share of the baseline": {Metric{Value: 0.75, Version: "1"}, &at80, Rule{MaxRelativeRegression: to(0.05)}, false,
			"a: it is 0.75, worse than the baseline's 0.8 by 0.05; expected 0.04 at most"},
		"both bounds hold": {Metric{Value: 0.77, Version: "1"}, &at80, Rule{MaxRegression: to(0.02), MaxRelativeRegression: to(0.05)}, false,
			"a: it is 0.77, worse than the baseline's 0.8 by 0.03; expected 0.02 at most"},
		"slower than allowed": {Metric{Value: 2.5}, &slow, Rule{LowerIsBetter: true, MaxRelativeRegression: to(0.1)}, false,
			"a: it is 2.5, worse than the baseline's 2 by 0.5; expected 0.2 at most"},
		"faster": {Metric{Value: 1.5}, &slow, Rule{LowerIsBetter: true, MaxRegression: to(0.0)}, true, "a: it is 1.5, not worse than the baseline's 2"},
		"within the noise": {Metric{Value: 0.775, Stderr: to(0.01), Version: "1"}, &at80, Rule{MaxRegression: to(0.01), BeyondErrors: 2}, true,
			"a: it is 0.775, worse than the baseline's 0.8 by 0.025, which is within 2 standard errors, 0.02828"},
		"beyond the noise": {Metric{Value: 0.77, Stderr: to(0.01), Version: "1"}, &at80, Rule{MaxRegression: to(0.01), BeyondErrors: 2}, false,
			"a: it is 0.77, worse than the baseline's 0.8 by 0.03; expected 0.01 at most"},
		"the noise is not known": {Metric{Value: 0.775, Version: "1"}, &at80, Rule{MaxRegression: to(0.01), BeyondErrors: 2}, false,
			"a: it is 0.775, worse than the baseline's 0.8 by 0.025; expected 0.01 at most"},
		"noise does not count unless it is asked for": {Metric{Value: 0.775, Stderr: to(0.01), Version: "1"}, &at80, Rule{MaxRegression: to(0.01)}, false,
			"a: it is 0.775, worse than the baseline's 0.8 by 0.025; expected 0.01 at most"},
		"noise does not lower the floor": {Metric{Value: 0.775, Stderr: to(0.1), Version: "1"}, &at80, Rule{Floor: to(0.78), BeyondErrors: 2}, false,
			"a: it is 0.775; expected 0.78 at least"},
		"another version": {Metric{Value: 0.9, Version: "2"}, &at80, Rule{MaxRegression: to(0.01)}, false,
			"a: it was measured by version 2 and the baseline by version 1, which do not compare"},
		"no version": {Metric{Value: 0.9}, &at80, Rule{MaxRegression: to(0.01)}, false,
			"a: it was measured by version (none) and the baseline by version 1, which do not compare"},
		"the baseline lacks it": {Metric{Value: 0.9}, &Result{}, Rule{MaxRegression: to(0.01)}, false,
			"a: the baseline was not evaluated for it, so it cannot be compared"},
		"the rule points the wrong way": {Metric{Value: 0.9, HigherIsBetter: to(false)}, nil, Rule{Floor: to(0.1)}, false,
			"a: the rule says that higher is better, and the evaluation says the opposite"},
		"the other wrong way": {Metric{Value: 0.9, HigherIsBetter: to(true)}, nil, Rule{LowerIsBetter: true}, false,
			"a: the rule says that lower is better, and the evaluation says the opposite"},
		"a floor that is no number": {Metric{Value: 0.9}, nil, Rule{Floor: to(math.NaN())}, false, "a: a bound of the rule is not a finite number"},
		"a bound below zero":        {Metric{Value: 0.9}, nil, Rule{MaxRegression: to(-0.1)}, false, "a: a bound of the rule is negative"},
		"a negative baseline": {Metric{Value: -1.2, Version: "1"}, to(result(Metric{Value: -1, Version: "1"})), Rule{MaxRelativeRegression: to(0.1)}, false,
			"a: it is -1.2, worse than the baseline's -1 by 0.2; expected 0.1 at most"},
		"numbers that lie too far apart": {Metric{Value: -math.MaxFloat64}, to(result(Metric{Value: math.MaxFloat64})), Rule{MaxRegression: to(1.0)}, false,
			"a: it is -1.7976931348623157e+308, worse than the baseline's 1.7976931348623157e+308 by +Inf; expected 1 at most"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.rule.Metric == "" {
				test.rule.Metric = "a"
			}
			got := Compare(result(test.candidate), test.baseline, []Rule{test.rule})
			if len(got) != 1 || got[0].Met != test.met || got[0].Reason != test.reason {
				t.Errorf("got %+v\nwant %t %s", got, test.met, test.reason)
			}
		})
	}
}

func TestVerdictsCarryTheirNumbers(t *testing.T) {
	candidate, baseline := parsedFile(t, "lm-eval.json"), parsedFile(t, "lm-eval.json")
	got := Compare(candidate, &baseline, []Rule{{Metric: "mmlu/acc", MaxRegression: to(0.01)}, {Metric: "mmlu/f1"}})
	want := []Verdict{
		{Metric: "mmlu/acc", Met: true, Value: to(0.6803), Baseline: to(0.6803), Reason: "mmlu/acc: it is 0.6803, not worse than the baseline's 0.6803"},
		{Metric: "mmlu/f1", Reason: "mmlu/f1: it was not evaluated"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkCompare(b *testing.B) {
	r := parsedFile(b, "lm-eval.json")
	rules := []Rule{{Metric: "mmlu/acc", Floor: to(0.6), MaxRegression: to(0.01), BeyondErrors: 2}, {Metric: "wikitext/word_perplexity", LowerIsBetter: true, MaxRelativeRegression: to(0.02)}}
	b.ReportAllocs()
	for b.Loop() {
		Compare(r, &r, rules)
	}
}
