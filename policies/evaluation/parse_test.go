package evaluation

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/problem"
)

const sha = "0e9e39f249a16976918f6564b8830bc894c89659"

func parsedFile(t testing.TB, name string) Result {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, problems := Parse(name, data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return r
}

func to[T any](v T) *T { return &v }

func TestFilesThatToolsWrite(t *testing.T) {
	for name, want := range map[string]Result{
		"lm-eval.json": {Format: Harness, Model: "meta-llama/Llama-3.1-8B-Instruct", Revision: sha, Finished: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC),
			Metrics: map[string]Metric{
				"gsm8k/exact_match,strict-match":     {Value: 0.7801364670204701, Stderr: to(0.011407), Version: "3, 5-shot", Samples: 1319, HigherIsBetter: to(true)},
				"gsm8k/exact_match,flexible-extract": {Value: 0.802, Stderr: to(0.0109), Version: "3, 5-shot", Samples: 1319, HigherIsBetter: to(true)},
				"wikitext/word_perplexity":           {Value: 8.64, Version: "2, 0-shot", Samples: 62, HigherIsBetter: to(false)},
				"mmlu/acc":                           {Value: 0.6803, Stderr: to(0.0037), Version: "2, 0-shot", HigherIsBetter: to(true)},
			}},
		"leaderboard.json": {Format: Harness, Model: "meta-llama/Llama-3.1-8B-Instruct", Revision: sha,
			Metrics: map[string]Metric{
				"harness|arc:challenge|25/acc":      {Value: 0.5418, Stderr: to(0.0145), Version: "0"},
				"harness|arc:challenge|25/acc_norm": {Value: 0.5819, Stderr: to(0.0144), Version: "0"},
			}},
		"own.json": {Format: Penstock, Model: "s3://models/llama-3-8b", Revision: "2026-11-01", Finished: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC),
			Metrics: map[string]Metric{
				"support-answers/correct": {Value: 0.91, Stderr: to(0.008), Version: "2026-10", Samples: 1200},
				"latency/p95-seconds":     {Value: 1.4, Samples: 1200},
			}},
	} {
		if diff := cmp.Diff(want, parsedFile(t, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhereTheRevisionIsSaid(t *testing.T) {
	for data, want := range map[string]string{
		`{"results": {"a": {"b": 1}}, "model_sha": "` + sha + `", "config": {"model_sha": "main"}}`:                  sha,
		`{"results": {"a": {"b": 1}}, "config": {"model_sha": "", "model_revision": "` + sha + `"}}`:                 sha,
		`{"results": {"a": {"b": 1}}, "config": {"model_args": {}}, "config_general": {"model_sha": "` + sha + `"}}`: sha,
	} {
		if r, problems := Parse("e.json", []byte(data)); r.Revision != want {
			t.Errorf("%s: got %q and %v", data, r.Revision, problems)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	harness := func(results string) string { return fmt.Sprintf(`{"results": %s, "model_sha": %q}`, results, sha) }
	own := func(fields string) string {
		return fmt.Sprintf(`{"model": "hf://a/b", "revision": %q, "finished": "2026-11-01T10:00:00Z", %s}`, sha, fields)
	}
	const pin = "evaluate a pinned revision, such as the 40 digits of a commit"
	long := strings.Repeat("x", 201)
	for _, test := range []struct{ data, field, rule, message, mend string }{
		{`{}`, "", "UnknownFormat", "the file has neither results nor metrics alone, so it is no evaluation that can be read",
			"write it with lm-evaluation-harness, or in the shape that the documentation describes"},
		{`{"results": {}, "metrics": {}}`, "", "UnknownFormat", "the file has neither results nor metrics alone, so it is no evaluation that can be read",
			"write it with lm-evaluation-harness, or in the shape that the documentation describes"},
		{`{"results": {"a": {"b": 1}}}`, "config.model_sha", "MissingField", "the file does not say which revision was evaluated", "evaluate a pinned revision, and say which"},
		{`{"results": {"a": {"b": 1}}, "config": {"model_revision": "main"}}`, "config.model_revision", "FloatingRevision",
			`the revision is "main", which is not always the same; a score of it proves nothing about what is deployed`, pin},
		{`{"results": {"a": {"b": 1}}, "config_general": {"model_sha": "a b1"}}`, "config_general.model_sha", "FloatingRevision",
			`the revision is "a b1", which is not always the same; a score of it proves nothing about what is deployed`, pin},
		{harness(`{}`), "", "MissingField", "the file has no metric", "evaluate something"},
		{harness(`{"a": {"alias": "a", "acc_stderr,none": 0.1}}`), "", "MissingField", "the file has no metric", "evaluate something"},
		{harness(`{"a": {"acc,none": "0.9"}}`), "results.a.acc,none", "NotANumber", `found "0.9"; expected a finite number`, "leave the metric out, or evaluate it"},
		{harness(`{"a": {"acc,none": null}}`), "results.a.acc,none", "NotANumber", `found null; expected a finite number`, "leave the metric out, or evaluate it"},
		{harness(`{"a": {"acc,none": 1e999}}`), "results.a.acc,none", "NotANumber", `found 1e999; expected a finite number`, "leave the metric out, or evaluate it"},
		{harness(`{"a": {"acc,none": 1, "acc_stderr,none": -1}}`), "results.a.acc_stderr,none", "InvalidValue", `the standard error is -1; expected 0 or more`, "correct it"},
		{harness(`{"a": {"acc,none": 1, "acc": 2}}`), "results.a.acc,none", "DuplicateKey", `the metric a/acc is here a second time`, "keep one of them"},
		{harness(`{"a": {"` + long + `": 1}}`), "results.a." + long[:110] + "…", "InvalidValue",
			`the name of the metric is "a/` + long[:118] + `…"; expected 1 to 200 printable characters`, "choose a shorter, plain name"},
		{harness(`{"a\u202e": {"b": 1}}`), "results.a\u202e.b", "InvalidValue",
			`the name of the metric is "a\u202e/b"; expected 1 to 200 printable characters`, "choose a shorter, plain name"},
		{`{"results": {"a": {"b": 1}}, "model_sha": "` + sha + `", "date": -1}`, "date", "InvalidValue", "found -1; expected seconds since 1970", "write the file anew"},
		{`{"metrics": {"a": 1}, "revision": "` + sha + `", "finished": "2026-11-01T10:00:00Z"}`, "model", "MissingField",
			"the file does not say which model was evaluated", "say the source as the descriptor does"},
		{own(`"metrics": {}`), "", "MissingField", "the file has no metric", "evaluate something"},
		{own(`"metrics": {"": 1}`), "metrics.", "InvalidValue", `the name of the metric is ""; expected 1 to 200 printable characters`, "choose a shorter, plain name"},
		{own(`"metrics": {"a": true}`), "metrics.a", "NotANumber", `found true; expected a finite number`, "leave the metric out, or evaluate it"},
		{own(`"metrics": {"a": 1}, "metric": 1`), "metric", "UnknownField", "there is no such field", "remove it"},
		{own(`"metrics": {"a": 1, "a": 2}`), "metrics.a", "DuplicateKey", "the field is here a second time", "keep one of them"},
		{own(`"metrics": {"a": 1}, "stderr": {"A": 1}`), "stderr.A", "UnknownField", "there is no metric of this name", "correct the name"},
		{own(`"metrics": {"a": 1}, "versions": {"b": "1"}`), "versions.b", "UnknownField", "there is no metric of this name", "correct the name"},
		{own(`"metrics": {"a": 1}, "samples": -1`), "samples", "InvalidValue", "found -1 samples; expected 0 or more", "correct it"},
		{`{"model": "m", "metrics": {"a": 1}, "revision": "` + sha + `", "finished": "yesterday"}`, "finished", "InvalidValue",
			`"yesterday" is not a time of RFC 3339`, "write it as in 2026-11-01T10:00:00Z"},
		{`{"model": "m", "metrics": {"a": 1}, "revision": "` + sha + `"}`, "finished", "MissingField",
			`the file does not say when the evaluation was made`, "say when the evaluation ended, such as 2026-11-01T10:00:00Z"},
		{`{"model": "m", "metrics": {"a": 1}, "revision": "latest", "finished": "2026-11-01T10:00:00Z"}`, "revision", "FloatingRevision",
			`the revision is "latest", which is not always the same; a score of it proves nothing about what is deployed`, pin},
	} {
		want := problem.List{{File: "e.json", Field: test.field, Rule: test.rule, Message: test.message, Mend: test.mend}}
		r, got := Parse("e.json", []byte(test.data))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", test.data, diff)
		}
		if r.Metrics != nil {
			t.Errorf("%s: got a result beside the problem", test.data)
		}
	}
}

func TestTooManyMetricsAreRefused(t *testing.T) {
	var b strings.Builder
	for i := range MaxMetrics + 1 {
		fmt.Fprintf(&b, `"m%d": 1, `, i)
	}
	_, problems := Parse("e.json", []byte(`{"model_sha": "`+sha+`", "results": {"a": {`+b.String()+`"z": 1}}}`))
	if len(problems) == 0 || problems[0].Rule != problem.TooLarge || len(problems) > 20 {
		t.Errorf("got %v", problems)
	}
}

func TestAnEvaluationCountsForOneRevisionOnly(t *testing.T) {
	now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	harness, own, undated := parsedFile(t, "lm-eval.json"), parsedFile(t, "own.json"), parsedFile(t, "leaderboard.json")
	ahead := own
	ahead.Finished = now.Add(time.Hour)
	other := strings.Repeat("a", 40)
	for name, test := range map[string]struct {
		result           Result
		source, revision string
		maxAge           time.Duration
		want             []string
	}{
		"of this commit":          {harness, "hf://meta-llama/Llama-3.1-8B-Instruct", sha, 48 * time.Hour, nil},
		"a commit is enough":      {harness, "s3://mirror/llama", sha, 0, nil},
		"of another commit":       {harness, "hf://x/y", other, 0, []string{"the evaluation is of revision " + sha + ", and what would be deployed is " + other}},
		"of this version":         {own, "s3://models/llama-3-8b", "2026-11-01", 0, nil},
		"a version is not enough": {own, "s3://models/other", "2026-11-01", 0, []string{`the evaluation is of the model "s3://models/llama-3-8b", and what would be deployed is "s3://models/other"`}},
		"too old":                 {own, "s3://models/llama-3-8b", "2026-11-01", 47 * time.Hour, []string{"the evaluation is of 2026-11-01T10:00:00Z, 48h0m0s ago; expected 47h0m0s at most"}},
		"without a date":          {undated, "", sha, time.Hour, []string{"the evaluation does not say when it was made; expected 1h0m0s ago at most"}},
		"any age, without a date": {undated, "", sha, 0, nil},
		"of tomorrow":             {ahead, "s3://models/llama-3-8b", "2026-11-01", 0, []string{"the evaluation is dated 2026-11-03T11:00:00Z, which is not yet"}},
	} {
		if diff := cmp.Diff(test.want, test.result.About(test.source, test.revision, test.maxAge, now)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"lm-eval.json", "leaderboard.json", "own.json"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"results": {"a": {"b,": 1, "b": 2, ",none": 3, "_stderr": null}}, "versions": {"a": {}}, "n-shot": {"a": []}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, problems := Parse("e.json", data)
		if (len(r.Metrics) == 0) != (len(problems) > 0) {
			t.Fatalf("got %+v and %v", r, problems)
		}
		for _, p := range problems {
			if p.File == "" || p.Rule == "" || p.Message == "" || p.Mend == "" || len(p.Message) > 1000 {
				t.Fatalf("a poor problem: %+v", p)
			}
		}
		for name := range r.Metrics {
			v := Compare(r, &r, []Rule{{Metric: name, MaxRegression: to(0.0), LowerIsBetter: r.Metrics[name].HigherIsBetter != nil && !*r.Metrics[name].HigherIsBetter}})
			if !v[0].Met {
				t.Fatalf("worse than itself: %+v", v)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	data, err := os.ReadFile("testdata/lm-eval.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		Parse("e.json", data)
	}
}
