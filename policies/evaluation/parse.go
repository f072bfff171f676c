package evaluation

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/evaluation/jsonfile"
)

// What one file may hold.
const (
	// MaxBytes is the size of a file; with all of MMLU's tasks and their prompts it is some hundred kilobytes.
	MaxBytes = 4 << 20
	// MaxMetrics is how many numbers it may report.
	MaxMetrics = 10_000
	// maxName is the length of the name of a metric, in characters.
	maxName = 200
)

// The rules that a file can break, beside those of packages problem and jsonfile.
const (
	// UnknownFormat: the file is neither of the shapes that can be read.
	UnknownFormat = "UnknownFormat"
	// FloatingRevision: the file does not say which exact revision was evaluated.
	FloatingRevision = "FloatingRevision"
	// NotANumber: a metric is not a finite number.
	NotANumber = "NotANumber"
	// OfAnother: the result of a run names another model, revision or time than was measured.
	OfAnother = "OfAnother"
	// NotMeasured: the run says itself that, and why, it has no result.
	NotMeasured = "NotMeasured"
)

// Parse reads a file, whose name is for the problems. The result is the zero value when there are any.
func Parse(file string, data []byte) (Result, problem.List) {
	return (&parser{file: file, data: data, terms: alone{}}).parse()
}

func (p *parser) parse() (Result, problem.List) {
	var shape struct {
		Results json.RawMessage `json:"results"`
		Metrics json.RawMessage `json:"metrics"`
	}
	if problems := jsonfile.Read(p.file, p.data, MaxBytes, &shape); len(problems) > 0 {
		return Result{}, problems
	}
	p.result.Metrics = map[string]Metric{}
	switch {
	case shape.Results != nil && shape.Metrics == nil:
		p.harness()
	case shape.Metrics != nil && shape.Results == nil:
		p.own()
	default:
		p.report("", UnknownFormat, "write it with lm-evaluation-harness, or in the shape that the documentation describes",
			"the file has neither results nor metrics alone, so it is no evaluation that can be read")
	}
	if len(p.problems) == 0 && len(p.result.Metrics) == 0 {
		p.report("", problem.MissingField, "evaluate something", "the file has no metric")
	}
	if len(p.problems) > 0 {
		return Result{}, p.problems
	}
	return p.result, nil
}

type parser struct {
	file     string
	data     []byte
	terms    terms
	result   Result
	problems problem.List
}

// terms are what a file has to say of what it is a result of.
type terms interface {
	// model, revision and finished take what the file says in a field, "" or zero if it says nothing.
	model(p *parser, field, said string)
	revision(p *parser, field, said string)
	finished(p *parser, field string, said time.Time)
}

// alone are the terms of a file that speaks for itself.
type alone struct{}

func (alone) model(p *parser, field, said string) {
	if said == "" {
		p.report(field, problem.MissingField, "say the source as the descriptor does", "the file does not say which model was evaluated")
	}
	p.result.Model = said
}

func (alone) finished(p *parser, field string, said time.Time) {
	if said.IsZero() {
		p.report(field, problem.MissingField, "say when the evaluation ended, such as 2026-11-01T10:00:00Z", "the file does not say when the evaluation was made")
	}
	p.result.Finished = said
}

// report adds a problem, unless there are too many already.
func (p *parser) report(field, rule, mend, format string, args ...any) {
	if len(p.problems) < 20 {
		p.problems = append(p.problems, problem.Problem{File: p.file, Field: short(field), Rule: rule, Message: fmt.Sprintf(format, args...), Mend: mend})
	}
}

// revision takes the revision, if it is exact.
func (alone) revision(p *parser, field, said string) {
	switch {
	case said == "":
		p.report(field, problem.MissingField, "evaluate a pinned revision, and say which", "the file does not say which revision was evaluated")
	case !isExact(said):
		p.report(field, FloatingRevision, "evaluate a pinned revision, such as the 40 digits of a commit",
			"the revision is %q, which is not always the same; a score of it proves nothing about what is deployed", short(said))
	default:
		p.result.Revision = said
	}
}

// add takes a metric, if its name can be shown and there are not too many.
func (p *parser) add(field, name string, m Metric) {
	switch {
	case len(p.result.Metrics) >= MaxMetrics:
		p.report(field, problem.TooLarge, "leave out what nobody decides on", "the file has more than %d metrics", MaxMetrics)
	case name == "" || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unprintable):
		p.report(field, problem.InvalidValue, "choose a shorter, plain name", "the name of the metric is %q; expected 1 to %d printable characters", short(name), maxName)
	default:
		p.result.Metrics[name] = m
	}
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }

// number reads a finite number; a decoder has no others, but for those that are too large for it.
func (p *parser) number(field string, raw json.RawMessage) (float64, bool) {
	var f *float64
	if err := json.Unmarshal(raw, &f); err != nil || f == nil || math.IsInf(*f, 0) || math.IsNaN(*f) {
		p.report(field, NotANumber, "leave the metric out, or evaluate it", "found %s; expected a finite number", short(string(raw)))
		return 0, false
	}
	return *f, true
}
