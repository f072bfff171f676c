package gate

import (
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// parseTrust reads the settings beside the trusted keys: a file with one Trust.
func parseTrust(name string, data []byte) (v1alpha1.TrustSpec, problem.List) {
	file, problems := document.Parse(name, data)
	if len(problems) > 0 {
		return v1alpha1.TrustSpec{}, problems
	}
	if len(file.Documents) != 1 {
		return v1alpha1.TrustSpec{}, problem.List{{File: name, Rule: problem.WrongKind, Message: "expected one Trust", Mend: "keep one document"}}
	}
	decoded, problems := environments.DecodeTrust(file, file.Documents[0])
	if len(problems) > 0 {
		return v1alpha1.TrustSpec{}, problems
	}
	return decoded.Spec, nil
}
