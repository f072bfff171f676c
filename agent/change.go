package agent

import (
	"context"
	"path"
	"slices"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// change is what history says of a unit's change. It stays the same while Git and what was admitted do, so that a held
// unit can be decided on often.
type change struct {
	plan     *plan
	wanted   *render.Objects
	admitted string // commit
	before   *source.Snapshot
	commits  []source.Commit
	files    []string
	step     source.Commit // that brought it to the branch
	rules    []*gate.Rules // that judge it, each of which may hold it
}

func (a *Agent) changeOf(ctx context.Context, current *plan, unit *planned, status v1alpha1.ModelDeploymentStatus, admitted *render.Objects, done *progress) (*change, error) {
	from := ""
	if admitted != nil {
		from = status.Commit
	}
	if done.change != nil && done.change.plan == current && done.change.wanted == unit.objects && done.change.admitted == from {
		return done.change, nil
	}
	c := &change{plan: current, wanted: unit.objects, admitted: from}
	about := &gate.Subject{Unit: unit.unit, Wanted: unit.objects, Admitted: admitted}
	c.files = about.ChangedFiles()
	var err error
	if from != "" {
		if c.before, err = a.repository.At(from); err != nil {
			return nil, err
		}
	}
	history, names := a.repository.History(), about.FileNames()
	if c.commits, err = history.Touching(ctx, from, current.commit(), names); err != nil {
		return nil, err
	}
	if c.step, _, err = history.FirstParentTouching(ctx, from, current.commit(), names); err != nil {
		return nil, err
	}
	if c.rules, err = a.rulesFor(ctx, current, unit.unit.Environment.Name, c.step); err == nil {
		done.change = c
	}
	return c, err
}

// rulesFor are the rules that judge a change: those in force and, if the step that brought it to the branch brought rules
// too, before them those that were in force before the branch had the step. No change is judged by rules that came with it
// alone. The ones before need not be those that the step was built on, which whoever made it could choose from all of
// history; and those in force may have become stricter since.
func (a *Agent) rulesFor(ctx context.Context, p *plan, environment string, step source.Commit) ([]*gate.Rules, error) {
	newest := p.rules[len(p.rules)-1].rules
	brought, err := a.bringsRules(ctx, p, step)
	if err != nil || !brought {
		return []*gate.Rules{newest}, err
	}
	for _, old := range slices.Backward(p.rules) {
		after, err := a.repository.History().Contains(ctx, old.commit, step.Hash)
		switch {
		case err != nil:
			return nil, err
		case after || !old.rules.Knows(environment):
		case old.rules == newest:
			return []*gate.Rules{newest}, nil
		default:
			return []*gate.Rules{old.rules, newest}, nil
		}
	}
	return []*gate.Rules{newest}, nil // there were none before that could judge
}

// bringsRules says whether a step changes the rules. A comment, or the suspension of an environment, is no change of them.
func (a *Agent) bringsRules(ctx context.Context, p *plan, step source.Commit) (bool, error) {
	if step.Hash == "" {
		return false, nil // no file differs
	}
	parent := ""
	if len(step.Parents) > 0 {
		parent = step.Parents[0]
	}
	_, touched, err := a.repository.History().FirstParentTouching(ctx, parent, step.Hash, ruleNames(p, a.planner.rulebook.layout))
	if err != nil || !touched || parent == "" {
		return touched, err
	}
	before, err := a.rulesDigest(parent)
	if err != nil {
		return true, nil // the rules were, or are, in a state that nobody can judge by
	}
	after, err := a.rulesDigest(step.Hash)
	return err != nil || before != after, nil
}

// rulesDigest is that of the rules as a commit has them.
func (a *Agent) rulesDigest(commit string) (string, error) {
	snapshot, err := a.repository.At(commit)
	if err != nil {
		return "", err
	}
	layout := a.planner.rulebook.layout
	tree, err := environments.Load(snapshot, layout.Environments)
	if err != nil {
		return "", err
	}
	return gate.Digest(snapshot, layout, tree)
}

// ruleNames are the files and directories that rules consist of.
func ruleNames(p *plan, layout gate.Layout) []string {
	names := []string{layout.Policies, layout.Signers(), layout.Keyring(), layout.Settings()}
	for _, env := range p.environments {
		names = append(names, path.Join(env.Dir, environments.EnvironmentFile))
	}
	return names
}

// changedUnits is how many units of an environment a step changes.
func (a *Agent) changedUnits(p *plan, environment string, step source.Commit) int64 {
	if len(step.Parents) == 0 {
		return int64(len(p.unitsOf(environment)))
	}
	after, err := a.repository.At(step.Hash)
	if err != nil {
		return int64(len(p.unitsOf(environment)))
	}
	before, err := a.repository.At(step.Parents[0])
	if err != nil {
		return int64(len(p.unitsOf(environment)))
	}
	var changed int64
	for id := range p.unitsOf(environment) {
		if unit := p.units[id]; unit.objects == nil || differ(before, after, unit.objects.Roots) {
			changed++
		}
	}
	return changed + a.leftUnits(p, environment, before, after)
}

// leftUnits is how many units of an environment a step takes out of Git.
func (a *Agent) leftUnits(p *plan, environment string, before, after *source.Snapshot) (left int64) {
	tree, err := environments.Load(before, a.planner.rulebook.layout.Environments)
	if err != nil {
		return 0 // there were no environments
	}
	for _, unit := range tree.Units {
		if unit.Environment.Name == environment && p.units[unit.ID()] == nil && differ(before, after, []string{unit.Dir}) {
			left++
		}
	}
	return left
}

// differ says whether one of several directories is not the same in two trees.
func differ(before, after *source.Snapshot, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		old, oldErr := before.ObjectID(name)
		now, nowErr := after.ObjectID(name)
		return old != now || (oldErr == nil) != (nowErr == nil)
	})
}
