package check

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/render/diff"
)

// candidate is a unit before and after the change; one of both may be nil.
type candidate struct {
	before, after    *environments.Unit
	admitted, wanted *render.Objects
	problems         problem.List
	kind             string
}

func (c *candidate) unit() *environments.Unit {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// units looks at every unit that the change can affect.
func (r *runner) units() error {
	candidates, err := r.candidates()
	if err != nil {
		return err
	}
	if err := r.render(candidates); err != nil {
		return err
	}
	changed := map[string]int64{} // by environment
	candidates = slices.DeleteFunc(candidates, func(c *candidate) bool {
		c.kind = c.kindOf()
		same := c.kind == policies.ChangeNone && c.admitted.Digest == c.wanted.Digest && !r.options.All
		if same {
			r.report.Unaffected++
		} else if c.kind != policies.ChangeNone {
			changed[c.unit().Environment.Name]++
		}
		return same
	})
	for _, c := range candidates {
		made, err := r.look(c, changed[c.unit().Environment.Name])
		if err != nil {
			return err
		}
		r.report.Units = append(r.report.Units, made)
	}
	slices.SortFunc(r.report.Units, func(x, y Unit) int { return strings.Compare(x.ID, y.ID) })
	return nil
}

// candidates are the units that were selected and that the change can affect.
func (r *runner) candidates() ([]*candidate, error) {
	wanted, err := r.selected()
	if err != nil {
		return nil, err
	}
	before := map[string]*environments.Unit{}
	for _, unit := range r.fork.Units {
		before[unit.ID()] = unit
	}
	var all []*candidate
	for _, unit := range r.head.Units {
		old := before[unit.ID()]
		delete(before, unit.ID())
		switch {
		case !wanted(unit.ID()):
		case r.options.All || r.canAffect(unit):
			all = append(all, &candidate{before: old, after: unit})
		default:
			r.report.Unaffected++
		}
	}
	for id, unit := range before {
		if wanted(id) && len(unit.Problems)+len(unit.Environment.Problems) == 0 {
			all = append(all, &candidate{before: unit})
		}
	}
	return all, nil
}

// selected tells the units that the options name. One that the change removes can be named too.
func (r *runner) selected() (func(id string) bool, error) {
	if len(r.options.Select) == 0 {
		return func(string) bool { return true }, nil
	}
	chosen := map[string]bool{}
	for _, argument := range r.options.Select {
		part, err := r.head.Select(argument)
		if err != nil {
			if old, oldErr := r.fork.Select(argument); oldErr == nil {
				part, err = old, nil
			}
		}
		if err != nil {
			return nil, err
		}
		for _, unit := range part.Units {
			chosen[unit.ID()] = true
		}
	}
	return func(id string) bool { return chosen[id] }, nil
}

// render renders both sides of all candidates.
func (r *runner) render(candidates []*candidate) error {
	var before, after []*environments.Unit
	for _, c := range candidates {
		if c.after != nil {
			after = append(after, c.after)
		}
		if c.before != nil {
			before = append(before, c.before)
		}
	}
	old, now := map[string]render.Rendered{}, map[string]render.Rendered{}
	for _, done := range r.renderer.RenderAll(r.ctx, r.trees.Fork, before) {
		old[done.Unit.ID()] = done
	}
	for _, done := range r.renderer.RenderAll(r.ctx, r.trees.Head, after) {
		now[done.Unit.ID()] = done
	}
	for _, c := range candidates {
		id := c.unit().ID()
		c.admitted, c.wanted = old[id].Objects, now[id].Objects // what was broken before was not admitted
		c.problems = problem.Of(now[id].Err)
	}
	return r.ctx.Err()
}

// kindOf is what kind of change it is, but for rollbacks, which take a look at history.
func (c *candidate) kindOf() string {
	if len(c.problems) > 0 {
		return ""
	}
	return (&gate.Subject{Unit: c.unit(), Wanted: c.wanted, Admitted: c.admitted}).KindOf()
}

// look finds out what becomes of one unit.
func (r *runner) look(c *candidate, changed int64) (Unit, error) {
	made := Unit{ID: c.unit().ID(), Dir: c.unit().Dir, Problems: c.problems}
	if len(c.problems) > 0 {
		return made, nil
	}
	s, err := r.subject(c, changed)
	if err != nil {
		return made, err
	}
	rules := r.rulesFor(c.unit())
	decide := rules.Decide
	if r.options.Everything {
		decide = rules.Explain
	}
	outcome, err := decide(r.ctx, s)
	if err != nil {
		return made, err
	}
	made.Outcome, made.Change = &outcome, outcome.Input.Change.Kind
	made.Release, made.PreviousRelease = outcome.Input.Unit.Release, outcome.Input.Unit.PreviousRelease
	if made.Change == policies.ChangeRemoval {
		made.Release = ""
	}
	made.GPUs, made.Cost = deltas(outcome.Input.GPU, s)
	if r.options.Live == nil && asks(rules.Selected(c.unit().Environment.Name), "evidence") {
		r.once("how releases are in other environments is not known here: with --kubeconfig the cluster is asked")
	}
	made.Fit = outcome.Input.GPU.FitReason
	made.Objects = diff.Compare(itemsOf(c.admitted), itemsOf(c.wanted))
	if c.wanted != nil {
		made.Places = r.places(c.after, s.Files, outcome.Findings)
	}
	return made, r.askCluster(&made, c)
}

// rulesFor are the rules of the base, unless these do not know the environment: then its own judge it.
func (r *runner) rulesFor(unit *environments.Unit) *gate.Rules {
	name := unit.Environment.Name
	if !r.judge.Knows(name) && r.proposed != nil && r.proposed.Knows(name) {
		r.once("the environment %s is new: its own rules judge it", name)
		return r.proposed
	}
	return r.judge
}

// subject gathers what there is to know of a unit's change.
func (r *runner) subject(c *candidate, changed int64) (*gate.Subject, error) {
	s := &gate.Subject{
		Unit: c.unit(), Wanted: c.wanted, Admitted: c.admitted, Tree: r.trees.Head, Before: r.trees.Fork,
		Units: func() int64 { return changed }, Loads: func() []gate.Load { return r.loads(c.unit()) }, Now: r.options.Now,
	}
	for _, env := range r.head.Environments {
		s.Environments = append(s.Environments, env.Name)
	}
	s.Files = s.ChangedFiles()
	s.Lines = func() (int64, error) { return source.Lines(r.trees.Fork, r.trees.Head, s.Files) }
	var err error
	names := s.FileNames()
	s.Commits, err = r.trees.History.Touching(r.ctx, r.trees.Fork.Commit().Hash, r.trees.HeadCommit.Commit().Hash, names)
	s.Uncommitted = slices.ContainsFunc(r.trees.Uncommitted, func(file string) bool { return slices.Contains(names, file) })
	if err == nil && c.kind != policies.ChangeNone {
		s.Former, err = r.former(c, names)
	}
	if r.options.Live != nil {
		s.Elsewhere = func() map[string]v1alpha1.ModelDeploymentStatus { return r.elsewhere(c.unit()) }
		if c.wanted != nil {
			s.Capacity = func() *policies.Capacity { room, _ := r.options.Live.Room(r.ctx, c.wanted); return room }
		}
	}
	return s, err
}

// elsewhere is what the cluster says of the same model in other environments.
func (r *runner) elsewhere(unit *environments.Unit) map[string]v1alpha1.ModelDeploymentStatus {
	all := map[string]v1alpha1.ModelDeploymentStatus{}
	for id, status := range r.statuses {
		if environment, model := path.Split(id); model == unit.Name && strings.TrimSuffix(environment, "/") != unit.Environment.Name {
			all[strings.TrimSuffix(environment, "/")] = status
		}
	}
	return all
}

// maxFormer is how many earlier states of a unit are looked at for a release that returns.
const maxFormer = 10

// former are the releases that were admitted before: by the cluster, or else as far as the base's history tells, which
// takes what was merged for what was admitted.
func (r *runner) former(c *candidate, names []string) ([]string, error) {
	if status, known := r.statuses[c.unit().ID()]; known {
		return gate.Former(status), nil
	}
	if c.admitted == nil || c.wanted == nil {
		return nil, nil
	}
	if release, _ := render.Differs(c.admitted, c.wanted); !release {
		return nil, nil
	}
	var digests []string
	at := r.trees.Fork.Commit().Hash
	for range maxFormer {
		step, found, err := r.trees.History.FirstParentTouching(r.ctx, "", at, names)
		if err != nil || !found || len(step.Parents) == 0 {
			return digests, err
		}
		at = step.Parents[0]
		if digest, err := r.releaseAt(at, c.before); err != nil {
			return digests, err
		} else if digest != "" {
			digests = append(digests, digest)
		}
	}
	return digests, nil
}

// releaseAt is the release of a unit at a commit; empty where it was not there or broken.
func (r *runner) releaseAt(commit string, unit *environments.Unit) (string, error) {
	snapshot, err := r.trees.At(commit)
	if err != nil {
		return "", err
	}
	if _, err := fs.Stat(snapshot, unit.Dir); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	objects, err := r.renderer.Render(snapshot, &environments.Unit{Environment: unit.Environment, Name: unit.Name, Dir: unit.Dir})
	if err != nil {
		return "", nil
	}
	return environments.ReleaseDigest(objects.Descriptor.Spec.Release), nil
}

// loads are what all units of an environment take as the change wants them.
func (r *runner) loads(unit *environments.Unit) []gate.Load {
	name := unit.Environment.Name
	if r.rendered[name] == nil {
		var units []*environments.Unit
		for _, u := range r.head.Units {
			if u.Environment.Name == name {
				units = append(units, u)
			}
		}
		r.rendered[name] = r.renderer.RenderAll(r.ctx, r.trees.Head, units)
	}
	prices := r.rulesFor(unit).Spec(name).GPUPrices
	var all []gate.Load
	for _, done := range r.rendered[name] {
		if done.Objects != nil {
			all = append(all, gate.LoadOf(done.Unit.ID(), done.Objects.Descriptor, prices))
		}
	}
	return all
}
