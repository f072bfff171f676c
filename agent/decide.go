package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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

func (a admission) held() bool { return a.gate.Held() }

// admit asks policy whether what Git asks for may replace what was last admitted. When that is the same, there is
// nothing to ask.
func (a *Agent) admit(ctx context.Context, log *slog.Logger, current *plan, unit *planned, done *progress) (admission, error) {
	status, err := a.applier.ReadStatus(ctx, unit.ref)
	if err != nil {
		return admission{}, fmt.Errorf("reading what was last admitted of %s: %w", unit.ref.ID(), err)
	}
	if back, taken, err := a.takenBack(ctx, log, unit, status, done); taken || err != nil {
		return back, err
	}
	if status.Digest == unit.objects.Digest {
		done.held.Store(false)
		a.metrics.freed(unit.ref)
		return admission{target: unit, gate: returned(status, unit)}, nil
	}
	d, err := a.decide(ctx, current, unit, status, done)
	if err != nil {
		return admission{}, err
	}
	if err := a.tellDecision(ctx, unit, done, d); err != nil {
		return admission{}, err
	}
	told := gateOf(unit.commit, d.outcome)
	if d.outcome.Verdict == policies.Hold {
		done.held.Store(true)
		a.lookAgain(unit.ref.ID(), told.Again)
		log.Warn("held", "reason", told.Message, "again", told.Again)
		return admission{target: lastAdmitted(unit, status, d.admitted), gate: told}, nil
	}
	done.held.Store(false)
	logAdmission(log, told)
	if err := a.sealed(unit.objects, d.outcome); err != nil {
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

// decisionPatience is how long one decision may take. The expressions of one policy are bounded, and their number is not:
// a unit must not keep a worker from all others.
const decisionPatience = time.Minute

// errSlow says what to do about a decision that took too long.
var errSlow = fmt.Errorf("it took longer than %s: have fewer policies, or cheaper ones", decisionPatience)

// decide asks the policies about what a plan asks for. Everything is looked at as
// that one plan has it, also when there is a newer one by now: its turn comes next.
func (a *Agent) decide(ctx context.Context, current *plan, unit *planned, status v1alpha1.ModelDeploymentStatus, done *progress) (*decided, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, decisionPatience, errSlow)
	defer cancel()
	admitted := a.lastObjects(unit.unit, status, done)
	s, rules, err := a.subject(ctx, current, unit, status, admitted, done)
	if err != nil {
		return nil, fmt.Errorf("deciding on %s: %w", unit.ref.ID(), orCause(ctx, err))
	}
	d := &decided{admitted: admitted}
	for i, judge := range rules {
		outcome, err := judge.Decide(ctx, s)
		if err != nil {
			return nil, orCause(ctx, err)
		}
		if i == 0 || outcome.Verdict == policies.Hold {
			d.outcome, d.rulesAt = outcome, current.commitOf(judge)
		}
		if outcome.Verdict == policies.Hold {
			break
		}
	}
	a.metrics.decided(unit.ref, d.outcome, time.Since(began))
	return d, nil
}

// commitOf is where rules were read.
func (p *plan) commitOf(rules *gate.Rules) string {
	for _, known := range p.rules {
		if known.rules == rules {
			return known.commit
		}
	}
	return ""
}

// orCause is why the context ended, if that is why something failed.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return context.Cause(ctx)
	}
	return err
}

// lastObjects are those that were last admitted, rendered anew from their commit if they are not known any more; nil for
// a unit that never was, or that this version renders in another way.
func (a *Agent) lastObjects(unit *environments.Unit, status v1alpha1.ModelDeploymentStatus, done *progress) *render.Objects {
	if done.admitted != nil && done.admittedAt == status.Commit {
		return done.admitted
	}
	if status.Digest == "" || status.Commit == "" {
		return nil
	}
	snapshot, err := a.followed(status.Commit)
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

// followed shows a commit of the followed branch. The cache has commits of other branches too, such as those of promotions,
// which nobody has merged: a status that names one of these is wrong, whoever wrote it.
func (a *Agent) followed(commit string) (*source.Snapshot, error) {
	ctx, cancel := context.WithTimeout(context.Background(), decisionPatience)
	defer cancel()
	current := a.current.Load().commit()
	if commit != current {
		if in, err := a.repository.History().Contains(ctx, current, commit); err != nil || !in {
			return nil, cmp.Or(err, fmt.Errorf("commit %s is not in the history of %s", commit, a.config.Source.Branch))
		}
	}
	return a.repository.At(commit)
}

// subject gathers what there is to know of a unit's change, and finds the rules that judge it.
func (a *Agent) subject(ctx context.Context, current *plan, unit *planned, status v1alpha1.ModelDeploymentStatus, admitted *render.Objects, done *progress) (*gate.Subject, []*gate.Rules, error) {
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
	s.Witnesses = func() map[string]gate.Witness { return a.witnesses(unit.unit.Environment.Name, change.rules[0]) }
	s.Loads = func() []gate.Load { return a.loads(ctx, current, unit, change.rules[0]) }
	if unit.objects != nil {
		s.Capacity = func() *policies.Capacity { return a.capacityFor(ctx, unit) }
	}
	return s, change.rules, nil
}

// gateOf is an outcome as the status tells it.
func gateOf(commit string, outcome gate.Outcome) *apply.Gate {
	told := &apply.Gate{Commit: commit, Reason: outcome.Reason(), Message: outcome.Explain()}
	if outcome.Again != nil {
		told.Again = *outcome.Again
	}
	return told
}
