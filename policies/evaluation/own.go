package evaluation

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/evaluation/jsonfile"
)

// own is the shape that doc.go describes.
type own struct {
	Model    string                     `json:"model"`
	Revision string                     `json:"revision"`
	Metrics  map[string]json.RawMessage `json:"metrics"`
	Stderr   map[string]json.RawMessage `json:"stderr"`
	Versions map[string]string          `json:"versions"`
	Samples  int64                      `json:"samples"`
	Finished string                     `json:"finished"`
}

func (p *parser) own() {
	var file own
	if p.problems = jsonfile.ReadStrict(p.file, p.data, MaxBytes, &file); len(p.problems) > 0 {
		return
	}
	p.result.Format = Penstock
	p.terms.model(p, "model", file.Model)
	p.terms.revision(p, "revision", file.Revision)
	if finished, ok := p.time("finished", file.Finished); ok {
		p.terms.finished(p, "finished", finished)
	}
	if file.Samples < 0 {
		p.report("samples", problem.InvalidValue, "correct it", "found %d samples; expected 0 or more", file.Samples)
	}
	p.strays("stderr", slices.Sorted(maps.Keys(file.Stderr)), file.Metrics)
	p.strays("versions", slices.Sorted(maps.Keys(file.Versions)), file.Metrics)
	for _, name := range slices.Sorted(maps.Keys(file.Metrics)) {
		value, ok := p.number("metrics."+name, file.Metrics[name])
		if !ok {
			continue
		}
		m := Metric{Value: value, Version: file.Versions[name], Samples: file.Samples}
		if raw, said := file.Stderr[name]; said {
			m.Stderr = p.stderr("stderr."+name, raw)
		}
		p.add("metrics."+name, name, m)
	}
}

// time reads a time; the zero one where there is none.
func (p *parser) time(field, text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		p.report(field, problem.InvalidValue, "write it as in 2026-11-01T10:00:00Z", "%q is not a time of RFC 3339", short(text))
	}
	return t, err == nil
}

// strays reports the details of metrics that do not exist: a misspelt name would go unnoticed.
func (p *parser) strays(field string, names []string, metrics map[string]json.RawMessage) {
	for _, name := range names {
		if _, ok := metrics[name]; !ok {
			p.report(field+"."+name, problem.UnknownField, "correct the name", "there is no metric of this name")
		}
	}
}

// stderr reads a standard error.
func (p *parser) stderr(field string, raw json.RawMessage) *float64 {
	value, ok := p.number(field, raw)
	if ok && value < 0 {
		p.report(field, problem.InvalidValue, "correct it", "the standard error is %v; expected 0 or more", value)
	}
	return &value
}
