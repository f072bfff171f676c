package compare

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/render/diff"
)

// Options say what to compare.
type Options struct {
	// Layout is where things are in the repository.
	Layout gate.Layout
	// Environments are the names of those to compare, at least two.
	Environments []string
	// Model is the one to compare; all when empty.
	Model string
}

// Past answers questions about what was before. The zero Past knows nothing, and then it is not said how far releases are
// apart.
type Past struct {
	// Commit is the newest commit of the tree, or the one that a work tree is based on.
	Commit string
	// History is that of the commit, and At shows one.
	History *source.History
	At      func(commit string) (*source.Snapshot, error)
}

// Run compares environments of a tree. It fails only when that cannot be told; what is broken is in the report.
func Run(ctx context.Context, renderer *render.Renderer, tree source.Tree, past Past, o Options) (*Report, error) {
	o.Layout = o.Layout.WithDefaults()
	c := &comparison{ctx: ctx, renderer: renderer, tree: tree, past: past, options: o, rendered: map[string]render.Rendered{}}
	c.report = &Report{Environments: o.Environments, Commit: past.Commit}
	for _, step := range []func() error{c.load, c.models, c.settings} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.report, nil
}

// comparison is one run.
type comparison struct {
	ctx      context.Context
	renderer *render.Renderer
	tree     source.Tree
	past     Past
	options  Options
	all      *environments.Tree
	compared []*environments.Environment
	rendered map[string]render.Rendered // by unit id
	report   *Report
}

// load finds the environments, and renders what is compared.
func (c *comparison) load() (err error) {
	if c.all, err = environments.Load(c.tree, c.options.Layout.Environments); err != nil {
		return err
	}
	if len(c.options.Environments) < 2 {
		return errors.New("name two environments at least, as in dev prod")
	}
	var units []*environments.Unit
	for i, name := range c.options.Environments {
		part, err := c.all.Select(name)
		if err != nil {
			return err
		}
		env := part.Environments[0]
		if clean := path.Clean(name); clean != env.Name && clean != env.Dir {
			return fmt.Errorf("%s is not an environment", name)
		}
		if slices.Contains(c.compared, env) {
			return fmt.Errorf("the environment %s is named twice", env.Name)
		}
		c.compared, c.report.Environments[i] = append(c.compared, env), env.Name
		for _, unit := range part.Units {
			if c.options.Model == "" || unit.Name == c.options.Model {
				units = append(units, unit)
			}
		}
	}
	if len(units) == 0 && c.options.Model != "" {
		_, err := c.all.Select(c.compared[0].Name + "/" + c.options.Model) // which says what was meant
		return err
	}
	for _, done := range c.renderer.RenderAll(c.ctx, c.tree, units) {
		c.rendered[done.Unit.ID()] = done
	}
	return c.ctx.Err()
}

// models compares each model that one of the environments has.
func (c *comparison) models() error {
	names := map[string]bool{}
	for _, done := range c.rendered {
		names[done.Unit.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		m := Model{Name: name}
		for _, env := range c.compared {
			m.In = append(m.In, c.side(env, name))
		}
		if len(c.compared) == 2 {
			if err := c.both(&m); err != nil {
				return err
			}
		}
		c.report.Models = append(c.report.Models, m)
	}
	return nil
}

// side is a model in one environment.
func (c *comparison) side(env *environments.Environment, name string) Side {
	done, there := c.rendered[env.Name+"/"+name]
	switch {
	case !there:
		return Side{Missing: true}
	case done.Err != nil:
		return Side{Broken: problem.Of(done.Err)[0].Error()}
	}
	o, release := done.Objects, done.Objects.Descriptor.Spec.Release
	return Side{
		Release: o.ReleaseID, Digest: environments.ReleaseDigest(release), GPUs: o.GPUs,
		Model: release.Model.Source, Revision: release.Model.Revision, Image: release.Runtime.Image, Arguments: release.Runtime.Args,
	}
}

// both compares a model in two environments, field by field.
func (c *comparison) both(m *Model) error {
	before, after := c.objects(0, m.Name), c.objects(1, m.Name)
	if before == nil || after == nil {
		return nil
	}
	x, err := described(before)
	if err != nil {
		return err
	}
	y, err := described(after)
	if err != nil {
		return err
	}
	for _, object := range diff.Compare([]*unstructured.Unstructured{x}, []*unstructured.Unstructured{y}) {
		for _, f := range object.Fields {
			d := Difference{Field: f.Path, Values: []any{f.Old, f.New}}
			switch {
			case !strings.HasPrefix(f.Path, "spec.release."):
				m.Placement = append(m.Placement, d)
			case !m.SameRelease(): // else the same is said in two ways
				m.Release = append(m.Release, d)
			}
		}
	}
	m.Placement = append(m.Placement, carried(before, after)...)
	if m.SameRelease() {
		return nil
	}
	m.Apart, err = c.apart(before.Unit, after.Unit)
	return err
}

func (c *comparison) objects(i int, name string) *render.Objects {
	return c.rendered[c.compared[i].Name+"/"+name].Objects
}

// described is a descriptor without what differs between any two environments, or follows from the rest.
func described(o *render.Objects) (*unstructured.Unstructured, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Descriptor)
	if err != nil {
		return nil, fmt.Errorf("read the descriptor of %s: %w", o.Unit.ID(), err)
	}
	delete(fields, "status")
	u := &unstructured.Unstructured{Object: fields}
	return plain(u, o), nil
}

// plain is an object without its namespace and the labels that Penstock sets.
func plain(object *unstructured.Unstructured, o *render.Objects) *unstructured.Unstructured {
	object = object.DeepCopy()
	if object.GetNamespace() == o.Unit.Environment.Spec.Namespace {
		object.SetNamespace("")
	}
	labels := object.GetLabels()
	for _, name := range []string{v1alpha1.LabelRelease, v1alpha1.LabelEnvironment} {
		delete(labels, name)
	}
	object.SetLabels(labels)
	return object
}

// carried are the differences between the objects that both bring themselves.
func carried(before, after *render.Objects) []Difference {
	list := func(o *render.Objects) (all []*unstructured.Unstructured) {
		for _, object := range o.Carried() {
			all = append(all, plain(object, o))
		}
		return all
	}
	var differences []Difference
	for _, object := range diff.Compare(list(before), list(after)) {
		name := object.Kind + "/" + object.Name
		switch object.Change {
		case diff.Added:
			differences = append(differences, Difference{Field: name, Values: []any{nil, "there"}})
		case diff.Removed:
			differences = append(differences, Difference{Field: name, Values: []any{"there", nil}})
		}
		for _, f := range object.Fields {
			differences = append(differences, Difference{Field: name + ": " + f.Path, Values: []any{f.Old, f.New}})
		}
	}
	return differences
}
