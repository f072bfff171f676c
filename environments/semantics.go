package environments

import (
	"fmt"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// specCheck checks what a schema cannot say: fields that depend on each other, and values that are
// well-formed but mean nothing. Each check_*.go is about one part of the spec.
type specCheck struct {
	spec *v1alpha1.ModelDeploymentSpec
	// said is the object that the spec was read from, since the type cannot tell an empty value from none.
	said     map[string]any
	unit     *Unit
	problems problem.List
}

func checkSpec(spec *v1alpha1.ModelDeploymentSpec, said map[string]any, unit *Unit) problem.List {
	if spec == nil {
		return problem.List{{Field: "spec", Rule: problem.MissingField,
			Message: "the field is missing, expected a map with a release", Mend: "add spec.release with model and runtime"}}
	}
	c := &specCheck{spec: spec, said: said, unit: unit}
	c.model()
	c.runtime()
	c.accelerator()
	c.scaling()
	c.cache()
	c.surroundings()
	c.rollout()
	c.evaluations()
	c.quantities()
	return c.problems
}

// refuse adds a problem with two fields that do not go together, or with one that has no place.
func (c *specCheck) refuse(field, mend, format string, args ...any) {
	c.add(problem.NotAllowed, field, mend, format, args...)
}

// invalid adds a problem with a value.
func (c *specCheck) invalid(field, mend, format string, args ...any) {
	c.add(problem.InvalidValue, field, mend, format, args...)
}

// missing adds a problem with a field that another one needs.
func (c *specCheck) missing(field, mend, format string, args ...any) {
	c.add(problem.MissingField, field, mend, format, args...)
}

func (c *specCheck) add(rule, field, mend, format string, args ...any) {
	c.problems = append(c.problems, problem.Problem{Field: field, Rule: rule, Message: fmt.Sprintf(format, args...), Mend: mend})
}
