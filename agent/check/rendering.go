package check

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/render"
)

// render renders both sides of candidates. It returns them with those that only fail because of them.
func (r *runner) render(candidates []*candidate) ([]*candidate, error) {
	var before, after []*environments.Unit
	for _, c := range candidates {
		if c.after != nil {
			after = append(after, c.after)
		}
		if c.before != nil {
			before = append(before, c.before)
		}
	}
	old := r.renderAll(r.fork, before)
	r.rendered = r.renderAll(r.head, after)
	for _, c := range candidates {
		id := c.unit().ID()
		c.admitted, c.wanted = old[id].Objects, r.rendered[id].Objects // what was broken before was not admitted
		c.problems = problem.Of(r.rendered[id].Err)
	}
	candidates = r.refuseClaims(candidates)
	for _, c := range candidates {
		c.kind = c.kindOf()
	}
	return slices.DeleteFunc(candidates, (*candidate).isNothing), r.ctx.Err()
}

// isNothing says whether a unit was broken before and is gone after.
func (c *candidate) isNothing() bool {
	return c.admitted == nil && c.wanted == nil && len(c.problems) == 0
}

// renderAll renders units of a side, by their ids.
func (r *runner) renderAll(s side, units []*environments.Unit) map[string]render.Rendered {
	all := make(map[string]render.Rendered, len(units))
	for _, done := range r.renderer.RenderAll(r.ctx, s.files, units) {
		all[done.Unit.ID()] = done
	}
	return all
}

// refuseClaims refuses candidates that bring an object which a unit that the change does not affect brings too, and that
// unit with them, as the agent will.
func (r *runner) refuseClaims(candidates []*candidate) []*candidate {
	others := r.neighbours(candidates)
	if len(others) == 0 {
		return candidates
	}
	var ours, theirs []*render.Objects
	mine := map[string]*candidate{}
	for _, c := range candidates {
		mine[c.unit().ID()] = c
		if c.wanted != nil {
			ours = append(ours, c.wanted)
		}
	}
	for _, done := range r.renderAll(r.head, others) {
		r.rendered[done.Unit.ID()] = done
		if done.Objects != nil {
			theirs = append(theirs, done.Objects)
		}
	}
	known := render.CheckClaims(theirs)
	for id, problems := range render.CheckClaims(append(ours, theirs...)) {
		switch c := mine[id]; {
		case c != nil:
			c.wanted, c.problems = nil, problems
		case !slices.Equal(known[id], problems):
			unit := r.rendered[id].Unit
			candidates = append(candidates, &candidate{before: unit, after: unit, problems: problems})
		}
	}
	slices.SortFunc(candidates, func(x, y *candidate) int { return strings.Compare(x.unit().ID(), y.unit().ID()) })
	return candidates
}

// neighbours are the units that the change does not affect, in the namespaces where it brings objects that were not there.
func (r *runner) neighbours(candidates []*candidate) []*environments.Unit {
	namespaces, mine := map[string]bool{}, map[string]bool{}
	for _, c := range candidates {
		mine[c.unit().ID()] = true
		for _, item := range itemsOf(c.wanted) {
			if !brings(c.admitted, item) {
				namespaces[item.GetNamespace()] = true
			}
		}
	}
	if len(namespaces) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.head.environments.Units), func(unit *environments.Unit) bool {
		return mine[unit.ID()] || !namespaces[""] && !namespaces[unit.Environment.Spec.Namespace]
	})
}

// brings says whether objects have one of the same kind, namespace and name.
func brings(o *render.Objects, object *unstructured.Unstructured) bool {
	return slices.ContainsFunc(itemsOf(o), func(other *unstructured.Unstructured) bool {
		return other.GroupVersionKind().GroupKind() == object.GroupVersionKind().GroupKind() &&
			other.GetNamespace() == object.GetNamespace() && other.GetName() == object.GetName()
	})
}

// itemsOf are the rendered objects; none of what is not there.
func itemsOf(o *render.Objects) []*unstructured.Unstructured {
	if o == nil {
		return nil
	}
	return o.Items
}

// loadsOf are what all units of an environment take after the merge: those that the change can affect as the change has
// them, and the others as the base has them.
func (r *runner) loadsOf(env *environments.Environment, rules *gate.Rules) []gate.Load {
	if all, known := r.loads[env.Name]; known {
		return all
	}
	var all []gate.Load
	for _, done := range r.afterMerge(env.Name) {
		if done.Objects != nil {
			all = append(all, gate.LoadOf(done.Unit.ID(), done.Objects.Descriptor, rules.Spec(env.Name).GPUPrices))
		}
	}
	if r.loads == nil {
		r.loads = map[string][]gate.Load{}
	}
	r.loads[env.Name] = all
	return all
}

// afterMerge renders all units of an environment as they will be.
func (r *runner) afterMerge(environment string) []render.Rendered {
	var changed, unchanged []*environments.Unit
	head, fork := unitsByID(r.head.environments), unitsByID(r.fork.environments)
	for id, unit := range head {
		if unit.Environment.Name == environment && r.canAffect(unit) {
			changed = append(changed, head[id])
		}
	}
	for _, unit := range r.base.environments.Units {
		now := head[unit.ID()]
		removed := now == nil && fork[unit.ID()] != nil
		if unit.Environment.Name == environment && !removed && (now == nil || !r.canAffect(now)) {
			unchanged = append(unchanged, unit)
		}
	}
	var all []render.Rendered
	for _, unit := range changed {
		if _, known := r.rendered[unit.ID()]; !known {
			r.rendered[unit.ID()] = r.renderAll(r.head, []*environments.Unit{unit})[unit.ID()]
		}
		all = append(all, r.rendered[unit.ID()])
	}
	return append(all, r.renderer.RenderAll(r.ctx, r.base.files, unchanged)...)
}
