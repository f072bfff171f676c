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
	placed := func(problems problem.List) problem.List {
		for i := range problems {
			problems[i].File = file.Name
			problems[i].Line, _ = d.Nearest(problems[i].Field)
		}
		return problems.Sorted()
	}
	original, _ := normalize(d.Object()).(map[string]any)
	if original == nil {
		return nil, placed(problem.List{{Rule: problem.WrongKind, Message: "expected a Policy, found something else", Mend: "write an object with kind: Policy"}})
	}
	if problems := checkIdentity(original, v1alpha1.PolicyKind); len(problems) > 0 {
		return nil, placed(problems)
	}
	strict, problems := policySchema().check(original)
	problems = append(problems, checkPolicyName(original)...)
	var policy v1alpha1.Policy
	if len(problems) == 0 {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(strict, &policy); err != nil {
			problems = append(problems, problem.Problem{Field: "spec", Rule: problem.InvalidValue, Message: err.Error()})
		}
	}
	if len(problems) > 0 {
		return nil, placed(tidy(problems))
	}
	return &policy, nil
}

// checkPolicyName asks for a name by which environments and exceptions can refer to the policy.
func checkPolicyName(object map[string]any) problem.List {
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	if len(validation.IsDNS1123Label(name)) == 0 {
		return nil
	}
	return problem.List{{Field: "metadata.name", Rule: problem.WrongName, Message: fmt.Sprintf("expected a DNS label, found %s", found([]string{"metadata", "name"}, meta["name"])),
		Mend: "use lower-case letters, digits and dashes, as in name: image-by-digest"}}
}
