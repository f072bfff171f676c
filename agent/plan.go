package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// plan is what one commit asks for. It is immutable after it was made; workers read it without a lock.
type plan struct {
	snapshot     *source.Snapshot
	environments []*environments.Environment
	names        []string   // of all environments, also of those that another agent serves
	rules        []accepted // oldest first; the last ones are in force
	units        map[string]*planned
	rendered     int // units that were rendered anew for this plan
}

// planned is one unit of a plan: either objects or an error, never both.
type planned struct {
	unit    *environments.Unit
	ref     apply.Ref // where it is; its namespace is that of before while its environment is broken
	commit  string    // the commit that the unit was rendered from
	inputs  string    // the Git object ids of what it was rendered from; "" when it has to be rendered again
	objects *render.Objects
	err     error
}

// planner makes plans. It keeps nothing between two of them but the renderer and the rules.
type planner struct {
	path     string
	serves   []string
	renderer *render.Renderer
	metrics  *metrics
	rulebook *rulebook
}

// plan loads a snapshot's tree and renders the units whose inputs differ from those in the plan before,
// which may be nil. It fails only when the tree as a whole cannot be read; what is wrong with a unit is
// in the unit.
func (p *planner) plan(ctx context.Context, snapshot *source.Snapshot, before *plan) (*plan, error) {
	tree, err := environments.Load(snapshot, p.path)
	if err != nil {
		return nil, fmt.Errorf("loading %s of commit %s: %w", p.path, snapshot.Commit().Hash, err)
	}
	p.rulebook.adopt(snapshot, tree)
	p.rulebook.govern(tree)
	next := &plan{snapshot: snapshot, units: map[string]*planned{}, rules: p.rulebook.bookmark()}
	for _, env := range tree.Environments {
		next.names = append(next.names, env.Name)
		if p.servesEnvironment(env.Name) {
			next.environments = append(next.environments, env)
		}
	}
	for _, unit := range tree.Units {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if p.servesEnvironment(unit.Environment.Name) {
			next.units[unit.ID()] = p.planUnit(snapshot, unit, before, next)
		}
	}
	if !snapshot.Intact() { // what could not be read is the cache's fault and not the units'
		return nil, fmt.Errorf("planning commit %s: the Git cache was lost meanwhile; the next poll fetches it again", snapshot.Commit().Hash)
	}
	refuseSharedObjects(next)
	return next, nil
}

func (p *planner) servesEnvironment(name string) bool {
	return len(p.serves) == 0 || slices.Contains(p.serves, name)
}

func (p *planner) planUnit(snapshot *source.Snapshot, unit *environments.Unit, before, next *plan) *planned {
	known := append(slices.Clone(unit.Environment.Problems), unit.Problems...)
	if old := before.unit(unit.ID()); len(known) == 0 && old != nil && old.inputs != "" && old.inputs == inputs(snapshot, unit, old.objects.Roots) {
		return old
	}
	made := &planned{unit: unit, ref: apply.RefOfUnit(unit), commit: snapshot.Commit().Hash}
	if old := before.unit(unit.ID()); old != nil && made.ref.Namespace == "" {
		made.ref.Namespace = old.ref.Namespace
	}
	if made.err = known.Err(); made.err != nil {
		return made
	}
	next.rendered++
	made.objects, made.err = p.metrics.timeRender(func() (*render.Objects, error) { return p.renderer.Render(snapshot, unit) })
	if made.err == nil {
		made.inputs = inputs(snapshot, unit, made.objects.Roots)
	}
	return made
}

// inputs names everything that a unit is rendered from by Git's own hashes, so that "did it change" needs
// no file to be read. It is "" when a name is gone, which always counts as a change. What an environment is may
// come from another commit, whose rules are in force.
func inputs(snapshot *source.Snapshot, unit *environments.Unit, roots []string) string {
	var ids strings.Builder
	spec := unit.Environment.Spec
	fmt.Fprintf(&ids, "%s %v\n", spec.Namespace, unit.Environment.AllowsFloatingRevisions())
	for _, name := range append([]string{unit.Environment.Dir + "/" + environments.EnvironmentFile}, roots...) {
		id, err := snapshot.ObjectID(name)
		if err != nil {
			return ""
		}
		fmt.Fprintf(&ids, "%s=%s\n", name, id)
	}
	return ids.String()
}

// refuseSharedObjects takes the objects from all units that claim one in common. A unit that was carried
// over from the plan before is copied first: that plan may still be read.
func refuseSharedObjects(p *plan) {
	var all []*render.Objects
	for _, u := range p.units {
		if u.objects != nil {
			all = append(all, u.objects)
		}
	}
	for id, problems := range render.CheckClaims(all) {
		refused := p.units[id]
		p.units[id] = &planned{unit: refused.unit, ref: refused.ref, commit: p.snapshot.Commit().Hash, err: problems}
	}
}

func (p *plan) unit(id string) *planned {
	if p == nil {
		return nil
	}
	return p.units[id]
}

// rulesInForce are those that judge; nil without any, when nothing is reconciled.
func (p *plan) rulesInForce() *gate.Rules {
	if p == nil || len(p.rules) == 0 {
		return nil
	}
	return p.rules[len(p.rules)-1].rules
}

func (p *plan) commit() string {
	if p == nil {
		return ""
	}
	return p.snapshot.Commit().Hash
}
