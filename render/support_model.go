package render

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render/fit"
)

// plainPrecisions are cast into each other by any server.
var plainPrecisions = []string{"fp32", "bf16", "fp16"}

// usualPrecision is what a method makes where the engine does not say.
var usualPrecision = map[string]string{"bitsandbytes": "int4", "fp8": "fp8", "mxfp4": "mxfp4"}

// makes is the precision that the weights are served in by the descriptor's quantization, if it says one and the
// checkpoint does not have one of its own already.
func (e *engine) makes(model v1alpha1.Model) string {
	facts, known := fit.Lookup(model.Source)
	if known && model.Prepare == nil && !slices.Contains(plainPrecisions, facts.Precision) {
		return ""
	}
	if precision := e.Quantizes[model.Quantization]; precision != "" {
		return precision
	}
	return usualPrecision[model.Quantization]
}

// toldQuantization is the method that a server is told. A checkpoint that is quantized says itself by which method,
// and would be at odds with fp8: many of those are compressed-tensors.
func toldQuantization(model v1alpha1.Model) string {
	facts, known := fit.Lookup(model.Source)
	isQuantized := model.Prepare != nil || known && !slices.Contains(plainPrecisions, facts.Precision)
	if model.Quantization == "fp8" && isQuantized {
		return ""
	}
	return model.Quantization
}

// precision: what is served is what the descriptor says, or the memory is reckoned with another model.
func (s *support) precision() {
	model, e := s.model.Spec.Release.Model, s.engine
	if p := model.Precision; p != "" && len(e.Precisions) > 0 && !slices.Contains(e.Precisions, p) {
		takes := func(e *engine) bool { return len(e.Precisions) == 0 && e.refersTo(fieldPrecision) }
		s.refuse(ruleUnsupported, fieldPrecision, "write "+either(e.Precisions)+s.renderer.enginesThat(takes, "; or use engine "),
			"the %s runtime cannot serve %s", e.Metadata.Name, p)
		return
	}
	facts, known := fit.Lookup(model.Source)
	if !known || model.Prepare != nil || s.ownServer() {
		return
	}
	if slices.Contains(plainPrecisions, facts.Precision) {
		s.quantized(facts)
	} else {
		s.quantizedAlready(facts)
	}
}

// ownServer reports whether the server is the user's own: it may do what it likes with the weights.
func (s *support) ownServer() bool { return slices.Contains(s.engine.Accepts, "command") }

const (
	fieldPrecision    = "spec.release.model.precision"
	fieldQuantization = "spec.release.model.quantization"
	mendPrepared      = "; or name a checkpoint that was quantized so, or add spec.release.model.prepare, which quantizes it"
)

// quantized: a checkpoint in 16 bit becomes smaller only when the server is told how.
func (s *support) quantized(facts fit.ModelFacts) {
	model, e := s.model.Spec.Release.Model, s.engine
	made, p := e.Quantizes[model.Quantization], model.Precision
	isPlain := p == "" || slices.Contains(plainPrecisions, p)
	switch {
	case model.Quantization != "" && made == "":
		s.refuse(ruleMismatch, fieldQuantization, "delete it"+mendPrepared,
			"%s is in %s, and the %s runtime cannot quantize it by %s", facts.Name, facts.Precision, e.Metadata.Name, model.Quantization)
	case made != "" && p != "" && p != made:
		s.refuse(ruleMismatch, fieldPrecision, "write precision: "+made, "the %s runtime makes %s by %s, and not %s", e.Metadata.Name, made, model.Quantization, p)
	case made == "" && !isPlain:
		mend := "write precision: " + facts.Precision
		for _, method := range sortedKeys(e.Quantizes) {
			if e.Quantizes[method] == p {
				mend += "; or quantization: " + method + ", by which the server quantizes it while it loads it"
			}
		}
		s.refuse(ruleMismatch, fieldPrecision, mend+mendPrepared, "%s is in %s, and nothing makes %s of it: it would be served as it is", facts.Name, facts.Precision, p)
	}
}

// quantizedAlready: no server makes another format of one below 16 bit.
func (s *support) quantizedAlready(facts fit.ModelFacts) {
	model := s.model.Spec.Release.Model
	if p := model.Precision; p != "" && p != facts.Precision {
		s.refuse(ruleMismatch, fieldPrecision, "write precision: "+facts.Precision+", or leave it out; or name another checkpoint, or add spec.release.model.prepare, which converts it",
			"%s is in %s, and no server makes %s of it", facts.Name, facts.Precision, p)
		return
	}
	if made := s.engine.Quantizes[model.Quantization]; made != "" && made != facts.Precision || model.Quantization == "bitsandbytes" {
		s.refuse(ruleMismatch, fieldQuantization, "delete it; the checkpoint says how it was quantized", "%s is in %s already", facts.Name, facts.Precision)
	}
}

// source: a server that does not download by itself needs the model in its pod.
func (s *support) source() {
	model, e := s.model.Spec.Release.Model, s.engine
	const field = "spec.release.model.source"
	local, scheme := modelDirectory(s.model.Spec.Release) != "", scheme(model)
	switch {
	case local && !s.namesFile():
		s.refuse(problem.MissingField, "spec.release.model.file", "name the file, as in file: model.Q4_K_M.gguf", "the %s runtime loads one file%s, and the descriptor does not say which", e.Metadata.Name, s.ofFormat())
	case local:
	case !slices.Contains(e.Sources, scheme):
		takes := func(e *engine) bool { return slices.Contains(e.Sources, scheme) }
		s.refuse(ruleUnsupported, field, "add spec.release.model.prepare, which fetches it; or serve it from oci:// or pvc://"+s.renderer.enginesThat(takes, "; or use engine "),
			"the %s runtime cannot load models from %s:// by itself", e.Metadata.Name, scheme)
	case model.File != "" && !e.refersTo("spec.release.model.file"):
		s.refuse(problem.NotAllowed, "spec.release.model.file", "delete it, or add spec.release.model.prepare", "the %s runtime downloads the model by itself, and chooses the files", e.Metadata.Name)
	case !e.LoadsFile && !s.namesFile():
		s.refuse(ruleUnsupported, field, "add spec.release.model.prepare, which fetches it, and name it in spec.release.model.file",
			"the %s runtime loads one file%s, and cannot choose it from a repository", e.Metadata.Name, s.ofFormat())
	}
}

// namesFile reports whether the server is told a file where it needs one: some always do, and all do for GGUF.
func (s *support) namesFile() bool {
	model, extension := s.model.Spec.Release.Model, path.Ext(text(s.values.field("model.location")))
	switch {
	case s.ownServer() || model.File != "":
		return true
	case model.Format == "gguf":
		return strings.EqualFold(extension, ".gguf")
	}
	return !s.engine.LoadsFile || extension != ""
}

// ofFormat says which format it is whose models are one file, if not all of the engine's are.
func (s *support) ofFormat() string {
	if s.engine.LoadsFile {
		return ""
	}
	return " of " + s.model.Spec.Release.Model.Format
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
