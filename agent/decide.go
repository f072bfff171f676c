package agent

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// admission is what may be applied of a unit, and what policy said.
type admission struct {
	// target is what Git asks for or, while that is held, what was last admitted; nil when there is nothing of that.
	target *planned
	// gate is what to tell of it; nil when nothing had to be decided and nothing is new.
	gate *apply.Gate
}

func (a admission) held() bool { return a.gate != nil && a.gate.Reason == v1alpha1.ReasonHeld }

// admit asks policy whether what Git asks for may replace what was last admitted. When that is the same, there is
// nothing to ask.
func (a *Agent) admit(ctx context.Context, log *slog.Logger, unit *planned, done *progress) (admission, error) {
	status, err := a.applier.ReadStatus(ctx, unit.ref)
	if err != nil {
		return admission{}, fmt.Errorf("reading what was last admitted of %s: %w", unit.ref.ID(), err)
	}
	if status.Digest == unit.objects.Digest {
		done.held.Store(false)
		a.metrics.freed(unit.ref)
		return admission{target: unit, gate: returned(status, unit)}, nil
	}
	outcome, admitted, err := a.decide(ctx, unit, status, done)
	if err != nil {
		return admission{}, err
	}
	told := gateOf(unit.commit, outcome)
	if outcome.Verdict == policies.Hold {
		done.held.Store(true)
		a.lookAgain(unit.ref.ID(), told.Again)
		log.Warn("held", "reason", told.Message, "again", told.Again)
		return admission{target: lastAdmitted(unit, status, admitted), gate: told}, nil
	}
	done.held.Store(false)
	logAdmission(log, told)
	if err := a.sealed(unit.objects, outcome); err != nil {
		return admission{}, err
	}
	return admission{target: unit, gate: told}, nil
}

// logAdmission tells of a change that was let in although a rule is against it.
func logAdmission(log *slog.Logger, told *apply.Gate) {
	if told.Reason == v1alpha1.ReasonAdmitted {
		log.Info("admitted", "message", told.Message)
		return
	}
	log.Warn("admitted all the same", "reason", told.Reason, "message", told.Message)
}

// sealed makes sure that what is going to be applied is, byte for byte, what was decided on.
func (a *Agent) sealed(objects *render.Objects, outcome gate.Outcome) error {
	sum, err := objects.Sum()
	if err != nil {
		return err
	}
	if sum != outcome.Objects {
		return fmt.Errorf("applying %s: its objects are %.12s, and policy decided on %.12s; nothing is applied: report this as a fault of Penstock",
			objects.Unit.ID(), sum, outcome.Objects)
	}
	return nil
}

// returned is what to tell when Git asks for what was admitted: only if something else was told last.
func returned(status v1alpha1.ModelDeploymentStatus, unit *planned) *apply.Gate {
	for _, c := range status.Conditions {
		if c.Type == v1alpha1.ConditionAdmitted && c.Status == metav1.ConditionFalse {
			return &apply.Gate{Commit: unit.commit, Reason: v1alpha1.ReasonAdmitted, Message: "it is what was last admitted"}
		}
	}
	return nil
}

// lastAdmitted is what stays while something else is held. Where this version of Penstock would render it in another
// way, which nobody has admitted, there is none: then what runs is left alone.
func lastAdmitted(unit *planned, status v1alpha1.ModelDeploymentStatus, admitted *render.Objects) *planned {
	if admitted == nil || admitted.Digest != status.Digest {
		return nil
	}
	return &planned{unit: unit.unit, ref: unit.ref, commit: status.Commit, objects: admitted}
}

// decide asks the policies about what Git asks for. It returns what was last admitted too.
func (a *Agent) decide(ctx context.Context, unit *planned, status v1alpha1.ModelDeploymentStatus, done *progress) (gate.Outcome, *render.Objects, error) {
	began := time.Now()
	admitted := a.lastObjects(unit.unit, status, done)
	s, rules, err := a.subject(ctx, unit, status, admitted, done)
	if err != nil {
		return gate.Outcome{}, nil, fmt.Errorf("deciding on %s: %w", unit.ref.ID(), err)
	}
	outcome, err := rules.Decide(ctx, s)
	if err != nil {
		return gate.Outcome{}, nil, err
	}
	a.metrics.decided(unit.ref, outcome, time.Since(began))
	return outcome, admitted, nil
}

// lastObjects are those that were last admitted, rendered anew from their commit if they are not known any more; nil for
// a unit that never was, or that this version renders in another way.
func (a *Agent) lastObjects(unit *environments.Unit, status v1alpha1.ModelDeploymentStatus, done *progress) *render.Objects {
	if done.admitted != nil && (done.admitted.Digest == status.Digest || done.admittedAt == status.Commit) {
		return done.admitted
	}
	if status.Digest == "" || status.Commit == "" {
		return nil
	}
	snapshot, err := a.repository.At(status.Commit)
	if err != nil {
		a.log.Warn("what was last admitted is not in the history", "unit", unit.ID(), "commit", status.Commit, "error", err)
		return nil
	}
	before := &environments.Unit{Environment: unit.Environment, Name: unit.Name, Dir: unit.Dir}
	objects, err := a.metrics.timeRender(func() (*render.Objects, error) { return a.planner.renderer.Render(snapshot, before) })
	if err != nil {
		a.log.Warn("what was last admitted cannot be rendered any more", "unit", unit.ID(), "commit", status.Commit, "error", err)
		return nil
	}
	done.admitted, done.admittedAt = objects, status.Commit
	return objects
}

// subject gathers what there is to know of a unit's change, and finds the rules that judge it.
func (a *Agent) subject(ctx context.Context, unit *planned, status v1alpha1.ModelDeploymentStatus, admitted *render.Objects, done *progress) (*gate.Subject, *gate.Rules, error) {
	current := a.current.Load()
	change, err := a.changeOf(ctx, current, unit, status, admitted, done)
	if err != nil {
		return nil, nil, err
	}
	s := &gate.Subject{
		Unit: unit.unit, Wanted: unit.objects, Admitted: admitted, Former: gate.Former(status), Commits: change.commits, Files: change.files,
		Tree: current.snapshot, At: func(commit string) (fs.FS, error) { return a.repository.At(commit) }, Environments: current.names, Now: time.Now().UTC().Truncate(time.Second),
	}
	if change.before != nil {
		s.Before = change.before
	}
	s.Lines = func() (int64, error) { return source.Lines(s.Before, s.Tree, s.Files) }
	s.Units = func() int64 { return a.changedUnits(current, unit.unit.Environment.Name, change.step) }
	s.Elsewhere = func() map[string]v1alpha1.ModelDeploymentStatus { return a.elsewhere(ctx, current, unit) }
	s.Loads = func() []gate.Load { return a.loads(ctx, current, unit) }
	if unit.objects != nil {
		s.Capacity = func() *policies.Capacity { return a.capacityFor(ctx, unit) }
	}
	return s, change.rules, nil
}

// change is what history says of a unit's change. It stays the same while Git and what was admitted do, so that a held
// unit can be decided on often.
type change struct {
	plan     *plan
	admitted string // commit
	before   *source.Snapshot
	commits  []source.Commit
	files    []string
	step     source.Commit // that brought it to the branch
	rules    *gate.Rules   // that judge it
}

func (a *Agent) changeOf(ctx context.Context, current *plan, unit *planned, status v1alpha1.ModelDeploymentStatus, admitted *render.Objects, done *progress) (*change, error) {
	from := ""
	if admitted != nil {
		from = status.Commit
	}
	if done.change != nil && done.change.plan == current && done.change.admitted == from {
		return done.change, nil
	}
	c := &change{plan: current, admitted: from}
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

// rulesFor are the rules that judge a change: those in force, unless the step that brought it to the branch brought rules
// too. No change is judged by rules that came with it.
func (a *Agent) rulesFor(ctx context.Context, p *plan, environment string, step source.Commit) (*gate.Rules, error) {
	newest := p.rules[len(p.rules)-1]
	if len(step.Parents) == 0 {
		return newest.rules, nil
	}
	_, brought, err := a.repository.History().FirstParentTouching(ctx, step.Parents[0], step.Hash, ruleNames(p, a.planner.rulebook.layout))
	if err != nil || !brought {
		return newest.rules, err
	}
	for _, old := range slices.Backward(p.rules) {
		before, err := a.repository.History().Contains(ctx, step.Parents[0], old.commit)
		if err != nil {
			return nil, err
		}
		if before && old.rules.Knows(environment) {
			return old.rules, nil
		}
	}
	return newest.rules, nil // there were none before that could judge
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
	return changed
}

// differ says whether one of several directories is not the same in two trees.
func differ(before, after *source.Snapshot, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		old, oldErr := before.ObjectID(name)
		now, nowErr := after.ObjectID(name)
		return old != now || (oldErr == nil) != (nowErr == nil)
	})
}

// elsewhere is what the cluster says of the model in the other environments that the agent serves.
func (a *Agent) elsewhere(ctx context.Context, p *plan, unit *planned) map[string]v1alpha1.ModelDeploymentStatus {
	all := map[string]v1alpha1.ModelDeploymentStatus{}
	for _, env := range p.environments {
		other := p.unit(env.Name + "/" + unit.unit.Name)
		if other == nil || env.Name == unit.unit.Environment.Name || other.ref.Namespace == "" {
			continue
		}
		status, err := a.applier.ReadStatus(ctx, other.ref)
		if err != nil {
			a.log.Warn("what is known of the model elsewhere could not be read", "unit", other.ref.ID(), "error", err)
			continue
		}
		all[env.Name] = status
	}
	return all
}

// loads are what all units of the environment take: what Git asks for or what is admitted, whichever is more, since a
// unit that is held gives nothing back yet.
func (a *Agent) loads(ctx context.Context, p *plan, about *planned) []gate.Load {
	prices := about.unit.Environment.Spec.GPUPrices
	var all []gate.Load
	for id := range p.unitsOf(about.unit.Environment.Name) {
		unit := p.units[id]
		var load gate.Load
		if unit.objects != nil {
			load = gate.LoadOf(id, unit.objects.Descriptor, prices)
		}
		if unit != about {
			if status, err := a.applier.ReadStatus(ctx, unit.ref); err == nil && status.GPUs > load.GPUs {
				load = gate.Load{Unit: id, Team: load.Team, GPUs: status.GPUs, Cost: scaled(load, status.GPUs)}
			}
		}
		all = append(all, load)
	}
	slices.SortFunc(all, func(x, y gate.Load) int { return strings.Compare(x.Unit, y.Unit) })
	return all
}

// scaled is the cost of another number of the same GPUs; nil when that is not known.
func scaled(load gate.Load, gpus int64) *float64 {
	if load.Cost == nil || load.GPUs == 0 {
		return nil
	}
	cost := *load.Cost / float64(load.GPUs) * float64(gpus)
	return &cost
}

// capacityFor is whether the live cluster has room for what Git asks for; nil when that is not known.
func (a *Agent) capacityFor(ctx context.Context, unit *planned) *policies.Capacity {
	ahead, err := a.foresee(ctx, unit.objects)
	if err != nil || ahead.room.Status == metav1.ConditionUnknown || ahead.room.Status == "" {
		return nil
	}
	return &policies.Capacity{Schedulable: ahead.room.Status == metav1.ConditionTrue, Message: ahead.room.Message}
}

// gateOf is an outcome as the status tells it.
func gateOf(commit string, outcome gate.Outcome) *apply.Gate {
	told := &apply.Gate{Commit: commit, Reason: outcome.Reason(), Message: outcome.Explain()}
	if outcome.Again != nil {
		told.Again = *outcome.Again
	}
	return told
}
