package render

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// modelFile is all that a unit without a kustomization consists of.
const modelFile = "model.yaml"

// written is the first step's result: what the engineer wrote, with bases and patches put together.
type written struct {
	*closure
	descriptor *unstructured.Unstructured
	extras     []*unstructured.Unstructured
}

// build puts a unit together.
func build(fsys fs.FS, unit *environments.Unit) (*written, problem.List) {
	c, problems := examine(fsys, unit)
	if len(problems) > 0 {
		return nil, problems
	}
	if c.lone {
		return loneModel(unit, c)
	}
	built, err := kustomize(newMemory(c.files), unit.Dir)
	if err != nil {
		return nil, c.failed(unit, err)
	}
	all, err := objectsOf(built)
	if err != nil {
		return nil, c.failed(unit, err)
	}
	return separate(unit, c, all)
}

// examine reads and vets everything that a build of the unit reads. The closure is what is known of it, even
// when there are problems.
func examine(fsys fs.FS, unit *environments.Unit) (*closure, problem.List) {
	if hasKustomization(fsys, unit.Dir) {
		return scan(fsys, unit.Dir)
	}
	s := &scanner{fsys: fsys, closure: newClosure(), parsed: map[string]*document.File{}}
	s.closure.lone = true
	if file, ok := s.yaml(unit.Dir, origin{file: path.Join(unit.Dir, modelFile)}, modelFile); ok {
		s.closure.add(file)
	}
	return s.closure, s.problems
}

func (c *closure) failed(unit *environments.Unit, err error) problem.List {
	return problem.List{{
		File: c.kustomizationOf(unit), Rule: ruleBuildFailed, Message: explain(err, c.secret),
		Mend: fmt.Sprintf("run kustomize build %s to see the same", unit.Dir),
	}}
}

// kustomizationOf is the file to name when no other is to blame.
func (c *closure) kustomizationOf(unit *environments.Unit) string {
	return c.blame(unit, &unstructured.Unstructured{}, "").File
}

func hasKustomization(fsys fs.FS, dir string) bool {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if _, err := fs.Lstat(fsys, path.Join(dir, name)); !isMissing(err) {
			return true // whatever is wrong with it, scan says so
		}
	}
	return false
}

// loneModel is a unit of one file.
func loneModel(unit *environments.Unit, c *closure) (*written, problem.List) {
	var all []*unstructured.Unstructured
	for _, file := range c.documents {
		for _, d := range file.Documents {
			object := d.Object()
			if object == nil {
				return nil, problem.List{{File: file.Name, Rule: problem.WrongKind, Message: "expected an object", Mend: "write a ModelDeployment"}}
			}
			all = append(all, &unstructured.Unstructured{Object: object})
		}
	}
	return separate(unit, c, all)
}

// separate tells the one descriptor from everything else.
func separate(unit *environments.Unit, c *closure, all []*unstructured.Unstructured) (*written, problem.List) {
	w := &written{closure: c}
	var models []string
	for _, object := range all {
		if isModel(object) {
			models = append(models, object.GetName())
			w.descriptor = object
		} else {
			w.extras = append(w.extras, object)
		}
	}
	if len(models) == 1 {
		return w, nil
	}
	p := problem.Problem{
		File: c.kustomizationOf(unit), Rule: ruleNoModel, Mend: "add the base, or a model.yaml",
		Message: fmt.Sprintf("expected one %s, found none among %d objects", v1alpha1.ModelDeploymentKind, len(all)),
	}
	if len(models) > 1 {
		p.Rule, p.Mend = ruleSeveralModels, "give each model a directory of its own, named as the model"
		p.Message = fmt.Sprintf("expected one %s, found %d: %s, in %s", v1alpha1.ModelDeploymentKind, len(models),
			strings.Join(models, ", "), strings.Join(c.filesOf(isModelDocument), ", "))
	}
	return nil, problem.List{p}
}

func isModel(object *unstructured.Unstructured) bool {
	gvk := object.GroupVersionKind()
	return gvk.Group == v1alpha1.GroupVersion.Group && gvk.Kind == v1alpha1.ModelDeploymentKind
}

func isModelDocument(d *document.Document) bool {
	return strings.HasPrefix(d.APIVersion(), v1alpha1.GroupVersion.Group+"/") && d.Kind() == v1alpha1.ModelDeploymentKind
}
