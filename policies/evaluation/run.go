package evaluation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/evaluation/jsonfile"
)

// Run is what a Job measured, as whoever started it knows it.
type Run struct {
	// Model is the source and Revision the revision of what was served, as the descriptor says them.
	Model, Revision string
	// Started and Finished are when the Job ran.
	Started, Finished time.Time
}

// ParseRun reads the result of a Job, in either shape. What it is a result of the Job's own binding says, so that the file
// need not: {"metrics": {"mmlu/acc": 0.71}} is enough. Whatever it does say must agree: a result of another model or
// revision, or one that was there before the Job began, is refused.
//
// A run that could measure nothing may say why instead: {"problems": ["the data set cannot be fetched"]}.
func ParseRun(file string, data []byte, run Run) (Result, problem.List) {
	if told := toldProblems(file, data); len(told) > 0 {
		return Result{}, told
	}
	result, problems := (&parser{file: file, data: data, terms: run}).parse()
	if len(problems) > 0 {
		return Result{}, problems
	}
	if said := result.Finished; !said.IsZero() && said.Before(run.Started.Add(-clockSkew)) {
		return Result{}, problem.List{{File: file, Rule: OfAnother, Mend: "have the evaluation write a result of its own",
			Message: fmt.Sprintf("the result is of %s, and the Job began at %s: it was there before", stamp(said), stamp(run.Started))}}
	}
	result.Model, result.Revision, result.Finished = run.Model, run.Revision, run.Finished
	return result, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (r Run) model(p *parser, field, said string) {
	if said != "" && said != r.Model {
		p.report(field, OfAnother, "measure what PENSTOCK_ENDPOINT serves, and leave the model out or copy PENSTOCK_MODEL",
			"the result is of the model %q, and %q was to be measured", short(said), short(r.Model))
	}
}

func (r Run) revision(p *parser, field, said string) {
	if said != "" && said != r.Revision && isExact(r.Revision) {
		p.report(field, OfAnother, "measure what PENSTOCK_ENDPOINT serves, and leave the revision out or copy PENSTOCK_REVISION",
			"the result is of revision %s, and %s was to be measured", short(said), short(r.Revision))
	}
}

func (r Run) finished(p *parser, _ string, said time.Time) { p.result.Finished = said }

// What a run may say in place of a result: so many problems of so many characters.
const maxTold, maxToldLength = 5, 300

// toldProblems are those that a run says itself.
func toldProblems(file string, data []byte) problem.List {
	var said struct {
		Problems []string        `json:"problems"`
		Metrics  json.RawMessage `json:"metrics"`
		Results  json.RawMessage `json:"results"`
	}
	if len(jsonfile.Read(file, data, MaxBytes, &said)) > 0 || said.Metrics != nil || said.Results != nil {
		return nil // whatever it is, it is no list of problems
	}
	var problems problem.List
	for _, text := range said.Problems[:min(len(said.Problems), maxTold)] {
		problems = append(problems, problem.Problem{File: file, Rule: NotMeasured, Message: printable(cut(text, maxToldLength))})
	}
	return problems
}

// printable leaves out what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return ' '
		}
		return r
	}, text)
}

// Exact says whether a revision always means the same. A result of one that does not is no evidence.
func Exact(revision string) bool { return isExact(revision) }

// anything are the terms of a file that somebody else will judge.
type anything struct{}

func (anything) model(p *parser, _, said string)              { p.result.Model = said }
func (anything) revision(p *parser, _, said string)           { p.result.Revision = said }
func (anything) finished(p *parser, _ string, said time.Time) { p.result.Finished = said }

// condensed is a result of the own shape, with what was asked for alone.
type condensed struct {
	Model    string             `json:"model,omitempty"`
	Revision string             `json:"revision,omitempty"`
	Metrics  map[string]float64 `json:"metrics"`
	Finished string             `json:"finished,omitempty"`
}

// Condense takes the metrics that are asked for out of a result in either shape, and what it says of itself, so that it
// fits where there is little room: into max bytes. What is wrong with it comes out as {"problems": […]}, which ParseRun
// understands: the answer is never empty, and fits if max is at least 64.
func Condense(file string, data []byte, metrics []string, max int) []byte {
	result, problems := (&parser{file: file, data: data, terms: anything{}}).parse()
	if len(problems) > 0 {
		return complain(problems, max)
	}
	made := condensed{Model: result.Model, Revision: result.Revision, Metrics: map[string]float64{}}
	if result.Format == Harness {
		made.Model = "" // it may be a path, or the kind of client
	}
	if !result.Finished.IsZero() {
		made.Finished = stamp(result.Finished)
	}
	for name, m := range result.Metrics {
		if slices.Contains(metrics, name) {
			made.Metrics[name] = m.Value
		}
	}
	written, err := json.Marshal(made)
	switch {
	case err != nil:
		return complain(problem.List{{File: file, Rule: NotANumber, Message: err.Error()}}, max) // all numbers are finite
	case len(written) > max:
		return complain(problem.List{{File: file, Rule: problem.TooLarge, Mend: "ask for fewer metrics, or give them shorter names",
			Message: fmt.Sprintf("the metrics that are asked for take %d bytes; there is room for %d", len(written), max)}}, max)
	case len(made.Metrics) == 0:
		return complain(problem.List{{File: file, Rule: problem.MissingField, Mend: "correct the names in the descriptor",
			Message: fmt.Sprintf("none of the metrics that are asked for is among the %d that were measured, such as %s", len(result.Metrics), someOf(result))}}, max)
	}
	return written
}

// someOf names a few metrics.
func someOf(r Result) string {
	names := make([]string, 0, len(r.Metrics))
	for name := range r.Metrics {
		names = append(names, short(name))
	}
	slices.Sort(names)
	return strings.Join(names[:min(len(names), 3)], ", ")
}

// Complain says in place of a result why there is none, in at most max bytes.
func Complain(max int, texts ...string) []byte {
	var said struct {
		Problems []string `json:"problems"`
	}
	written := []byte(`{"problems":["there is no result"]}`)
	for _, text := range texts[:min(len(texts), maxTold)] {
		said.Problems = append(said.Problems, cut(text, maxToldLength))
		if more, err := json.Marshal(said); err == nil && len(more) <= max {
			written = more
		}
	}
	return written
}

func complain(problems problem.List, max int) []byte {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.Error()
	}
	return Complain(max, texts...)
}
