package render

import (
	"path"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// filesOf names the files with a document of some kind.
func (c *closure) filesOf(wanted func(*document.Document) bool) []string {
	var names []string
	for _, file := range c.documents {
		if slices.ContainsFunc(file.Documents, wanted) && !slices.Contains(names, file.Name) {
			names = append(names, file.Name)
		}
	}
	return names
}

// blame finds the file and the line that an object, or a field of it, comes from: the last document of
// its kind and name that says the field, or else the one that names it. Kustomize may have renamed the
// object; then any document of its kind must do.
func (c *closure) blame(unit *environments.Unit, object *unstructured.Unstructured, field string) problem.Problem {
	best, rank := problem.Problem{File: unit.Dir}, 0
	for _, file := range c.documents {
		if rank == 0 && isKustomizationIn(unit.Dir, file.Name) {
			best.File = file.Name
		}
		for _, d := range file.Documents {
			if r := likeness(d, object, field); r > 0 && r >= rank {
				line, _ := d.Nearest(field)
				best, rank = problem.Problem{File: file.Name, Line: line}, r
			}
		}
	}
	best.Field = field
	return best
}

// blameAll gives problems with an object the files and lines that they come from.
func (c *closure) blameAll(unit *environments.Unit, object *unstructured.Unstructured, problems problem.List) problem.List {
	for i, p := range problems {
		where := c.blame(unit, object, p.Field)
		problems[i].File, problems[i].Line = where.File, where.Line
	}
	return problems
}

// likeness is higher the likelier it is that a document is where an object's field comes from.
func likeness(d *document.Document, object *unstructured.Unstructured, field string) int {
	if d.Kind() != object.GetKind() {
		return 0
	}
	rank := 1
	if d.Name() == object.GetName() {
		rank += 2
	}
	if _, said := d.Value(field); said && field != "" {
		rank++
	}
	return rank
}

// isKustomizationIn reports whether a file is the kustomization of a directory.
func isKustomizationIn(dir, file string) bool {
	return path.Dir(file) == dir && slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(file))
}
