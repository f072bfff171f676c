package environments

import (
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// DecodeException reads one document of a file as a PolicyException, strictly. Whether there is such a policy, package
// policies says. The exception is nil when there are problems.
func DecodeException(file *document.File, d *document.Document) (*v1alpha1.PolicyException, problem.List) {
	e, problems := decodeStrictly[v1alpha1.PolicyException](file, d, v1alpha1.PolicyExceptionKind, "gpu-quota-for-launch", exceptionSchema(), checkWritten)
	for i, p := range problems {
		if p.Field != "spec.expires" {
			continue
		}
		problems[i].Mend = "say when, as in expires: 2026-12-31T00:00:00Z"
		if p.Rule == problem.MissingField {
			problems[i].Message = "an exception has to end"
		}
	}
	return e, problems
}
