package agent

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/render"
)

// progress is what the agent has done about one unit. Only the worker that holds the unit touches it, but for
// what is atomic.
type progress struct {
	digest   string         // of the objects that were last applied without an error
	members  []apply.Member // what they became in the cluster
	reported *planned       // the refusal, or the suspended unit, that the status tells of
	room     apply.Room     // the last answer of the fleet, for
	shortage shortage       // this shortage
	short    atomic.Bool    // there was not room for all replicas, as far as is known

	told     string          // the release and its health that other environments were told of
	held     atomic.Bool     // policy holds what Git asks for
	admitted *render.Objects // what was last admitted, if it is known
	change   *change         // what history says of what Git asks for instead

	admittedAt string // the commit that admitted was rendered from

	account     account // what the records were told
	healthTold  pulse   // when that was how it is
	failureTold pulse   // when it was that it could not be applied

	untold *apply.Gate // what policy said of what was applied, until the status tells it
}

// Results of a reconcile, as the metrics name them.
const (
	resultApplied   = "applied"
	resultUnchanged = "unchanged"
	resultRefused   = "refused"
	resultFailed    = "failed"
	resultRemoved   = "removed"
	resultHeld      = "held"
)

// takeUnits is a worker: it reconciles what the queue hands it until the queue shuts down.
func (a *Agent) takeUnits(ctx context.Context) {
	for {
		key, shutdown := a.queue.Get()
		if shutdown {
			return
		}
		if ctx.Err() == nil {
			a.take(ctx, key)
		}
		a.queue.Done(key)
	}
}

// take reconciles a unit, or an environment if the key has no slash, and sees to it that a failure is tried
// again.
func (a *Agent) take(ctx context.Context, key string) {
	var err error
	if environment, model, isUnit := strings.Cut(key, "/"); isUnit {
		var result string
		result, err = a.reconcile(ctx, key)
		a.metrics.reconciles.WithLabelValues(environment, model, result).Inc()
	} else {
		err = a.findRemoved(ctx, key)
	}
	switch {
	case err == nil:
		a.queue.Forget(key)
	case ctx.Err() == nil:
		a.queue.AddRateLimited(key)
	}
}

// reconcile brings one unit to where the current plan wants it. It is level-triggered: it may be called at
// any time, for any reason, and does only what is missing.
func (a *Agent) reconcile(ctx context.Context, id string) (result string, err error) {
	current := a.current.Load()
	unit := current.unit(id)
	if unit == nil {
		return a.remove(ctx, id, current)
	}
	log := a.log.With("environment", unit.unit.Environment.Name, "unit", id, "commit", unit.commit)
	done := a.progressOf(id)
	if err := a.recall(ctx, unit.ref, done); err != nil {
		log.Warn("the unit is tried again", "error", err)
		return resultFailed, err
	}
	switch {
	case unit.err != nil:
		return a.refuse(ctx, log, unit, done)
	case unit.unit.Environment.Spec.Suspend:
		return a.suspend(ctx, log, unit, done)
	case done.digest == unit.objects.Digest && !done.held.Load():
		return resultUnchanged, a.reportHealth(ctx, log, unit, done, done.untold)
	}
	return a.pass(ctx, log, current, unit, done)
}

// pass brings a unit through the gate: what policy admits is applied, and while it holds that, what was last admitted
// stays, and is put right if something changed it.
func (a *Agent) pass(ctx context.Context, log *slog.Logger, current *plan, unit *planned, done *progress) (string, error) {
	admitted, err := a.admit(ctx, log, current, unit, done)
	if err != nil {
		done.held.Store(true) // so that it is told when it is over
		return resultFailed, a.reportUndecided(ctx, log, unit, err)
	}
	target := admitted.target
	switch {
	case target == nil:
		a.setReady(unit, false)
		return resultHeld, a.applier.ReportGate(ctx, unit.ref, *admitted.gate, done.account.status())
	case done.digest != target.objects.Digest:
		return a.apply(ctx, log, target, done, admitted.gate)
	case admitted.held():
		return resultHeld, a.reportHealth(ctx, log, target, done, admitted.gate)
	}
	return resultUnchanged, a.reportHealth(ctx, log, target, done, admitted.gate)
}

func (a *Agent) progressOf(id string) *progress {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.gone, id) // it is in Git, or in Git again
	return a.progressLocked(id)
}

// progressLocked is a unit's progress, which begins when it is first asked for. The caller holds the lock.
func (a *Agent) progressLocked(id string) *progress {
	if a.units[id] == nil {
		a.units[id] = &progress{}
	}
	return a.units[id]
}

// apply sends the unit's objects to the API server and writes down what came of it.
func (a *Agent) apply(ctx context.Context, log *slog.Logger, unit *planned, done *progress, gate *apply.Gate) (string, error) {
	began := time.Now()
	defer since(a.metrics.applyTime, began)
	log = log.With("release", unit.objects.ReleaseID)
	done.digest = "" // until it has succeeded: after a failure in the middle, the old objects need a new apply too
	report := apply.Report{Unit: unit.ref, Commit: unit.commit, Objects: unit.objects, Gate: gate}
	objects := a.prepareRollout(ctx, log, unit, done, &report)
	applied, applyErr := a.applier.Apply(ctx, objects, apply.Revision{Commit: unit.commit})
	if ctx.Err() != nil {
		return resultFailed, applyErr
	}
	report.Result, report.Err = applied, applyErr
	done.reported = nil
	if applyErr == nil {
		done.digest, done.members, done.admitted = unit.objects.Digest, applied.Members, unit.objects
		done.admittedAt = unit.commit
		report.Health, applyErr = a.assess(report.Unit, applied)
	}
	a.metrics.gpus.WithLabelValues(unit.unit.Environment.Name, unit.unit.Name).Set(float64(unit.objects.GPUs))
	done.untold = gate
	if err := a.tellOutcome(ctx, unit, done, report); err != nil {
		log.Warn("what happened could not be recorded; it is tried again", "error", err)
		done.digest = "" // applied again, which changes nothing, it is told again
		return resultFailed, err
	}
	report.Recorded = done.account.status()
	if err := a.applier.WriteStatus(ctx, report); err != nil {
		log.Warn("the status could not be written", "error", err)
		return resultFailed, err
	}
	done.untold = nil
	a.setReady(unit, report.Health != nil && report.Health.Status == apply.Healthy && !done.held.Load())
	a.tellOthers(unit, done, report.Health)
	if applyErr != nil {
		log.Error("apply failed", "error", applyErr, "transient", apply.Transient(applyErr))
		return resultFailed, applyErr
	}
	logChanges(log, applied, time.Since(began))
	return resultApplied, a.followUp(ctx, log, unit, done, report.Health)
}

// followUp does what follows from the health of what runs: a release that failed is taken back, and one that is healthy is
// measured.
func (a *Agent) followUp(ctx context.Context, log *slog.Logger, unit *planned, done *progress, health *apply.Health) error {
	if health == nil {
		return nil
	}
	if err := a.takeBack(ctx, log, unit, done, *health); err != nil {
		return err
	}
	return a.evaluate(ctx, log, unit, done, *health)
}

// prepareRollout says, before anything is applied, what there is no room for, and chooses how the change is rolled
// out. The choice stands while the objects stay the same: what others do on the cluster must not change a unit.
// Whatever fails here does not keep the unit from being applied, where it will be said in full.
func (a *Agent) prepareRollout(ctx context.Context, log *slog.Logger, unit *planned, done *progress, report *apply.Report) *render.Objects {
	status, err := a.applier.ReadStatus(ctx, unit.ref)
	if err != nil {
		log.Warn("the last rollout is not known", "error", err)
		return unit.objects
	}
	ahead, ok := a.lookAhead(ctx, log, unit, done)
	if !ok {
		return unit.objects
	}
	report.Room, report.Rollout = &done.room, status.Rollout
	if status.Rollout == nil || status.Digest != unit.objects.Digest {
		report.Rollout = rolloutStatus(ahead.rollout)
	}
	if done.room.Status == metav1.ConditionFalse {
		log.Warn("there is no room", "reason", done.room.Reason, "message", done.room.Message)
		if err := a.applier.ReportRoom(ctx, unit.ref, done.room); err != nil {
			log.Warn("that there is no room could not be said in the status", "error", err)
		}
	}
	log.Info("rollout", "strategy", report.Rollout.Strategy, "surge", report.Rollout.MaxSurge, "reason", report.Rollout.Reason, "message", report.Rollout.Message)
	return unit.objects.WithRollout(rolloutFrom(report.Rollout))
}

// lookAhead foresees, and keeps the words of the last answer while the answer is the same.
func (a *Agent) lookAhead(ctx context.Context, log *slog.Logger, unit *planned, done *progress) (outlook, bool) {
	ahead, err := a.foresee(ctx, unit.objects)
	if err != nil {
		log.Error("what the unit asks of the cluster cannot be read", "error", err)
		return ahead, false
	}
	if done.room.Reason == "" || done.shortage != ahead.short {
		done.room, done.shortage = ahead.room, ahead.short
	}
	done.short.Store(done.room.Status != metav1.ConditionTrue)
	return ahead, ahead.rollout.Strategy != ""
}

// assess starts to watch what was applied and says how it is by now; nil when the watch has just begun and
// cannot tell. It will call when it can.
func (a *Agent) assess(ref apply.Ref, applied *apply.Result) (*apply.Health, error) {
	if err := a.health.Follow(ref, applied.Kinds()); err != nil {
		return nil, err
	}
	health := a.health.Assess(ref, applied.Members)
	if health.Reason == apply.ReasonNotObserved {
		return nil, nil
	}
	return &health, nil
}

// reportHealth brings the unit's status up to date with what the watches have seen. It asks the API server
// for nothing, and writes only what differs.
func (a *Agent) reportHealth(ctx context.Context, log *slog.Logger, unit *planned, done *progress, gate *apply.Gate) error {
	report := apply.Report{Unit: unit.ref, Commit: unit.commit, Objects: unit.objects, Gate: gate}
	health := a.health.Assess(unit.ref, done.members)
	if health.Reason != apply.ReasonNotObserved {
		report.Health = &health
	} else if gate == nil {
		return nil
	}
	if done.short.Load() || health.Status == apply.Unschedulable { // otherwise the unit has its nodes
		if _, ok := a.lookAhead(ctx, log, unit, done); ok {
			report.Room = &done.room
		}
	}
	if err := a.tellHealth(ctx, unit, done, report.Health); err != nil {
		log.Warn("how it is could not be recorded; it is tried again", "error", err)
		return err
	}
	report.Recorded = done.account.status()
	err := a.applier.WriteStatus(ctx, report)
	if err != nil {
		log.Warn("the status could not be written", "error", err)
		return err
	}
	done.untold = nil
	a.setReady(unit, health.Status == apply.Healthy && !done.held.Load())
	a.tellOthers(unit, done, report.Health)
	log.Debug("health", "status", health.Status, "reason", health.Reason, "message", health.Message)
	return a.followUp(ctx, log, unit, done, &health)
}

func (a *Agent) setReady(unit *planned, ready bool) {
	a.metrics.ready.WithLabelValues(unit.unit.Environment.Name, unit.unit.Name).Set(map[bool]float64{true: 1}[ready])
}

func logChanges(log *slog.Logger, applied *apply.Result, took time.Duration) {
	for _, change := range applied.Changes {
		log.Debug("object", "object", change.Object, "action", change.Action)
	}
	for _, conflict := range applied.Conflicts {
		log.Warn("took a field from another manager", "object", conflict.Object, "field", conflict.Field, "manager", conflict.Manager)
	}
	log.Info("applied", "changed", applied.Changed(), "took", took.Round(time.Millisecond).String())
}
