package environments

import (
	"maps"
	"slices"
	"strings"

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
	original, _ := normalize(object).(map[string]any)
	kind, _ := original["kind"].(string)
	trace := newTracer(kind, unit.Dir, files)
	if problems := checkIdentity(original, v1alpha1.ModelDeploymentKind); len(problems) > 0 {
		return nil, trace.place(problems, original) // anything more would be about another kind
	}
	problems := append(checkMetadata(original, unit.Name, unit.Environment), checkStatus(original)...)
	strict, faults := modelDeploymentSchema().check(original)
	problems = append(problems, faults...)

	md, err := typed(strict, problems)
	if err != nil && len(problems) == 0 {
		problems = problem.List{{Field: "spec", Rule: problem.InvalidValue, Message: err.Error(), Mend: "compare the file with the documentation of its kind"}}
	}
	if md != nil {
		problems = append(problems, beyond(problems, checkSpec(md.Spec, strict, unit))...)
	}
	if len(problems) > 0 {
		return nil, trace.place(tidy(problems), original)
	}
	return md, nil
}

// typed reads what is left of an object with problems, so that all of them can be reported at once. It
// fails when the problems are such that nothing can be read.
func typed(strict map[string]any, problems problem.List) (*v1alpha1.ModelDeployment, error) {
	readable := maps.Clone(strict)
	delete(readable, "status")
	for _, p := range problems {
		if strings.HasPrefix(p.Field, "metadata") {
			delete(readable, "metadata")
		}
	}
	md := &v1alpha1.ModelDeployment{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(readable, md); err != nil {
		return nil, err
	}
	return md, nil
}

// beyond are the problems with fields that the schema has nothing against. Of the others nobody knows what
// was meant, and whatever more is said of them is about a value that is not there.
func beyond(faults, problems problem.List) problem.List {
	faulty := map[string]bool{}
	for _, p := range faults {
		faulty[asPath(document.Steps(p.Field))] = true
	}
	return slices.DeleteFunc(problems, func(p problem.Problem) bool { return faulty[asPath(document.Steps(p.Field))] })
}

// tidy leaves out problems that follow from others: whatever is said of what stands below a value of the
// wrong type, or beside a field whose name was mistyped, and what was said already.
func tidy(problems problem.List) problem.List {
	about := map[string]bool{} // rule and field
	for _, p := range problems {
		steps := document.Steps(p.Field)
		if p.Rule == problem.UnknownField {
			about["mistyped below "+asPath(steps[:len(steps)-1])] = true
		} else if p.Rule == problem.WrongType {
			about["wrong type "+asPath(steps)] = true
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(problems, func(p problem.Problem) bool {
		steps := document.Steps(p.Field)
		for i := 1; i <= len(steps); i++ {
			if about["wrong type "+asPath(steps[:i])] && (i < len(steps) || p.Rule != problem.WrongType) {
				return true
			}
		}
		key := p.Rule + " " + asPath(steps)
		again := seen[key]
		seen[key] = true
		beside := asPath(steps[:max(len(steps)-1, 0)])
		return again || p.Rule == problem.MissingField && (about["mistyped below "+asPath(steps)] || about["mistyped below "+beside])
	})
}

func asPath(steps []string) string { return strings.Join(steps, "\x00") }

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
