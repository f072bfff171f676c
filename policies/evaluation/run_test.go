package evaluation

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	llama    = "hf://meta-llama/Llama-3.1-8B-Instruct"
	revision = "0e9e39f249a16976918f6564b8830bc894c89659"
)

var began = time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)

func run() Run {
	return Run{Model: llama, Revision: revision, Started: began, Finished: began.Add(time.Hour)}
}

// What a Job leaves need not say what it is of, and whatever it says must agree.
func TestTheResultOfARun(t *testing.T) {
	for name, test := range map[string]struct{ data, want string }{
		"the least": {`{"metrics": {"mmlu/acc": 0.71}}`, ""},
		"all of it": {`{"model": "` + llama + `", "revision": "` + revision + `", "metrics": {"mmlu/acc": 0.71}, "stderr": {"mmlu/acc": 0.01},
			"samples": 10, "finished": "2026-11-01T10:59:00Z"}`, ""},
		"a clock that is a little behind": {`{"metrics": {"a": 1}, "finished": "2026-11-01T09:56:00Z"}`, ""},
		"the harness over a server":       {`{"results": {"mmlu": {"acc,none": 0.71}}, "config": {"model": "local-completions"}, "date": 1793527200}`, ""},
		"the harness with the revision":   {`{"results": {"mmlu": {"acc,none": 0.71}}, "model_name": "elsewhere", "model_sha": "` + revision + `"}`, ""},
		"another model":                   {`{"model": "hf://org/other", "metrics": {"a": 1}}`, `job: model: the result is of the model "hf://org/other", and "` + llama + `" was to be measured`},
		"another revision":                {`{"revision": "` + strings.Repeat("a", 40) + `", "metrics": {"a": 1}}`, "job: revision: the result is of revision " + strings.Repeat("a", 40)},
		"a floating revision":             {`{"revision": "main", "metrics": {"a": 1}}`, "job: revision: the result is of revision main"},
		"the harness with another":        {`{"results": {"mmlu": {"acc": 0.7}}, "config": {"model_sha": "` + strings.Repeat("b", 40) + `"}}`, "job: config.model_sha: the result is of revision bbb"},
		"one from before":                 {`{"metrics": {"a": 1}, "finished": "2026-10-01T10:00:00Z"}`, "job: the result is of 2026-10-01T10:00:00Z, and the Job began at 2026-11-01T10:00:00Z: it was there before; have the evaluation write a result of its own"},
		"one of the harness from before":  {`{"results": {"mmlu": {"acc": 0.7}}, "date": 1700000000}`, "job: the result is of 2023-11-14T22:13:20Z"},
		"nothing":                         {``, "job:1: the file is not JSON: unexpected end"},
		"text":                            {`acc=0.71`, "job:1: the file is not JSON"},
		"half of it":                      {`{"metrics": {"mmlu/acc": 0.7`, "the file is not JSON"},
		"NaN":                             {`{"metrics": {"mmlu/acc": NaN}}`, "NaN and Infinity are not JSON"},
		"text for a number":               {`{"metrics": {"mmlu/acc": "0.71"}}`, `metrics.mmlu/acc: found "0.71"; expected a finite number`},
		"null":                            {`{"metrics": {"mmlu/acc": null}}`, `metrics.mmlu/acc: found null; expected a finite number`},
		"too large a number":              {`{"metrics": {"mmlu/acc": 1e999}}`, `expected a finite number`},
		"no metric":                       {`{"metrics": {}}`, "the file has no metric"},
		"another shape":                   {`{"accuracy": 0.71}`, "the file has neither results nor metrics"},
		"a list":                          {`[1]`, "job"},
		"a metric twice":                  {`{"metrics": {"a": 1, "a": 2}}`, "the field is here a second time"},
		"a misspelt field":                {`{"metrics": {"a": 1}, "revison": "main"}`, "revison: there is no such field"},
		"too large a file":                {`{"metrics": {"a": 1}, "model": "` + strings.Repeat("x", MaxBytes) + `"}`, "expected 4194304 at most"},
		"why there is none":               {`{"problems": ["the data set cannot be fetched", "tried 3 times\u001b[2J"]}`, "job: the data set cannot be fetched\njob: tried 3 times [2J"},
	} {
		got, problems := ParseRun("job", []byte(test.data), run())
		if test.want == "" {
			if len(problems) > 0 || got.Model != llama && got.Format == Penstock || got.Revision != revision || !got.Finished.Equal(began.Add(time.Hour)) {
				t.Errorf("%s: %+v, %v", name, got, problems)
			}
			continue
		}
		if !strings.Contains(problems.Error(), test.want) {
			t.Errorf("%s: got %q, want %q", name, problems.Error(), test.want)
		}
		if got.Metrics != nil {
			t.Errorf("%s: problems, and a result", name)
		}
	}
}

// Where the model's revision floats, nobody can contradict it; and it is no evidence, whatever the result says.
func TestARunOfAFloatingRevision(t *testing.T) {
	for _, floating := range []string{"", "main"} {
		r := run()
		r.Revision = floating
		got, problems := ParseRun("job", []byte(`{"revision": "`+revision+`", "metrics": {"a": 1}}`), r)
		if len(problems) > 0 || got.Revision != floating || Exact(got.Revision) {
			t.Errorf("%q: %+v, %v", floating, got, problems)
		}
	}
	if !Exact(revision) || !Exact("sha256:"+strings.Repeat("a", 64)) {
		t.Error("a commit or a digest is exact")
	}
}

// What is asked for fits into a termination message, whatever else was measured, and the agent reads the same from it.
func TestCondense(t *testing.T) {
	asked := []string{"mmlu/acc", "mmlu_anatomy/acc"}
	results := map[string]any{"mmlu": map[string]any{"acc,none": 0.71, "acc_stderr,none": 0.01, "alias": "mmlu"}}
	for i := range 2000 {
		results[fmt.Sprintf("mmlu_task_%d", i)] = map[string]any{"acc,none": 0.5}
	}
	results["mmlu_anatomy"] = map[string]any{"acc,none": 0.625}
	large, _ := json.Marshal(map[string]any{"results": results, "date": float64(began.Unix()), "config": map[string]any{"model": "local-completions"}})
	for name, data := range map[string]string{
		"the harness":  string(large),
		"our own":      `{"metrics": {"mmlu/acc": 0.71, "mmlu_anatomy/acc": 0.625, "else": 1}, "samples": 10}`,
		"and in full":  `{"model": "` + llama + `", "revision": "` + revision + `", "metrics": {"mmlu/acc": 0.71, "mmlu_anatomy/acc": 0.625}, "finished": "2026-11-01T10:30:00Z"}`,
		"with spaces ": "\n" + `  {"metrics": {"mmlu/acc": 0.71, "mmlu_anatomy/acc": 0.625}}`,
	} {
		message := Condense("f", []byte(data), asked, 4096)
		if len(message) > 512 {
			t.Errorf("%s: %d bytes", name, len(message))
		}
		got, problems := ParseRun("job", message, run())
		if len(problems) > 0 || len(got.Metrics) != 2 || got.Metrics["mmlu/acc"].Value != 0.71 || got.Metrics["mmlu_anatomy/acc"].Value != 0.625 {
			t.Errorf("%s: %s: %+v %v", name, message, got, problems)
		}
	}
}

// What is wrong with a file reaches the agent, and never more than there is room for.
func TestCondenseSaysWhatIsWrong(t *testing.T) {
	long := map[string]float64{}
	var names []string
	for i := range 64 {
		name := fmt.Sprintf("%s%d", strings.Repeat("x", 190), i)
		long[name], names = 1, append(names, name)
	}
	many, _ := json.Marshal(map[string]any{"metrics": long})
	broken, _ := json.Marshal(map[string]any{"metrics": func() map[string]string {
		all := map[string]string{}
		for i := range 30 {
			all[fmt.Sprintf("%s%d", strings.Repeat("ä", 190), i)] = strings.Repeat("ö", 1000)
		}
		return all
	}()})
	for name, test := range map[string]struct {
		data  string
		asked []string
		want  string
	}{
		"not JSON":           {`0.71`, []string{"a"}, "job: f"},
		"another metric":     {`{"metrics": {"b": 1, "c": 2}}`, []string{"a"}, "none of the metrics that are asked for is among the 2 that were measured, such as b, c"},
		"names without end":  {string(many), names, "expected"},
		"problems of a kind": {string(broken), []string{"a"}, "expected a finite number"},
	} {
		message := Condense("f", []byte(test.data), test.asked, 4096)
		if len(message) > 4096 || !json.Valid(message) {
			t.Errorf("%s: %d bytes: %s", name, len(message), message)
		}
		_, problems := ParseRun("job", message, run())
		if test.want == "expected" {
			test.want = "there is room for 4096; ask for fewer metrics, or give them shorter names"
		}
		if !strings.Contains(problems.Error(), test.want) {
			t.Errorf("%s: got %q", name, problems.Error())
		}
	}
	if got := string(Complain(64, strings.Repeat("x", 100))); got != `{"problems":["there is no result"]}` {
		t.Errorf("got %s", got)
	}
}

// A limit is met by the very number that it names, as JSON has it.
func TestWithin(t *testing.T) {
	q := func(text string) *resource.Quantity { return new(resource.MustParse(text)) }
	result := Result{Metrics: map[string]Metric{"acc": {Value: 0.7}, "p95": {Value: 1.5}, "delta": {Value: -0.01}, "big": {Value: 12e9}}}
	for _, test := range []struct {
		limits []v1alpha1.MetricLimits
		want   string
	}{
		{[]v1alpha1.MetricLimits{{Name: "acc", Min: q("0.7"), Max: q("0.7")}, {Name: "acc", Min: q("700m")}}, ""},
		{[]v1alpha1.MetricLimits{{Name: "acc"}, {Name: "delta", Min: q("-0.01")}, {Name: "p95", Max: q("1500m")}, {Name: "big", Min: q("12G")}}, ""},
		{[]v1alpha1.MetricLimits{{Name: "acc", Min: q("0.7000000001")}}, "acc: it is 0.7; expected 0.700000001 at least"},
		{[]v1alpha1.MetricLimits{{Name: "p95", Max: q("1.4")}, {Name: "delta", Min: q("0")}}, "p95: it is 1.5; expected 1.4 at most\ndelta: it is -0.01; expected 0 at least"},
		{[]v1alpha1.MetricLimits{{Name: "other"}}, "other: it was not measured; have the evaluation measure it, or take it out of the descriptor"},
	} {
		values, problems := result.Within(test.limits)
		if got := strings.Join(problems, "\n"); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
		for name, value := range values {
			if value != result.Metrics[name].Value {
				t.Errorf("%s is %v", name, value)
			}
		}
	}
}

// FuzzRun: whatever a container leaves, it is read or refused, and what was condensed reads the same.
func FuzzRun(f *testing.F) {
	f.Add([]byte(`{"metrics": {"a": 1}}`))
	f.Add([]byte(`{"results": {"t": {"a,none": 1}}, "date": 1.5}`))
	f.Add([]byte(`{"problems": ["x"]}`))
	if data, err := os.ReadFile("testdata/lm-eval.json"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, problems := ParseRun("job", data, run())
		if (len(got.Metrics) == 0) != (len(problems) > 0) {
			t.Fatalf("%+v, %v", got, problems)
		}
		message := Condense("f", data, []string{"a", "t/a"}, 4096)
		if len(message) > 4096 || len(message) == 0 || !json.Valid(message) {
			t.Fatalf("%q", message)
		}
		again, wrong := ParseRun("job", message, run())
		if len(wrong) == 0 && len(problems) == 0 && again.Metrics["a"].Value != got.Metrics["a"].Value {
			t.Fatalf("%v, then %v", got, again)
		}
	})
}
