package render

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
)

// claim names an object in the cluster. Its version does not matter: all versions are the same object.
type claim struct {
	schema.GroupKind
	namespace, name string
}

func claimOf(object *unstructured.Unstructured) claim {
	return claim{object.GroupVersionKind().GroupKind(), object.GetNamespace(), object.GetName()}
}

// String is the claim for people, as in Service ml-prod/llama-3-8b.
func (c claim) String() string { return fmt.Sprintf("%s %s/%s", c.Kind, c.namespace, c.name) }

// CheckClaims finds objects that several units bring, and refuses each of those units: whichever was
// applied last would win, and pruning one would delete the other's. The result is by unit ID and holds
// only units with problems. All units of one cluster belong in one call.
func CheckClaims(all []*Objects) map[string]problem.List {
	claimants := map[claim][]string{}
	for _, o := range all {
		for _, object := range o.Items {
			claimants[claimOf(object)] = append(claimants[claimOf(object)], o.Unit.ID())
		}
	}
	problems := map[string]problem.List{}
	for _, o := range all {
		for _, object := range o.Items {
			others := slices.DeleteFunc(slices.Clone(claimants[claimOf(object)]), func(id string) bool { return id == o.Unit.ID() })
			if len(others) > 0 {
				slices.Sort(others)
				problems[o.Unit.ID()] = append(problems[o.Unit.ID()], problem.Problem{
					File: o.Unit.Dir, Rule: ruleClaimed, Message: fmt.Sprintf("%s is brought by %s too", claimOf(object), strings.Join(others, ", ")),
					Mend: "rename it in one of them, or move it to one of them",
				})
			}
		}
	}
	return problems
}

// ownClashes finds extras that have the name of an object that the runtime brings.
func ownClashes(unit *environments.Unit, w *written, workloads []*unstructured.Unstructured) problem.List {
	var problems problem.List
	for _, object := range w.extras {
		same := func(o *unstructured.Unstructured) bool { return claimOf(o) == claimOf(object) }
		if slices.ContainsFunc(workloads, same) {
			problems = append(problems, w.blameAll(unit, object, problem.List{{
				Field: "metadata.name", Rule: ruleClaimed, Mend: "rename it, or remove it",
				Message: fmt.Sprintf("the runtime brings %s itself", claimOf(object)),
			}})...)
		}
	}
	return problems
}
