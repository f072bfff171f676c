package agent

import (
	"context"
	"fmt"
	"log/slog"
	"path"
	"strings"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// defaultMaxPercent is the share of an environment's units that one commit may remove without a word in
// its environment.yaml.
const defaultMaxPercent = 50

// departure is a unit that left Git, and the plan that lets it go.
type departure struct {
	ref  apply.Ref
	plan *plan
}

// findRemoved compares what is deployed in an environment with what Git has there, and queues what left
// Git for removal; or holds it all if it is more than the environment allows at once. A unit that is
// broken in Git is still in Git.
func (a *Agent) findRemoved(ctx context.Context, name string) error {
	current := a.current.Load()
	env := current.environment(name)
	if env == nil || len(env.Problems) > 0 || env.Spec.Suspend {
		return nil
	}
	deployed, err := a.applier.Deployed(ctx, env.Spec.Namespace)
	if err != nil {
		a.log.Warn("what is deployed could not be listed; nothing is pruned", "environment", name, "error", err)
		return err
	}
	ours, gone := divide(current, name, deployed)
	held := len(gone)*100 > maxPercent(env)*len(ours)
	a.metrics.held.WithLabelValues(name).Set(map[bool]float64{true: float64(len(gone))}[held])
	if held {
		a.keep(gone)
		return a.holdRemoval(ctx, current, env, ours, gone)
	}
	for _, ref := range gone {
		a.mu.Lock()
		a.gone[ref.ID()] = departure{ref, current}
		a.mu.Unlock()
		a.queue.Add(ref.ID())
	}
	return nil
}

// keep takes back that units may be removed, as far as that was said before.
func (a *Agent) keep(units []apply.Ref) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, ref := range units {
		delete(a.gone, ref.ID())
	}
}

// divide returns the environment's deployed units, and those of them that are no longer in Git.
func divide(current *plan, environment string, deployed []v1alpha1.ModelDeployment) (ours, gone []apply.Ref) {
	for i := range deployed {
		ref := apply.RefOfDeployed(&deployed[i])
		if ref.Environment != environment {
			continue
		}
		ours = append(ours, ref)
		if current.unit(ref.ID()) == nil {
			gone = append(gone, ref)
		}
	}
	return ours, gone
}

func maxPercent(env *environments.Environment) int {
	if env.Spec.Prune == nil || env.Spec.Prune.MaxPercent == nil {
		return defaultMaxPercent
	}
	return int(*env.Spec.Prune.MaxPercent)
}

// holdRemoval tells, on every unit that would go, why it stays and how to confirm that it should go.
func (a *Agent) holdRemoval(ctx context.Context, current *plan, env *environments.Environment, ours, gone []apply.Ref) error {
	message := fmt.Sprintf("commit %s removes %d of %d models, more than the %d%% that %s/%s allows; "+
		"nothing is pruned until spec.prune.maxPercent is raised there or the models are back",
		current.commit(), len(gone), len(ours), maxPercent(env), env.Dir, environments.EnvironmentFile)
	a.log.Error("prune is held", "environment", env.Name, "reason", message)
	for _, ref := range gone {
		err := a.applier.WriteStatus(ctx, apply.Report{
			Unit: ref, Commit: current.commit(), Hold: v1alpha1.ReasonPruneHeld, HoldMessage: message,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// remove deletes what a unit that left Git had deployed. It asks the current plan once more: between the
// two a commit may have brought the unit back, or its environment may have been suspended or broken.
func (a *Agent) remove(ctx context.Context, id string, current *plan) (string, error) {
	a.mu.Lock()
	leaves, gone := a.gone[id]
	a.mu.Unlock()
	ref := leaves.ref
	env := current.environment(ref.Environment)
	if !gone || env == nil || len(env.Problems) > 0 || env.Spec.Suspend {
		a.metrics.freed(refOf(id)) // nobody decides
		return resultUnchanged, nil
	}
	if leaves.plan != current { // more may leave by now than may at once
		return resultUnchanged, a.findRemoved(ctx, env.Name)
	}
	log := a.log.With("environment", ref.Environment, "unit", id, "commit", current.commit())
	if err := a.recall(ctx, ref, a.leaving(id)); err != nil {
		return resultFailed, err
	}
	if admitted, err := a.admitRemoval(ctx, log, env, ref, current); err != nil || !admitted {
		return resultHeld, err
	}
	removed, err := a.applier.Remove(ctx, ref, apply.Revision{Commit: current.commit()}, func(pruned *apply.Result) error {
		return a.tellPruned(ctx, ref, a.leaving(id), current, pruned)
	})
	if err != nil {
		log.Error("removing failed", "error", err)
		return resultFailed, err
	}
	a.health.Forget(ref)
	a.forget(ref)
	log.Info("removed", "objects", len(removed.Changes))
	return resultRemoved, nil
}

// admitRemoval asks policy whether a unit may go. What was never applied may; and what nobody can render any more, where no
// policy asks.
func (a *Agent) admitRemoval(ctx context.Context, log *slog.Logger, env *environments.Environment, ref apply.Ref, current *plan) (bool, error) {
	status, err := a.applier.ReadStatus(ctx, ref)
	if err != nil || status.Digest == "" {
		return err == nil, err
	}
	leaving := &environments.Unit{Environment: env, Name: ref.Name, Dir: path.Join(env.Dir, ref.Name)}
	unit, done := &planned{unit: leaving, ref: ref, commit: current.commit()}, a.leaving(ref.ID())
	if a.lastObjects(leaving, status, done) == nil {
		if len(current.rulesInForce().Selected(env.Name)) == 0 {
			return true, nil
		}
		return false, a.holdUnseen(ctx, ref, current)
	}
	d, err := a.decide(ctx, current, unit, status, done)
	if err == nil {
		err = a.tellDecision(ctx, unit, done, d)
	}
	if err != nil {
		return false, a.reportUndecided(ctx, log, unit, err)
	}
	told := gateOf(current.commit(), d.outcome)
	done.held.Store(d.outcome.Verdict == policies.Hold)
	if d.outcome.Verdict != policies.Hold {
		return true, nil
	}
	log.Warn("the removal is held", "reason", told.Message)
	a.lookAgain(ref.ID(), told.Again)
	return false, a.applier.ReportGate(ctx, ref, *told, done.account.status())
}

// holdUnseen holds the removal of what policy cannot see.
func (a *Agent) holdUnseen(ctx context.Context, ref apply.Ref, current *plan) error {
	return a.applier.ReportGate(ctx, ref, apply.Gate{
		Commit: current.commit(), Reason: v1alpha1.ReasonHeld,
		Message: "what is to be removed cannot be rendered from its commit any more, so that policy cannot judge it: delete the ModelDeployment by hand",
	}, nil)
}

// leaving is the progress of a unit that left Git.
func (a *Agent) leaving(id string) *progress {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.progressLocked(id)
}

// refOf names a unit by its id, without its namespace.
func refOf(id string) apply.Ref {
	environment, model, _ := strings.Cut(id, "/")
	return apply.Ref{Environment: environment, Name: model}
}

func (a *Agent) forget(ref apply.Ref) {
	a.mu.Lock()
	delete(a.units, ref.ID())
	delete(a.gone, ref.ID())
	a.mu.Unlock()
	a.metrics.ready.DeleteLabelValues(ref.Environment, ref.Name)
	a.metrics.freed(ref)
	a.metrics.gpus.DeleteLabelValues(ref.Environment, ref.Name)
}
