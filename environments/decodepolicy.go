package environments

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// DecodePolicy reads one document of a file as a Policy, strictly. Whether its expressions mean something, package
// policies says. The policy is nil when there are problems.
func DecodePolicy(file *document.File, d *document.Document) (*v1alpha1.Policy, problem.List) {
	return decodeStrictly[v1alpha1.Policy](file, d, v1alpha1.PolicyKind, "image-by-digest", policySchema())
}

// decodeStrictly reads one document of a file as a kind that lives in Git alone; checks are of what the schema cannot say.
// The problems have file and line.
func decodeStrictly[T any](file *document.File, d *document.Document, kind, example string, schema *kindSchema, checks ...func(map[string]any) problem.List) (*T, problem.List) {
	placed := func(problems problem.List) problem.List {
		for i := range problems {
			problems[i].File = file.Name
			problems[i].Line, _ = d.Nearest(problems[i].Field)
		}
		return problems.Sorted()
	}
	written := d.Object()
	if written == nil {
		return nil, placed(problem.List{{Rule: problem.WrongKind, Message: fmt.Sprintf("expected a %s, found something else", kind), Mend: "write an object with kind: " + kind}})
	}
	original, _ := normalize(written).(map[string]any)
	if problems := checkIdentity(original, kind); len(problems) > 0 {
		return nil, placed(problems)
	}
	strict, problems := schema.check(original)
	problems = append(problems, checkLabel(original, example)...)
	for _, check := range checks {
		problems = append(problems, check(strict)...)
	}
	made := new(T)
	if len(problems) == 0 {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(strict, made); err != nil {
			problems = append(problems, problem.Problem{Field: "spec", Rule: problem.InvalidValue, Message: err.Error()})
		}
	}
	if len(problems) > 0 {
		return nil, placed(tidy(problems))
	}
	return made, nil
}

// checkLabel asks for a name by which other files and reports can refer to the object.
func checkLabel(object map[string]any, example string) problem.List {
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	if len(validation.IsDNS1123Label(name)) == 0 {
		return nil
	}
	return problem.List{{Field: "metadata.name", Rule: problem.WrongName, Message: fmt.Sprintf("expected a DNS label, found %s", found([]string{"metadata", "name"}, meta["name"])),
		Mend: "use lower-case letters, digits and dashes, as in name: " + example}}
}
