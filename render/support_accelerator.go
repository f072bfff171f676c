package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render/fit"
)

// parallelism: the degrees are those of the GPUs and of the model, and the engine knows them.
func (s *support) parallelism() {
	m, e := s.model, s.engine
	if m.Spec.Accelerator == nil {
		return
	}
	for _, degree := range []string{"tensor", "pipeline", "data"} {
		value := "parallelism." + degree
		if s.degreeField(degree) == fieldNodes && !e.refersTo("group") {
			continue // the engine knows no nodes, and settings says so
		}
		if said := s.values.field(value); said != nil && said != int64(1) && !e.refersTo(value) {
			can := func(e *engine) bool { return e.refersTo(value) }
			s.refuse(ruleUnsupported, s.degreeField(degree), "change it"+s.renderer.enginesThat(can, ", or use engine "), "the %s runtime does not know %s parallelism", e.Metadata.Name, degree)
		}
	}
	if e.Splits == splitsItself {
		if m.Spec.Parallelism != nil {
			s.refuse(ruleUnsupported, "spec.parallelism", "delete it", "the %s runtime decides by itself which GPU takes which part of a model", e.Metadata.Name)
		}
		return
	}
	s.mismatches()
}

// mismatches: what no engine starts with.
func (s *support) mismatches() {
	m := s.model
	model, setup := s.engine.fitModel(m.Spec.Release.Model), fitSetup(m, s.engine)
	var all []fit.Mismatch
	for _, product := range gpusOf(m.Spec.Accelerator) {
		all = append(all, fit.CheckProduct(model, setup, product)...)
	}
	gpus := int64(gpusPerReplica(m))
	if slices.ContainsFunc(all, func(mismatch fit.Mismatch) bool { return mismatch.Subject == "tensor" }) {
		gpus = 0 // more of these GPUs would not help
	}
	all = append(all, fit.CheckParallelism(model.Architecture, setup, gpus)...)
	if !ropeIsScaled(m) {
		all = append(all, fit.CheckContext(model.Architecture, setup)...)
	}
	for _, mismatch := range all {
		field, mend := s.mismatchField(mismatch.Subject), mismatch.Mend
		if mismatch.Subject == "tensor" && field == "spec.accelerator.count" {
			mend = strings.Replace(mend, "set tensor to", "set count to", 1)
		}
		if field == fieldNodes {
			mend = strings.Replace(mend, "set pipeline to", "set nodes to", 1)
		}
		s.refuse(ruleMismatch, field, mend, "%s", mismatch.Message)
	}
}

const fieldNodes = "spec.accelerator.nodes"

// degreeField is the field that a degree of parallelism comes from: that of the number of GPUs, or of nodes, when
// the descriptor leaves it open.
func (s *support) degreeField(degree string) string {
	field := "spec.parallelism." + degree
	if s.values.field(field) != nil || s.model.Spec.Parallelism != nil && degree == "gpus" {
		return field
	}
	if degree == "pipeline" && nodesPerReplica(s.model) > 1 && s.engine.Splits != splitsPipeline {
		return fieldNodes
	}
	return "spec.accelerator.count"
}

func (s *support) mismatchField(subject string) string {
	switch subject {
	case "contextLength":
		return "spec.release.runtime.contextLength"
	case "precision":
		return "spec.release.model.precision"
	case "gpus":
		return "spec.accelerator.count"
	}
	return s.degreeField(subject)
}

// ropeIsScaled says whether the arguments stretch the model's own context length.
func ropeIsScaled(m *v1alpha1.ModelDeployment) bool {
	return slices.ContainsFunc(m.Spec.Release.Runtime.Args, func(arg string) bool {
		arg = dashed(arg)
		return strings.Contains(arg, "rope") || strings.Contains(arg, "hf-overrides") || strings.Contains(arg, "yarn")
	})
}

// devices: what product and memory mean, is known of NVIDIA's driver alone.
func (s *support) devices() {
	a := s.model.Spec.Accelerator
	if a == nil || a.DRA == nil || strings.HasSuffix(deviceClass(a), ".nvidia.com") {
		return
	}
	for _, f := range []struct {
		name string
		said bool
	}{{"product", a.Product != ""}, {"products", len(a.Products) > 0}, {"memory", a.Memory != nil}, {"mig", a.MIG != ""}} {
		if f.said {
			s.refuse(ruleUnsupported, "spec.accelerator."+f.name, "delete it, and say it in spec.accelerator.dra.selectors", "what devices of %s have is not known", deviceClass(a))
		}
	}
}

// products: some node may have what is asked for. Of several products one is enough.
func (s *support) products() {
	a := s.model.Spec.Accelerator
	if a == nil {
		return
	}
	names := productsOf(a)
	possible := func(name string) bool { return never(a, name) == nil }
	if len(names) == 0 || slices.ContainsFunc(names, possible) {
		return
	}
	reason := never(a, names[0])
	s.refuse(ruleUnsupported, "spec.accelerator."+reason.field, reason.mend, "%s", reason.message)
}

// selectors: the API server compiles them when it creates the claim template, and environments.Decode only reads
// them.
func (s *support) selectors() {
	if a := s.model.Spec.Accelerator; a != nil && a.DRA != nil {
		for i, selector := range a.DRA.Selectors {
			if wrong := compileSelector(selector); wrong != "" {
				s.refuse(problem.InvalidValue, fmt.Sprintf("spec.accelerator.dra.selectors[%d]", i),
					`write it as in device.attributes["gpu.nvidia.com"].architecture == "Hopper"`, "this is no condition on a device: %s", wrong)
			}
		}
	}
}

// groups: a LeaderWorkerSet names a Service after itself, and the name of a Service begins with a letter.
func (s *support) groups() {
	if name := s.model.Name; s.values.field("group") != nil && name[0] >= '0' && name[0] <= '9' {
		s.refuse(ruleUnsupported, "metadata.name", "begin it with a letter, or take one node", "a model on several nodes cannot have the name %s", name)
	}
}
