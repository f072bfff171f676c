package environments

import (
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// DecodeTrust reads one document of a file as a Trust, strictly. It is nil when there are problems.
func DecodeTrust(file *document.File, d *document.Document) (*v1alpha1.Trust, problem.List) {
	return decodeStrictly[v1alpha1.Trust](file, d, v1alpha1.TrustKind, "trust", trustSchema(), checkWritten)
}

// checkWritten refuses fields of metadata that nobody writes in Git. The schema leaves them open.
func checkWritten(object map[string]any) problem.List {
	meta, _ := object["metadata"].(map[string]any)
	var problems problem.List
	for key := range meta {
		problems = append(problems, checkMetadataField(key)...)
	}
	return problems
}
