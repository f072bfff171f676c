package promote

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
)

// findEnvironments finds where the release comes from and goes to.
func (p *planner) findEnvironments(r Request) error {
	to, err := p.environment(r.To)
	if err != nil {
		return err
	}
	if len(to.Problems) > 0 {
		return broken(to.Problems)
	}
	from := cmp.Or(r.From, to.Spec.PromotedFrom)
	at := to.Place("spec.promotedFrom")
	at.Rule = NotPromotedFrom
	if from == "" {
		at.Message = fmt.Sprintf("releases come to %s from no other environment", to.Name)
		at.Mend = "name one in spec.promotedFrom, or change release.yaml in a commit of your own"
		return refuse(at)
	}
	env, err := p.environment(from)
	switch {
	case err != nil:
		return err
	case to.Spec.PromotedFrom != from:
		at.Message = fmt.Sprintf("releases come to %s from %s, and not from %s", to.Name, cmp.Or(to.Spec.PromotedFrom, "no other environment"), from)
		at.Mend = p.way(env, to)
		return refuse(at)
	case len(env.Problems) > 0:
		return broken(env.Problems)
	}
	p.plan.From = from
	return nil
}

// environment finds one by its name.
func (p *planner) environment(name string) (*environments.Environment, error) {
	if name == "" || strings.Contains(strings.Trim(name, "/"), "/") {
		return nil, fmt.Errorf("%q is not the name of an environment, such as prod", name)
	}
	part, err := p.environments.Select(name)
	if err != nil {
		return nil, err
	}
	return part.Environments[0], nil
}

// way says how a release gets from one environment to another, if it does.
func (p *planner) way(from, to *environments.Environment) string {
	steps := []string{to.Name}
	for at := to; at.Spec.PromotedFrom != "" && len(steps) <= len(p.environments.Environments); {
		before, err := p.environment(at.Spec.PromotedFrom)
		if err != nil {
			break
		}
		if at = before; at == from {
			slices.Reverse(steps)
			return fmt.Sprintf("promote it to %s first, and from there to %s", steps[0], to.Name)
		}
		steps = append(steps, at.Name)
	}
	return "promote it from there, or have spec.promotedFrom name " + from.Name
}

// findUnits finds the model on both sides.
func (p *planner) findUnits() error {
	for _, side := range []struct {
		environment string
		unit        **environments.Unit
	}{{p.plan.From, &p.from}, {p.plan.To, &p.to}} {
		part, err := p.environments.Select(side.environment + "/" + p.plan.Model)
		if err != nil && side.unit == &p.to {
			return p.notPlaced()
		}
		if err == nil && (len(part.Units) != 1 || part.Units[0].Name != p.plan.Model) {
			err = fmt.Errorf("%q is not the name of a model, such as llama-3-8b", p.plan.Model)
		}
		if err != nil {
			return err
		}
		*side.unit = part.Units[0]
	}
	if len(p.from.Problems) > 0 {
		return broken(p.from.Problems)
	}
	if len(p.to.Problems) > 0 {
		return broken(p.to.Problems)
	}
	return nil
}

func (p *planner) notPlaced() error {
	dir := path.Join(p.layout.Environments, p.plan.To, p.plan.Model)
	return refuse(problem.Problem{File: dir, Rule: ModelNotPlaced,
		Message: fmt.Sprintf("%s has no %s yet, and so nothing says where it would run there", p.plan.To, p.plan.Model),
		Mend:    fmt.Sprintf("copy %s there once, with a placement.yaml of its own; from then on the release is promoted", p.from.Dir)})
}

// findFiles finds release.yaml on both sides.
func (p *planner) findFiles() error {
	p.plan.Source, p.plan.Target = path.Join(p.from.Dir, ReleaseFile), path.Join(p.to.Dir, ReleaseFile)
	var err error
	if p.plan.Data, err = p.read(p.from, p.plan.Source); err != nil {
		return err
	}
	_, err = p.read(p.to, p.plan.Target)
	return err
}

// read reads release.yaml of a unit, or says where the release is instead.
func (p *planner) read(unit *environments.Unit, file string) ([]byte, error) {
	data, err := fs.ReadFile(p.tree, file)
	if err == nil {
		return data, nil
	}
	at := p.renderer.Place(p.tree, unit, "spec.release")[0]
	at.Rule, at.Field = NoReleaseFile, "spec.release"
	at.Message = fmt.Sprintf("the release of %s is here, and promotion copies %s", unit.ID(), file)
	at.Mend = fmt.Sprintf("move spec.release, and nothing else, into %s as a patch, and list it in kustomization.yaml: patches: [{path: %s}]", file, ReleaseFile)
	return nil, refuse(at)
}
