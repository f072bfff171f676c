package render

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Place finds the file and line at which each field of the unit's descriptor, such as spec.scaling.min, is written: in
// the strongest patch that says it, in a base, or, for a field that nobody wrote, where the nearest field around it is.
// Only file, line and field of the problems are set. It reads the unit's files anew, because to keep where every field
// of every unit was said would take half as much memory again as the units themselves.
func (r *Renderer) Place(fsys fs.FS, unit *environments.Unit, fields ...string) []problem.Problem {
	c, _ := examine(fsys, unit)
	sayings := c.sayings()
	places := make([]problem.Problem, len(fields))
	for i, field := range fields {
		places[i] = problem.Problem{File: c.kustomizationOf(unit), Field: field}
		least := len(document.Steps(field)) + 1
		for _, s := range sayings {
			if line, missing, can := s.nearest(field); can && missing < least {
				places[i].File, places[i].Line, least = s.file, line, missing
			}
		}
	}
	return places
}

// saying is a document that says fields of the descriptor, or one operation of a JSON patch.
type saying struct {
	file string
	doc  *document.Document
	// under is where in the document the value stands, and over the field of the descriptor that it is the value of.
	// Both are empty for a document that has the descriptor's shape.
	under string
	over  []string
}

// sayings are all that may say something of the descriptor, the strongest first.
func (c *closure) sayings() []saying {
	var all []saying
	for _, file := range slices.Backward(c.documents) {
		for _, d := range slices.Backward(file.Documents) {
			if d.Kind() == "" {
				all = append(all, operations(file, d)...)
			}
			if isModelDocument(d) || d.Kind() == v1alpha1.ModelDeploymentKind || isPartial(d) {
				all = append(all, saying{file: file.Name, doc: d})
			}
		}
	}
	return all
}

// isPartial reports whether a document is a patch whose target the kustomization names.
func isPartial(d *document.Document) bool {
	_, said := d.Value("spec")
	return said && d.Kind() == ""
}

// operations are those of a JSON patch, the last first.
func operations(file *document.File, d *document.Document) []saying {
	whole, _ := d.Value("")
	list, _ := whole.([]any)
	var all []saying
	for i := range slices.Backward(list) {
		pointer := d.String(document.Path(i, "path"))
		if steps, ok := strings.CutPrefix(pointer, "/"); ok {
			over := strings.Split(steps, "/")
			for i, step := range over {
				over[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
			}
			all = append(all, saying{file: file.Name, doc: d, under: document.Path(i, "value"), over: over})
		}
	}
	return all
}

// nearest is the line that says the field, or of what is nearest to it with the number of steps that are missing.
func (s saying) nearest(field string) (line, missing int, can bool) {
	steps := document.Steps(field)
	if len(steps) < len(s.over) || !slices.Equal(steps[:len(s.over)], s.over) {
		return 0, 0, false
	}
	rest := make([]any, 0, len(steps))
	for _, step := range steps[len(s.over):] {
		rest = append(rest, step)
	}
	line, missing = s.doc.Nearest(s.under + document.Path(rest...))
	return line, missing, true
}
