package render

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// support checks what a descriptor wants against what its engine can do.
type support struct {
	renderer *Renderer
	model    *v1alpha1.ModelDeployment
	engine   *engine
	values   values
	problems problem.List
}

// unsupported is what the descriptor wants and the engine cannot do.
func (r *Renderer) unsupported(m *v1alpha1.ModelDeployment, e *engine, v values) problem.List {
	s := &support{renderer: r, model: m, engine: e, values: v}
	s.source()
	s.format()
	s.adapters()
	s.owned()
	s.settings()
	s.parallelism()
	s.devices()
	s.groups()
	s.scaling()
	s.memory()
	return s.problems
}

func (s *support) refuse(rule, field, mend, format string, args ...any) {
	s.problems = append(s.problems, problem.Problem{Field: field, Rule: rule, Message: fmt.Sprintf(format, args...), Mend: mend})
}

// noEngine answers an engine that there is no runtime for.
func (r *Renderer) noEngine(name string) problem.Problem {
	names := sortedKeys(r.engines)
	mend := "use one of " + strings.Join(names, ", ")
	if near := spelling.Nearest(name, names); near != "" {
		mend = "did you mean " + near + "?"
	}
	return problem.Problem{Field: "spec.release.runtime.engine", Rule: ruleUnsupported, Message: fmt.Sprintf("there is no runtime for %q", shorten(name)), Mend: mend}
}

// source: a server that does not download by itself needs the model in its pod.
func (s *support) source() {
	model, e := s.model.Spec.Release.Model, s.engine
	const field = "spec.release.model.source"
	local, scheme := modelDirectory(s.model.Spec.Release) != "", scheme(model)
	switch {
	case local && e.LoadsFile && path.Ext(text(s.values.field("model.location"))) == "":
		s.refuse(problem.MissingField, "spec.release.model.file", "name the file, as in file: model.Q4_K_M.gguf", "the %s runtime loads one file, and the descriptor does not say which", e.Metadata.Name)
	case local:
	case !slices.Contains(e.Sources, scheme):
		takes := func(e *engine) bool { return slices.Contains(e.Sources, scheme) }
		s.refuse(ruleUnsupported, field, "add spec.release.model.prepare, which fetches it; or serve it from oci:// or pvc://"+s.renderer.enginesThat(takes, "; or use engine "),
			"the %s runtime cannot load models from %s:// by itself", e.Metadata.Name, scheme)
	case model.File != "" && !e.refersTo("spec.release.model.file"):
		s.refuse(problem.NotAllowed, "spec.release.model.file", "delete it, or add spec.release.model.prepare", "the %s runtime downloads the model by itself, and chooses the files", e.Metadata.Name)
	}
}

// format: the weights are in one that the server can read.
func (s *support) format() {
	format, e := s.model.Spec.Release.Model.Format, s.engine
	if format == "" || slices.Contains(e.Formats, format) {
		return
	}
	takes := func(e *engine) bool { return slices.Contains(e.Formats, format) }
	s.refuse(ruleUnsupported, "spec.release.model.format", "convert it to "+either(e.Formats)+" in spec.release.model.prepare, and say so"+s.renderer.enginesThat(takes, "; or use engine "),
		"the %s runtime cannot load %s", e.Metadata.Name, format)
}

// enginesThat names the engines that can do something, after some words, or is empty.
func (r *Renderer) enginesThat(can func(*engine) bool, words string) string {
	names := slices.DeleteFunc(sortedKeys(r.engines), func(name string) bool { return !can(r.engines[name]) })
	if len(names) == 0 {
		return ""
	}
	return words + either(names)
}

// either lists names as a choice.
func either(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// adapters: beside a model that is in the pod already nobody downloads them.
func (s *support) adapters() {
	release := s.model.Spec.Release
	if modelDirectory(release) == "" || release.Model.Prepare != nil {
		return
	}
	for i, a := range release.Runtime.Adapters {
		if !strings.HasPrefix(a.Source, "model://") {
			s.refuse(ruleUnsupported, fmt.Sprintf("spec.release.runtime.adapters[%d].source", i),
				"add spec.release.model.prepare, which fetches it; or put it beside the model, and write model:// and its path there",
				"the model is in the pod before the server starts, and the server downloads nothing")
		}
	}
}

// owned: what an engine brings itself, the descriptor cannot change.
func (s *support) owned() {
	server := s.model.Spec.Release.Runtime
	for _, f := range []struct {
		name string
		said bool
	}{{"command", len(server.Command) > 0}, {"port", server.Port != nil}, {"healthPath", server.HealthPath != ""}} {
		if f.said && !slices.Contains(s.engine.Accepts, f.name) {
			accepts := func(e *engine) bool { return slices.Contains(e.Accepts, f.name) }
			s.refuse(problem.NotAllowed, "spec.release.runtime."+f.name, "delete it"+s.renderer.enginesThat(accepts, ", or use engine "),
				"engine %s brings its own %s", s.engine.Metadata.Name, f.name)
		}
	}
}

// settings: one that no argument and no variable of the engine takes would be ignored silently.
func (s *support) settings() {
	for _, setting := range []struct{ field, value string }{
		{"spec.release.runtime.contextLength", "spec.release.runtime.contextLength"},
		{"spec.release.runtime.kvCachePrecision", "spec.release.runtime.kvCachePrecision"},
		{"spec.release.runtime.gpuMemoryPercent", "memoryFraction"},
		{"spec.release.runtime.adapters", "adapters"},
		{"spec.release.runtime.maxAdapterRank", "spec.release.runtime.maxAdapterRank"},
		{"spec.accelerator.nodes", "group"},
	} {
		said := s.values.field(setting.field) != nil
		if setting.value == "group" {
			said = s.values.field("group") != nil
		}
		if said && !s.engine.refersTo(setting.value) {
			can := func(e *engine) bool { return e.refersTo(setting.value) }
			s.refuse(ruleUnsupported, setting.field, "delete it"+s.renderer.enginesThat(can, ", or use engine "),
				"the %s runtime has no setting for it", s.engine.Metadata.Name)
		}
	}
}

// scaling: a HorizontalPodAutoscaler needs a metric.
func (s *support) scaling() {
	told := s.model.Spec.Scaling
	if told == nil || told.Max == nil || told.Prometheus != nil || len(told.Schedules) > 0 {
		return
	}
	if _, ok := podMetric(told, s.engine); !ok {
		s.refuse(problem.MissingField, "spec.scaling.metric", "name a metric of the pods, or add prometheus", "nothing is known that the %s runtime could be scaled by", s.engine.Metadata.Name)
	}
}

// memory: shared memory is part of memory, also where one of them is a default that environments.Decode does
// not know.
func (s *support) memory() {
	_, memory, shared := quantities(s.model)
	if memory.Cmp(shared) <= 0 {
		s.refuse(ruleTooSmall, "spec.resources.memory", "raise memory or lower sharedMemory",
			"%s of memory cannot hold %s of shared memory, which is part of it", memory.String(), shared.String())
	}
}
