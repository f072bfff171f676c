package evaluation

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/evaluation/jsonfile"
)

// harness is what is read of a file of lm-evaluation-harness; results of the leaderboard have ConfigGeneral in
// place of Config. Other fields are left out.
type harness struct {
	Results        map[string]map[string]json.RawMessage `json:"results"`
	Versions       map[string]json.RawMessage            `json:"versions"`
	Shots          map[string]json.RawMessage            `json:"n-shot"`
	HigherIsBetter map[string]map[string]*bool           `json:"higher_is_better"`
	Samples        map[string]struct {
		Effective int64 `json:"effective"`
	} `json:"n-samples"`
	Date          *float64       `json:"date"`
	ModelName     string         `json:"model_name"`
	ModelSHA      string         `json:"model_sha"`
	Config        *harnessConfig `json:"config"`
	ConfigGeneral *harnessConfig `json:"config_general"`
}

type harnessConfig struct {
	ModelName     string `json:"model_name"`
	ModelSHA      string `json:"model_sha"`
	ModelRevision string `json:"model_revision"`
}

func (p *parser) harness() {
	var file harness
	if p.problems = jsonfile.Read(p.file, p.data, MaxBytes, &file); len(p.problems) > 0 {
		return
	}
	p.result.Format, p.result.Model = Harness, short(file.modelName())
	field, revision := file.revision()
	p.terms.revision(p, field, revision)
	p.date(file.Date)
	for _, task := range slices.Sorted(maps.Keys(file.Results)) {
		for _, key := range slices.Sorted(maps.Keys(file.Results[task])) {
			p.metric(file, task, key)
		}
	}
}

// modelName is the model as the file names it.
func (h harness) modelName() string {
	for _, config := range []*harnessConfig{h.Config, h.ConfigGeneral} {
		if config != nil && config.ModelName != "" {
			return config.ModelName
		}
	}
	return h.ModelName
}

// revision is what the tool found to be loaded or, failing that, what it was asked to load; and its field.
func (h harness) revision() (field, revision string) {
	if h.ModelSHA != "" {
		return "model_sha", h.ModelSHA
	}
	for _, c := range []struct {
		field  string
		config *harnessConfig
	}{{"config", h.Config}, {"config_general", h.ConfigGeneral}} {
		switch {
		case c.config == nil:
		case c.config.ModelSHA != "":
			return c.field + ".model_sha", c.config.ModelSHA
		case c.config.ModelRevision != "":
			return c.field + ".model_revision", c.config.ModelRevision
		}
	}
	return "config.model_sha", ""
}

// date takes the seconds since 1970 at which the evaluation began. The file has no other time of the day.
func (p *parser) date(seconds *float64) {
	switch {
	case seconds == nil:
	case !(*seconds > 0 && *seconds < 1<<38):
		p.report("date", problem.InvalidValue, "write the file anew", "found %v; expected seconds since 1970", *seconds)
	default:
		p.result.Finished = time.Unix(int64(*seconds), 0).UTC()
	}
}

// metric takes one entry of a task, such as "acc,none", with what the file says about it elsewhere.
func (p *parser) metric(file harness, task, key string) {
	field := "results." + task + "." + key
	name, filter, _ := strings.Cut(key, ",")
	if isDetail(name) {
		return
	}
	value, ok := p.number(field, file.Results[task][key])
	if !ok {
		return
	}
	m := Metric{Value: value, Version: file.version(task), Samples: file.Samples[task].Effective, HigherIsBetter: file.HigherIsBetter[task][name]}
	errorKey := name + "_stderr"
	if filter != "" {
		errorKey += "," + filter
	}
	if raw, said := file.Results[task][errorKey]; said && !isText(raw) { // "N/A" where it was not estimated
		m.Stderr = p.stderr("results."+task+"."+errorKey, raw)
	}
	full := task + "/" + name
	if filter != "" && filter != "none" {
		full += "," + filter
	}
	if _, twice := p.result.Metrics[full]; twice {
		p.report(field, problem.DuplicateKey, "keep one of them", "the metric %s is here a second time", short(full))
		return
	}
	p.add(field, full, m)
}

// isDetail tells what stands among the metrics of a task and is none.
func isDetail(name string) bool {
	switch strings.TrimSpace(name) {
	case "", "alias", "name", "sample_len", "sample_count":
		return true
	}
	return strings.HasSuffix(name, "_stderr")
}

func isText(raw json.RawMessage) bool { return len(raw) > 0 && (raw[0] == '"' || raw[0] == 'n') }

// version is that of a task and, where the file says it, the number of examples in the prompt: the same task
// with other examples is another measurement.
func (h harness) version(task string) string {
	text := plain(h.Versions[task])
	if shots := plain(h.Shots[task]); shots != "" {
		text = strings.TrimPrefix(text+", "+shots+"-shot", ", ")
	}
	return text
}

// plain is a version as text: 3 and 3.0 are the same.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number float64
	if json.Unmarshal(raw, &number) == nil && !math.IsInf(number, 0) {
		shortest, _ := json.Marshal(number)
		return string(shortest)
	}
	return ""
}
