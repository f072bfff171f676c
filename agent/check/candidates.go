package check

import (
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// candidate is a unit before and after the change; one of both may be nil.
type candidate struct {
	before, after    *environments.Unit
	admitted, wanted *render.Objects
	problems         problem.List
	kind             string // of the change, but for rollbacks, which take a look at history
}

func (c *candidate) unit() *environments.Unit {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// isSame says whether nothing becomes of the change.
func (c *candidate) isSame() bool {
	return c.kind == policies.ChangeNone && c.admitted.Digest == c.wanted.Digest
}

// changesUnit says whether policies see a change.
func (c *candidate) changesUnit() bool { return c.kind != "" && c.kind != policies.ChangeNone }

// units looks at every unit that was selected and that the change affects.
func (r *runner) units() error {
	if r.judge == nil {
		return nil
	}
	wanted, err := r.selected()
	if err != nil {
		return err
	}
	candidates, err := r.render(r.candidates(wanted))
	if err != nil {
		return err
	}
	changed := map[string]int64{} // by environment
	for _, c := range candidates {
		if c.changesUnit() {
			changed[c.unit().Environment.Name]++
		}
	}
	looked := map[string]bool{}
	for _, c := range candidates {
		if !wanted.unit(c.unit()) || c.isSame() && !r.options.All {
			continue
		}
		made, err := r.look(c, changed[c.unit().Environment.Name])
		if err != nil {
			return err
		}
		r.report.Units, looked[made.ID] = append(r.report.Units, made), true
	}
	for _, unit := range r.head.environments.Units {
		if wanted.unit(unit) && !looked[unit.ID()] {
			r.report.Unaffected++
		}
	}
	return nil
}

// candidates are the units that the change can affect, in the environments of those that were selected: how many units of an
// environment change is for policies to judge too.
func (r *runner) candidates(wanted selection) []*candidate {
	broken := r.broken(wanted)
	before := unitsByID(r.fork.environments)
	var all []*candidate
	for _, unit := range r.head.environments.Units {
		old := before[unit.ID()]
		delete(before, unit.ID())
		if wanted.environment(unit.Environment) && !broken[unit.Environment.Name] && (r.canAffect(unit) || r.options.All && wanted.unit(unit)) {
			all = append(all, &candidate{before: old, after: unit})
		}
	}
	for _, unit := range before {
		// Of an environment that is broken it is not known what was removed.
		if wanted.environment(unit.Environment) && !broken[unit.Environment.Name] {
			all = append(all, &candidate{before: unit})
		}
	}
	slices.SortFunc(all, func(x, y *candidate) int { return strings.Compare(x.unit().ID(), y.unit().ID()) })
	return all
}

func unitsByID(tree *environments.Tree) map[string]*environments.Unit {
	all := make(map[string]*environments.Unit, len(tree.Units))
	for _, unit := range tree.Units {
		all[unit.ID()] = unit
	}
	return all
}

// broken are the environments of the head that cannot be used, by name: their units stay as they are. What is wrong with one
// is said if the change has a hand in it.
func (r *runner) broken(wanted selection) map[string]bool {
	was := map[string]bool{}
	for _, env := range r.fork.environments.Environments {
		was[env.Name] = len(env.Problems) > 0
	}
	all := map[string]bool{}
	for _, env := range r.head.environments.Environments {
		switch {
		case len(env.Problems) == 0 || !wanted.environment(env):
			continue
		case was[env.Name] && !r.changesEnvironment(env) && !r.options.All:
			r.note("the environment %s is broken already, and nothing in it is looked at: %s", env.Name, oneLine(env.Problems.Error()))
		default:
			r.report.Problems = appendNew(r.report.Problems, env.Problems)
		}
		all[env.Name] = true
	}
	return all
}

// appendNew appends the problems that are not there yet.
func appendNew(list, more problem.List) problem.List {
	for _, p := range more {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// selection is what the options name, before and after the change; nil for everything.
type selection []*environments.Tree

// selected reads the options. What the change removes can be named too.
func (r *runner) selected() (selection, error) {
	var all selection
	for _, argument := range r.options.Select {
		now, err := r.head.environments.Select(argument)
		before, oldErr := r.fork.environments.Select(argument)
		if err != nil && oldErr != nil {
			return nil, err
		}
		for _, part := range []*environments.Tree{now, before} {
			if part != nil {
				all = append(all, part)
			}
		}
	}
	return all, nil
}

func (s selection) unit(unit *environments.Unit) bool {
	return s == nil || slices.ContainsFunc(s, func(t *environments.Tree) bool {
		return slices.ContainsFunc(t.Units, func(u *environments.Unit) bool { return u.ID() == unit.ID() })
	})
}

func (s selection) environment(env *environments.Environment) bool {
	return s == nil || slices.ContainsFunc(s, func(t *environments.Tree) bool {
		return slices.ContainsFunc(t.Environments, func(e *environments.Environment) bool { return e.Name == env.Name })
	})
}

// kindOf is what kind of change it is.
func (c *candidate) kindOf() string {
	if len(c.problems) > 0 {
		return ""
	}
	return (&gate.Subject{Unit: c.unit(), Wanted: c.wanted, Admitted: c.admitted}).KindOf()
}
