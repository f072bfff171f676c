package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// unsupported is what the descriptor wants and the engine cannot do.
func (r *Renderer) unsupported(e *engine, v values) problem.List {
	var problems problem.List
	scheme, _ := v.field("model.scheme").(string)
	if !slices.Contains(e.Sources, scheme) {
		takes := func(e *engine) bool { return slices.Contains(e.Sources, scheme) }
		problems = append(problems, problem.Problem{
			Field: "spec.release.model.source", Rule: ruleUnsupported,
			Message: fmt.Sprintf("the %s runtime cannot load models from %s://", e.Metadata.Name, scheme),
			Mend:    "use " + strings.Join(e.Sources, "://, ") + "://" + r.enginesThat(takes, ", or engine "),
		})
	}
	return problems
}

// enginesThat names the engines that can do something, after some words, or is empty.
func (r *Renderer) enginesThat(can func(*engine) bool, words string) string {
	names := slices.DeleteFunc(sortedKeys(r.engines), func(name string) bool { return !can(r.engines[name]) })
	if len(names) == 0 {
		return ""
	}
	return words + strings.Join(names, " or ")
}

// unfit is which sizes cannot be together: shared memory is part of memory, also where one of them is a
// default that environments.Decode does not know.
func unfit(m *v1alpha1.ModelDeployment) problem.List {
	_, memory, shared := quantities(m)
	if memory.Cmp(shared) > 0 {
		return nil
	}
	return problem.List{{
		Field: "spec.resources.memory", Rule: ruleTooSmall, Mend: "raise memory or lower sharedMemory",
		Message: fmt.Sprintf("%s of memory cannot hold %s of shared memory, which is part of it", memory.String(), shared.String()),
	}}
}
