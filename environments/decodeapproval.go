package environments

import (
	"time"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// DecodeApproval reads one document of a file as an Approval, strictly. Whether its signature is valid, package approval
// says. It is nil when there are problems.
func DecodeApproval(file *document.File, d *document.Document) (*v1alpha1.Approval, problem.List) {
	return decodeStrictly[v1alpha1.Approval](file, d, v1alpha1.ApprovalKind, "grace", approvalSchema(), checkWritten, checkSignedTime)
}

// checkSignedTime asks for the one way of writing a time that is in the text which was signed.
func checkSignedTime(object map[string]any) problem.List {
	spec, _ := object["spec"].(map[string]any)
	said, ok := spec["expires"].(string)
	if t, err := time.Parse(time.RFC3339, said); !ok || err == nil && t.UTC().Format(time.RFC3339) == said {
		return nil
	}
	return problem.List{{Field: "spec.expires", Rule: problem.InvalidValue,
		Message: "expected a time in UTC and whole seconds, found " + found([]string{"spec", "expires"}, said),
		Mend:    `write it as in expires: "2026-12-31T00:00:00Z", as it was signed`}}
}
