package environments

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// specCheck checks what a schema cannot say: fields that depend on each other, and values that are
// well-formed but mean nothing. Each check_*.go is about one part of the spec.
type specCheck struct {
	spec *v1alpha1.ModelDeploymentSpec
	// said is the object that the spec was read from, since the type cannot tell an empty value from none.
	said     map[string]any
	env      *Environment
	problems problem.List
}

func checkSpec(spec *v1alpha1.ModelDeploymentSpec, said map[string]any, env *Environment) problem.List {
	if spec == nil {
		return problem.List{{Field: "spec", Rule: problem.MissingField,
			Message: "the field is missing, expected a map with a release", Mend: "add spec.release with model and runtime"}}
	}
	c := &specCheck{spec: spec, said: said, env: env}
	c.model()
	c.runtime()
	c.accelerator()
	c.scaling()
	c.cache()
	c.surroundings()
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

// quantities refuses quantities that are well-formed but cannot be meant.
func (c *specCheck) quantities() {
	c.atLeast("spec.release.model.size", c.spec.Release.Model.Size, leastMemory, "15Gi")
	if r := c.spec.Resources; r != nil {
		c.atLeast("spec.resources.cpu", r.CPU, leastCPU, "4 or 500m")
		c.atLeast("spec.resources.memory", r.Memory, leastMemory, "24Gi")
		c.atLeast("spec.resources.sharedMemory", r.SharedMemory, leastMemory, "2Gi")
		if r.Memory != nil && r.SharedMemory != nil && r.SharedMemory.Cmp(*r.Memory) >= 0 {
			c.invalid("spec.resources.sharedMemory", "raise memory, or lower sharedMemory",
				"expected less than memory, %s, which includes it, found %s", cut(r.Memory.String()), cut(r.SharedMemory.String()))
		}
	}
	if cache := c.spec.Cache; cache != nil {
		c.atLeast("spec.cache.size", cache.Size, leastMemory, "50Gi")
		if cache.Claim != nil {
			c.atLeast("spec.cache.claim.size", &cache.Claim.Size, leastMemory, "200Gi")
		}
	}
	if a := c.spec.Accelerator; a != nil {
		c.atLeast("spec.accelerator.memory", a.Memory, leastGPUMemory, "40Gi")
	}
	if s := c.spec.Scaling; s != nil {
		if s.Metric != nil {
			c.atLeast("spec.scaling.metric.target", &s.Metric.Target, leastTarget, "5 or 500m")
		}
		if s.Prometheus != nil {
			c.atLeast("spec.scaling.prometheus.threshold", &s.Prometheus.Threshold, leastTarget, "5 or 500m")
		}
	}
}

func (c *specCheck) atLeast(field string, q *resource.Quantity, least resource.Quantity, example string) {
	if q != nil && q.Cmp(least) < 0 {
		c.invalid(field, "write a number and a unit, as in "+example, "expected at least %s, found %s", least.String(), cut(q.String()))
	}
}

// Below these a unit was forgotten: 15 is fifteen bytes, and 15m a fraction of one.
var (
	leastMemory    = resource.MustParse("1Mi")
	leastGPUMemory = resource.MustParse("1Gi")
	leastCPU       = resource.MustParse("1m")
	leastTarget    = resource.MustParse("1m")
)
