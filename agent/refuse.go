package agent

import (
	"context"
	"log/slog"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// reportUndecided says that nothing could be decided, and so nothing is applied. It is tried again.
func (a *Agent) reportUndecided(ctx context.Context, log *slog.Logger, unit *planned, err error) error {
	log.Error("it could not be decided", "error", err)
	if ctx.Err() == nil {
		told := apply.Gate{Commit: unit.commit, Reason: v1alpha1.ReasonHeld, Message: "it could not be decided, and what is not decided is not applied: " + err.Error()}
		if statusErr := a.applier.ReportGate(ctx, unit.ref, told, nil); statusErr != nil {
			log.Warn("the status could not be written", "error", statusErr)
		}
	}
	return err
}

// refuse says in the unit's status why it was not applied. What runs stays as it is. The refusal follows
// from the commit alone, so that only a new one can change it.
func (a *Agent) refuse(ctx context.Context, log *slog.Logger, unit *planned, done *progress) (string, error) {
	if done.reported == unit {
		return resultRefused, nil
	}
	problems := problem.Of(unit.err)
	for _, p := range problems {
		log.Error("refused", "rule", p.Rule, "problem", p.Error())
	}
	a.setReady(unit, false)
	a.metrics.freed(unit.ref)
	if unit.ref.Namespace == "" {
		return resultRefused, nil // its environment was broken from the start: there is no knowing where to say so
	}
	err := a.tellRefused(ctx, unit, done, problems)
	if err == nil {
		err = a.applier.ReportInvalid(ctx, unit.ref, apply.Revision{Commit: unit.commit}, problems, done.account.status())
	}
	if err != nil {
		log.Warn("the status could not be written", "error", err)
		return resultRefused, err
	}
	done.reported = unit
	return resultRefused, nil
}

// suspend says that the unit is not being looked after for now.
func (a *Agent) suspend(ctx context.Context, log *slog.Logger, unit *planned, done *progress) (string, error) {
	if done.reported == unit {
		return resultUnchanged, nil
	}
	if err := a.tellSuspended(ctx, unit, done); err != nil {
		return resultFailed, err
	}
	err := a.applier.WriteStatus(ctx, apply.Report{
		Unit: unit.ref, Commit: unit.commit, Recorded: done.account.status(),
		Hold:        v1alpha1.ReasonSuspended,
		HoldMessage: unit.unit.Environment.Dir + "/environment.yaml says suspend: true",
	})
	if err != nil {
		log.Warn("the status could not be written", "error", err)
		return resultFailed, err
	}
	if err := a.evaluations.Stop(ctx, unit.ref); err != nil {
		log.Warn("evaluations could not be stopped", "error", err)
		return resultFailed, err
	}
	log.Info("suspended")
	a.metrics.freed(unit.ref) // held or not, nobody decides
	done.reported = unit
	return resultUnchanged, nil
}
