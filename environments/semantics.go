package environments

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// EngineCustom is the engine that brings its own container: it alone takes command, port and healthPath.
const EngineCustom = "custom"

// checkSpec checks what a schema cannot say: fields that depend on each other, and quantities that are
// well-formed but mean nothing. Said is the object that the spec was read from, since the type cannot
// tell an empty value from none.
func checkSpec(spec *v1alpha1.ModelDeploymentSpec, said map[string]any) problem.List {
	if spec == nil {
		return problem.List{{Field: "spec", Rule: problem.MissingField,
			Message: "the field is missing, expected a map with a release", Mend: "add spec.release with model and runtime"}}
	}
	problems := checkEngine(spec.Release.Runtime)
	problems = append(problems, checkEnv(spec.Release.Runtime.Env, said)...)
	problems = append(problems, checkSource(spec.Release.Model.Source)...)
	problems = append(problems, checkCache(spec.Cache)...)
	return append(problems, checkQuantities(spec)...)
}

// checkEngine refuses fields of another engine.
func checkEngine(r v1alpha1.Runtime) problem.List {
	if r.Engine == EngineCustom {
		return nil
	}
	var problems problem.List
	refuse := func(field string, said bool) {
		if said {
			problems = append(problems, problem.Problem{
				Field: "spec.release.runtime." + field, Rule: problem.NotAllowed,
				Message: fmt.Sprintf("engine %s brings its own %s; only engine custom takes one", r.Engine, field),
				Mend:    "delete it, or set engine: custom",
			})
		}
	}
	refuse("command", len(r.Command) > 0)
	refuse("port", r.Port != nil)
	refuse("healthPath", r.HealthPath != "")
	return problems
}

// checkEnv asks for exactly one of value and secretKeyRef.
func checkEnv(env []v1alpha1.EnvVar, said map[string]any) problem.List {
	var problems problem.List
	for i, variable := range env {
		path := fmt.Sprintf("spec.release.runtime.env[%d]", i)
		_, literal := valueAt(said, document.Steps(path+".value"))
		switch {
		case literal && variable.SecretKeyRef != nil:
			problems = append(problems, problem.Problem{Field: path, Rule: problem.NotAllowed,
				Message: fmt.Sprintf("%s has both value and secretKeyRef; expected one of them", cut(variable.Name)), Mend: "delete one"})
		case !literal && variable.SecretKeyRef == nil:
			problems = append(problems, problem.Problem{Field: path, Rule: problem.MissingField,
				Message: fmt.Sprintf("%s has neither value nor secretKeyRef; expected one of them", cut(variable.Name)),
				Mend:    "add value (\"\" for an empty one) or secretKeyRef"})
		}
	}
	return problems
}

// checkSource refuses a password in the URL: the source is shown in status, logs and records.
func checkSource(source string) problem.List {
	_, rest, _ := strings.Cut(source, "://")
	authority, _, _ := strings.Cut(rest, "/")
	if !strings.Contains(authority, "@") {
		return nil
	}
	return problem.List{{Field: "spec.release.model.source", Rule: problem.NotAllowed,
		Message: "the URL has a user name or password before its @, and would be shown wherever the source is",
		Mend:    "remove it, and name a Secret in spec.credentials.modelToken"}}
}

func checkCache(cache *v1alpha1.Cache) problem.List {
	if cache == nil || cache.Size == nil || cache.ClaimName == "" {
		return nil
	}
	return problem.List{{Field: "spec.cache.size", Rule: problem.NotAllowed,
		Message: "size bounds an ephemeral cache and means nothing beside claimName", Mend: "delete size, or set size: null in the patch"}}
}

// checkQuantities refuses quantities that are well-formed but cannot be meant.
func checkQuantities(spec *v1alpha1.ModelDeploymentSpec) problem.List {
	var problems problem.List
	check := func(field string, q *resource.Quantity, least resource.Quantity, example string) {
		if q != nil && q.Cmp(least) < 0 {
			problems = append(problems, problem.Problem{
				Field: field, Rule: problem.InvalidValue, Mend: "write a number and a unit, as in " + example,
				Message: fmt.Sprintf("expected at least %s, found %s", least.String(), cut(q.String())),
			})
		}
	}
	check("spec.release.model.size", spec.Release.Model.Size, leastMemory, "15Gi")
	if r := spec.Resources; r != nil {
		check("spec.resources.cpu", r.CPU, leastCPU, "4 or 500m")
		check("spec.resources.memory", r.Memory, leastMemory, "24Gi")
		check("spec.resources.sharedMemory", r.SharedMemory, leastMemory, "2Gi")
		if r.Memory != nil && r.SharedMemory != nil && r.SharedMemory.Cmp(*r.Memory) >= 0 {
			problems = append(problems, problem.Problem{
				Field: "spec.resources.sharedMemory", Rule: problem.InvalidValue,
				Message: fmt.Sprintf("expected less than memory, %s, which includes it, found %s", cut(r.Memory.String()), cut(r.SharedMemory.String())),
				Mend:    "raise memory, or lower sharedMemory",
			})
		}
	}
	if spec.Cache != nil {
		check("spec.cache.size", spec.Cache.Size, leastMemory, "50Gi")
	}
	return problems
}

// Below these a unit was forgotten: 15 is fifteen bytes, and 15m a fraction of one.
var (
	leastMemory = resource.MustParse("1Mi")
	leastCPU    = resource.MustParse("1m")
)
