package promote

import (
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// said is what release.yaml may say beside the release: which object it is a patch of.
var said = map[string][]string{"": {"apiVersion", "kind", "metadata", "spec"}, "metadata": {"name"}, "spec": {"release"}}

// checkAlone makes sure that the file says the release and nothing else, so that nothing else comes along.
func (p *planner) checkAlone() error {
	file, wrong := document.Parse(p.plan.Source, p.plan.Data)
	if len(wrong) > 0 {
		return broken(wrong)
	}
	at := problem.Problem{File: p.plan.Source, Rule: NotOnlyRelease, Message: "promotion copies this file, and it is more than a release"}
	if len(file.Documents) != 1 || file.Documents[0].Kind() != v1alpha1.ModelDeploymentKind {
		at.Mend = "let it be one patch of a ModelDeployment that sets spec.release, and move the rest to other files"
		return refuse(at)
	}
	d := file.Documents[0]
	for _, under := range []string{"", "metadata", "spec"} {
		value, _ := d.Value(under)
		object, _ := value.(map[string]any)
		for _, key := range sorted(object) {
			if slices.Contains(said[under], key) {
				continue
			}
			at.Field = key
			if under != "" {
				at.Field = under + "." + key
			}
			at.Line, _ = d.Nearest(at.Field)
			at.Mend = "move it to placement.yaml, which belongs to one environment"
			return refuse(at)
		}
	}
	return nil
}

// renderNow renders the model as it is on both sides, and looks whether there is anything to do.
func (p *planner) renderNow() (err error) {
	if p.plan.Origin, err = p.renderer.Render(p.tree, p.from); err != nil {
		return broken(err)
	}
	if err := checkUsed(p.plan.Origin, p.plan.Source); err != nil {
		return err
	}
	if p.plan.was, err = p.tree.ObjectID(p.to.Dir); err != nil {
		return err
	}
	before, err := p.renderer.Render(p.tree, p.to)
	if err != nil {
		p.plan.Warnings = append(p.plan.Warnings, fmt.Sprintf("%s is broken now: %s", p.to.ID(), oneLine(err.Error(), longest)))
		return nil
	}
	p.plan.Before, p.plan.was = before, before.Content
	if digestOf(before) == digestOf(p.plan.Origin) {
		return refuse(problem.Problem{File: p.plan.Target, Rule: SameRelease,
			Message: fmt.Sprintf("%s has %s already, the release of %s", p.to.ID(), before.ReleaseID, p.from.ID())})
	}
	return nil
}

// renderThen renders the target as it would be, and makes sure that it would have the very release.
func (p *planner) renderThen() (err error) {
	p.plan.Tree = Overlay(p.tree, p.plan.Files())
	if p.plan.After, err = p.renderer.Render(p.plan.Tree, p.to); err != nil {
		return broken(err)
	}
	if err := checkUsed(p.plan.After, p.plan.Target); err != nil {
		return err
	}
	if digestOf(p.plan.After) == digestOf(p.plan.Origin) {
		return nil
	}
	return &Refusal{Rule: OtherRelease, Problems: p.blame()}
}

// checkUsed makes sure that a unit is built from its release.yaml: kustomize reads what kustomization.yaml lists.
func checkUsed(o *render.Objects, file string) error {
	if slices.ContainsFunc(o.Files, func(f render.File) bool { return f.Name == file }) {
		return nil
	}
	return refuse(problem.Problem{File: file, Rule: NoReleaseFile, Message: fmt.Sprintf("%s is not built from this file", o.Unit.ID()),
		Mend: fmt.Sprintf("list it in kustomization.yaml: patches: [{path: %s}]", ReleaseFile)})
}

// warn notes what keeps a promotion from having an effect.
func (p *planner) warn() {
	if p.to.Environment.Spec.Suspend {
		p.plan.Warnings = append(p.plan.Warnings, fmt.Sprintf("%s is suspended: nothing is applied there until spec.suspend is gone", p.to.Environment.Name))
	}
	if p.from.Environment.Spec.Suspend {
		p.plan.Warnings = append(p.plan.Warnings, fmt.Sprintf("%s is suspended: how the release is there is not looked at", p.from.Environment.Name))
	}
}

// blame says what makes the release of the target another one than that of the source, one problem for each field.
func (p *planner) blame() problem.List {
	there, here := releaseFields(p.plan.Origin.Descriptor.Spec.Release), releaseFields(p.plan.After.Descriptor.Spec.Release)
	fields := differing("spec.release", there, here)
	origin, target := p.renderer.Place(p.tree, p.from, fields...), p.renderer.Place(p.plan.Tree, p.to, fields...)
	var problems problem.List
	for i, field := range fields {
		at, other := target[i], origin[i]
		if at.File == p.plan.Target && other.File != p.plan.Source { // the source alone says it elsewhere
			at, other = other, at
		}
		problems = append(problems, problem.Problem{
			File: at.File, Line: at.Line, Field: field, Rule: OtherRelease,
			Message: fmt.Sprintf("with this, the same release.yaml is another release in %s than in %s: %s in %[1]s, and %[4]s in %[2]s (%[5]s:%[6]d)",
				p.to.ID(), p.from.ID(), shown(here, field), shown(there, field), other.File, other.Line),
			Mend: fmt.Sprintf("say it in %s, and nowhere else, so that it is promoted", p.plan.Source),
		})
	}
	return problems.Sorted()
}
