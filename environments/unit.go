package environments

import (
	"path"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Environment is one directory under environments/ that has an environment.yaml.
type Environment struct {
	// Name is the directory's name and the object's.
	Name string
	// Dir is the directory in the repository, such as environments/prod.
	Dir string
	// Spec is what environment.yaml says, with defaults filled in. It is empty when there are Problems.
	Spec v1alpha1.EnvironmentSpec
	// Problems keep the environment, with all its units, from being reconciled.
	Problems problem.List

	// said is environment.yaml as it was read, even when there are Problems; nil when it cannot be read.
	said *document.Document
}

// AllowsFloatingRevisions says whether the environment takes models whose revision may move. Unless it is
// told, only the one named dev does.
func (e *Environment) AllowsFloatingRevisions() bool {
	return or(e.Spec.AllowFloatingRevisions, e.Name == "dev")
}

// Place is where a field of environment.yaml is written, as a problem that lacks its words.
func (e *Environment) Place(field string) problem.Problem {
	p := problem.Problem{File: path.Join(e.Dir, EnvironmentFile), Field: field}
	if e.said != nil {
		p.Line, _ = e.said.Nearest(field)
	}
	return p
}

// refuse adds a problem with a field of environment.yaml, and empties the spec.
func (e *Environment) refuse(field string, p problem.Problem) {
	p.File, p.Field = path.Join(e.Dir, EnvironmentFile), field
	p.Line, _ = e.said.Nearest(field)
	e.Problems = append(e.Problems, p)
	e.Spec = v1alpha1.EnvironmentSpec{}
}

// Unit is one model in one environment: the grain of rendering, deciding, applying, drift and failure.
type Unit struct {
	// Environment that the unit belongs to; never nil.
	Environment *Environment
	// Name is the directory's name, which is the model's.
	Name string
	// Dir is the directory in the repository, such as environments/prod/llama-3-8b.
	Dir string
	// Problems keep the unit from being rendered.
	Problems problem.List
}

// ID names the unit, as in prod/llama-3-8b.
func (u *Unit) ID() string { return u.Environment.Name + "/" + u.Name }

// Tree is every environment and unit of one snapshot, sorted by name.
type Tree struct {
	Environments []*Environment
	Units        []*Unit
}

// Problems are those of all environments and units.
func (t *Tree) Problems() problem.List {
	var all problem.List
	for _, e := range t.Environments {
		all = append(all, e.Problems...)
	}
	for _, u := range t.Units {
		all = append(all, u.Problems...)
	}
	return all.Sorted()
}
