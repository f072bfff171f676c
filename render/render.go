package render

import (
	"io/fs"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Renderer renders units. It is safe for concurrent use, and the same Renderer serves all snapshots: what
// it remembers is about the runtimes, which are part of the program.
type Renderer struct {
	runtimes fs.FS
	engines  map[string]*engine
	parts    []string

	mutex  sync.Mutex
	shapes map[string]*shape
}

// New makes a Renderer with the runtimes that are part of the program. It panics when they cannot be
// read, which tests rule out.
func New() *Renderer {
	r, err := newRenderer(runtimes)
	if err != nil {
		panic(err)
	}
	return r
}

func newRenderer(fsys fs.FS) (*Renderer, error) {
	engines, err := loadEngines(fsys)
	if err != nil {
		return nil, err
	}
	parts, err := loadParts(fsys)
	if err != nil {
		return nil, err
	}
	return &Renderer{runtimes: fsys, engines: engines, parts: parts, shapes: map[string]*shape{}}, nil
}

// Render turns a unit of a tree into its objects. It reads nothing but the tree.
//
// What is wrong with the unit comes back as a problem.List; any other error is a fault of Penstock. A
// build cannot be interrupted, so its time is bounded by limits on what goes into it.
func (r *Renderer) Render(fsys fs.FS, unit *environments.Unit) (*Objects, error) {
	if known := slices.Concat(unit.Environment.Problems, unit.Problems); len(known) > 0 {
		return nil, known.Sorted()
	}
	w, problems := build(fsys, unit)
	if len(problems) > 0 {
		return nil, problems.Sorted()
	}
	problems = checkExtras(unit, w)
	model, wrong := environments.Decode(unit, w.descriptor.Object, w.documents)
	if problems = append(problems, wrong...); len(problems) > 0 {
		return nil, problems.Sorted()
	}
	release := environments.ReleaseID(model.Spec.Release)
	workloads, wrong, err := r.workloads(unit, model, release)
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, w.blameAll(unit, w.descriptor, wrong).Sorted()
	}
	for _, object := range workloads {
		object.SetNamespace(unit.Environment.Spec.Namespace)
	}
	if wrong := ownClashes(unit, w, workloads); len(wrong) > 0 {
		return nil, wrong.Sorted()
	}
	yieldReplicas(workloads, append(slices.Clone(workloads), w.extras...))
	o, err := assemble(unit, w, model, release, workloads)
	if err != nil {
		return nil, err
	}
	o.Fits = estimate(model, r.engines[model.Spec.Release.Runtime.Engine])
	return o, nil
}

// assemble labels, sorts and seals what was rendered.
func assemble(unit *environments.Unit, w *written, model *v1alpha1.ModelDeployment, release string, workloads []*unstructured.Unstructured) (*Objects, error) {
	all := labels(unit, model, release)
	items := append(workloads, w.extras...)
	for _, object := range items {
		label(object, all)
	}
	sortObjects(items)
	described := &unstructured.Unstructured{Object: map[string]any{}}
	described.SetLabels(model.Labels)
	label(described, all)
	model.Labels = described.GetLabels()
	model.Namespace = unit.Environment.Spec.Namespace
	files := w.read()
	o := &Objects{
		Unit: unit, Descriptor: model, ReleaseID: release, Items: items, Roots: w.directories(unit.Dir),
		GPUs: int64(replicas(model)) * int64(gpusPerReplica(model)), Files: files, Content: contentOf(files),
	}
	for i, item := range items {
		if slices.Contains(w.extras, item) {
			o.carried = append(o.carried, i)
		}
	}
	var err error
	o.Digest, err = digest(model, items)
	return o, err
}
