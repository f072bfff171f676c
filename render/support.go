package render

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

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
	s.precision()
	s.adapters()
	s.owned()
	s.settings()
	s.release()
	s.parallelism()
	s.devices()
	s.products()
	s.selectors()
	s.groups()
	s.scaling()
	s.memory()
	s.cache()
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

// tagged is a tag that says a release, such as v0.18.0 or 0.18.0-cu130.
var tagged = regexp.MustCompile(`^v?([0-9]+\.[0-9]+\.[0-9]+)(-.*)?$`)

// release: what the descriptor wants, the engine in the image can. A digest alone, or a tag such as latest, says
// nothing of it, and an image of another name may be tagged as its owner likes.
func (s *support) release() {
	image, _, _ := strings.Cut(s.model.Spec.Release.Runtime.Image, "@")
	name, tag, _ := strings.Cut(path.Base(image), ":")
	release := tagged.FindStringSubmatch(tag)
	if name != s.engine.Image || release == nil {
		return
	}
	for _, field := range sortedKeys(s.engine.Requires) {
		needed := s.engine.Requires[field]
		if s.values.field(field) != nil && version.MustParseGeneric(release[1]).LessThan(version.MustParseGeneric(needed)) {
			s.refuse(ruleUnsupported, "spec.release.runtime.image", "take "+needed+" or newer; or delete "+behind[field],
				"%s of release %s cannot do what %s asks for", name, release[1], behind[field])
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

// cache: what is downloaded fits into it, also where the catalogue alone knows how large it is. A pod that fills its
// volume is evicted, and its successor too.
func (s *support) cache() {
	model, cache := s.model.Spec.Release.Model, s.model.Spec.Cache
	fetched := model.Prepare != nil || scheme(model) == "hf" || scheme(model) == "https"
	if cache == nil || model.Size != nil || !fetched {
		return // environments.Decode compares it with a size that is written
	}
	field, size := "spec.cache.size", cache.Size
	if cache.Claim != nil {
		field, size = "spec.cache.claim.size", &cache.Claim.Size
	}
	if least := weightBytes(model); size != nil && size.Value() < least {
		s.refuse(ruleTooSmall, field, "raise it: a download and what it becomes may be there at once; or write spec.release.model.size if the model is smaller",
			"%s cannot hold the model, some %.1f GiB", size.String(), float64(least)/(1<<30))
	}
}
