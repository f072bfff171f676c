package environments

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// tracer finds out which file said a field of an object that kustomize has put together from several.
type tracer struct {
	sources  []source // the strongest first
	fallback string   // the file to blame when none has said the field
}

// source is one document that had a say in the object.
type source struct {
	file string
	doc  *document.Document
	// under is where in the document a value of the object stands: "" for a document that has the
	// object's shape, and the path of a value for one operation of a JSON patch.
	under string
	// over is what the value stands for in the object: nothing for the whole object, and the operation's
	// path for a JSON patch.
	over []string
}

// newTracer looks for what says something about objects of the kind in files, the weakest first.
func newTracer(kind, dir string, files []*document.File) *tracer {
	t := &tracer{fallback: dir}
	for _, file := range slices.Backward(files) {
		if t.fallback == dir && path.Dir(file.Name) == dir {
			t.fallback = file.Name
		}
		if isKustomization(path.Base(file.Name)) && path.Dir(file.Name) == dir {
			t.fallback = file.Name
		}
		for _, doc := range slices.Backward(file.Documents) {
			t.add(kind, file.Name, doc)
		}
	}
	return t
}

// add takes in a document: the object or a patch of it, a JSON patch, or a kustomization with patches.
func (t *tracer) add(kind, file string, doc *document.Document) {
	switch {
	case doc.Kind() == kind:
		t.sources = append(t.sources, source{file: file, doc: doc})
	case isKustomization(path.Base(file)):
		t.addInline(kind, file, doc)
	case doc.Kind() == "":
		t.addOperations(file, doc)
		if _, ok := doc.Value("spec"); ok { // a patch whose target the kustomization names
			t.sources = append(t.sources, source{file: file, doc: doc})
		}
	}
}

// addInline takes in the patches that stand in a kustomization.yaml itself.
func (t *tracer) addInline(kind, file string, kustomization *document.Document) {
	for _, list := range []string{"patches", "patchesJson6902", "patchesStrategicMerge"} {
		patches, _ := kustomization.Value(list)
		items, _ := patches.([]any)
		for i := len(items) - 1; i >= 0; i-- {
			at := document.Path(list, i)
			if item, ok := items[i].(map[string]any); ok {
				if target, _ := valueAt(item, []string{"target", "kind"}); target != nil && target != kind {
					continue
				}
				at += "[patch]"
			}
			text := kustomization.String(at)
			if !strings.Contains(text, "\n") {
				continue // it names a file
			}
			inline, _ := document.ParseInline(file, kustomization.TextLine(at), []byte(text))
			if inline == nil {
				continue
			}
			for _, doc := range slices.Backward(inline.Documents) {
				t.add(kind, "", doc)
				t.name(file)
			}
		}
	}
}

// name gives the sources that addInline made without a file name the file's.
func (t *tracer) name(file string) {
	for i := range t.sources {
		if t.sources[i].file == "" {
			t.sources[i].file = file
		}
	}
}

// addOperations takes in a JSON patch, the last operation first.
func (t *tracer) addOperations(file string, doc *document.Document) {
	whole, _ := doc.Value("")
	operations, _ := whole.([]any)
	for i := len(operations) - 1; i >= 0; i-- {
		if pointer := doc.String(document.Path(i, "path")); strings.HasPrefix(pointer, "/") {
			t.sources = append(t.sources, source{file: file, doc: doc, under: document.Path(i, "value"), over: unescape(pointer)})
		}
	}
}

var pointerEscapes = strings.NewReplacer("~1", "/", "~0", "~")

// unescape splits a JSON pointer, such as /metadata/labels/example.com~1team.
func unescape(pointer string) []string {
	steps := strings.Split(pointer[1:], "/")
	for i, step := range steps {
		steps[i] = pointerEscapes.Replace(step)
	}
	return steps
}

// path is where the source would say a field, ok if it can say it at all.
func (s source) path(steps []string) (string, bool) {
	if len(steps) < len(s.over) || !slices.Equal(steps[:len(s.over)], s.over) {
		return "", false
	}
	rest := make([]any, 0, len(steps))
	for _, step := range steps[len(s.over):] {
		rest = append(rest, step)
	}
	return s.under + document.Path(rest...), true
}

// locate is the file and line that said a field: the strongest that said the very value, else the
// strongest that said the field, else the strongest that came nearest.
func (t *tracer) locate(steps []string, object map[string]any) (file string, line int) {
	value, said := valueAt(object, steps)
	file, least, exact := t.fallback, len(steps)+1, false
	for _, s := range t.sources {
		at, ok := s.path(steps)
		if !ok {
			continue
		}
		foundLine, missing := s.doc.Nearest(at)
		if said && missing == 0 && !exact {
			if v, _ := s.doc.Value(at); reflect.DeepEqual(v, value) {
				file, line, least, exact = s.file, foundLine, 0, true
			}
		}
		if missing < least {
			file, line, least = s.file, foundLine, missing
		}
	}
	return file, line
}

// place fills in file and line of problems. The object is as it was before anything was dropped.
func (t *tracer) place(problems problem.List, object map[string]any) problem.List {
	for i := range problems {
		p := &problems[i]
		p.File, p.Line = t.locate(document.Steps(p.Field), object)
	}
	return problems.Sorted()
}

func isKustomization(base string) bool {
	return slices.Contains(kustomizationFiles, base)
}

// kustomizationFiles are the names by which kustomize knows its file.
var kustomizationFiles = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}
