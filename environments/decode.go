package environments

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Decode turns the ModelDeployment that kustomize has built for a unit into its type, strictly: whatever
// the API server would refuse is a problem here, and so is what it would take but could never serve. The
// descriptor is nil when there are problems. The object is not changed.
//
// Files are the YAML files that the build read, the weakest (the base's) first and the strongest (the
// unit's own patches) last. A problem points at the strongest one that said the field, or, when none did,
// at the nearest field around it.
func Decode(unit *Unit, object map[string]any, files []*document.File) (*v1alpha1.ModelDeployment, problem.List) {
	trace := newTracer(v1alpha1.ModelDeploymentKind, unit.Dir, files)
	original, _ := normalize(object).(map[string]any)
	problems := checkIdentity(original, v1alpha1.ModelDeploymentKind)
	if len(problems) > 0 { // anything more would be about another kind
		return nil, trace.place(problems, original)
	}
	problems = append(problems, checkMetadata(original, unit.Name, unit.Environment)...)
	problems = append(problems, checkStatus(original)...)

	strict, _ := runtime.DeepCopyJSONValue(original).(map[string]any)
	delete(strict, "status") // reported above, once
	faults := modelDeploymentSchema().check(strict)
	problems = append(problems, faults...)

	var md v1alpha1.ModelDeployment
	if typed(faults) && !hasRule(problems, problem.WrongType) {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(strict, &md); err != nil {
			problems = append(problems, problem.Problem{Field: "spec", Rule: problem.InvalidValue, Message: err.Error()})
		} else {
			problems = append(problems, checkSpec(md.Spec, strict)...)
		}
	}
	if len(problems) > 0 {
		return nil, trace.place(problems, original)
	}
	return &md, nil
}

// typed tells whether the schema's objections leave an object that fits the Go types.
func typed(faults problem.List) bool {
	for _, fault := range faults {
		switch fault.Rule {
		case problem.UnknownField, problem.MissingField, problem.DuplicateValue:
		default:
			return false
		}
	}
	return true
}

func hasRule(problems problem.List, rule string) bool {
	for _, p := range problems {
		if p.Rule == rule {
			return true
		}
	}
	return false
}

// checkIdentity refuses objects of another kind.
func checkIdentity(object map[string]any, kind string) problem.List {
	var problems problem.List
	expect := func(field, want string) {
		if said, ok := object[field]; !ok {
			problems = append(problems, problem.Problem{
				Field: field, Rule: problem.MissingField,
				Message: "the field is missing, expected " + want, Mend: "add " + field + ": " + want,
			})
		} else if said != want {
			problems = append(problems, problem.Problem{
				Field: field, Rule: problem.WrongKind,
				Message: "expected " + want + ", found " + found([]string{field}, said), Mend: "write " + field + ": " + want,
			})
		}
	}
	expect("apiVersion", v1alpha1.GroupVersion.String())
	expect("kind", kind)
	return problems
}

// checkStatus refuses a status, which only the agent writes, and in the cluster alone.
func checkStatus(object map[string]any) problem.List {
	if _, ok := object["status"]; !ok {
		return nil
	}
	return problem.List{{
		Field: "status", Rule: problem.NotAllowed,
		Message: "the status belongs to the agent, which writes it in the cluster", Mend: "delete status",
	}}
}
