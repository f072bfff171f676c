package agent

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// takeBack notes that a release is to be replaced by the last healthy one, if it failed within its probation and its
// descriptor asks for that. What follows is done when the unit is reconciled again, also by an agent that comes after this
// one: see takenBack.
func (a *Agent) takeBack(ctx context.Context, log *slog.Logger, unit *planned, done *progress, health apply.Health) error {
	spec := unit.objects.Descriptor.Spec
	if health.Status != apply.Degraded || done.held.Load() || spec == nil || !environments.RollsBack(spec.Rollout) {
		return nil
	}
	status, err := a.applier.ReadStatus(ctx, unit.ref)
	if err != nil || status.Rollback != nil {
		return err
	}
	back := rollbackOf(unit, status, environments.Probation(spec.Rollout), time.Now())
	if back == nil {
		log.Warn("the release failed, and is not taken back: its probation is over, or no release was healthy here before it", "message", health.Message)
		return nil
	}
	back.Message = health.Message
	if err := a.applier.WriteStatus(ctx, apply.Report{Unit: unit.ref, Rollback: back}); err != nil {
		return err
	}
	log.Warn("the release is taken back", "release", back.Release, "to", back.ToRelease, "reason", health.Message)
	done.held.Store(true)
	a.queue.Add(unit.ref.ID())
	a.considerPromotions() // and reverts
	return nil
}

// rollbackOf is what a release that failed now is taken back to; nil when it is not on probation any more, or nothing was
// healthy before it.
func rollbackOf(unit *planned, status v1alpha1.ModelDeploymentStatus, probation time.Duration, now time.Time) *v1alpha1.RollbackStatus {
	if len(status.Releases) == 0 || status.Releases[0].Digest != digestOf(unit) || now.Sub(status.Releases[0].Since.Time) > probation {
		return nil
	}
	for _, former := range status.Releases[1:] {
		if former.HealthySince == nil || former.Digest == status.Releases[0].Digest {
			continue
		}
		return &v1alpha1.RollbackStatus{
			Release: unit.objects.ReleaseID, Digest: status.Releases[0].Digest, Content: unit.objects.Content,
			ToRelease: former.Release, ToDigest: former.Digest, ToCommit: former.NewestCommit(),
			Since: metav1.NewTime(now.UTC().Truncate(time.Second)),
		}
	}
	return nil
}

// takenBack is what runs in the place of a release that failed, while Git still asks for just that; false when none did.
// It was admitted before, byte for byte, and is not decided on again.
func (a *Agent) takenBack(ctx context.Context, log *slog.Logger, unit *planned, status v1alpha1.ModelDeploymentStatus, done *progress) (instead admission, taken bool, err error) {
	back := status.Rollback
	if back == nil || back.Content != unit.objects.Content || !rollsBack(unit) { // what never asked for it, a status cannot have
		return admission{}, false, nil
	}
	asked := status
	asked.Commit, asked.Digest = back.ToCommit, back.ToDigest
	objects := a.lastObjects(unit.unit, asked, done)
	if objects == nil || back.ToDigest == "" || digestOf(&planned{objects: objects}) != back.ToDigest {
		return admission{}, true, fmt.Errorf("taking %s back to %s: it cannot be rendered from commit %s any more; change what Git asks for", unit.ref.ID(), back.ToRelease, back.ToCommit)
	}
	target := &planned{unit: unit.unit, ref: unit.ref, commit: back.ToCommit, objects: objects}
	if err := a.tellRolledBack(ctx, target, done, back); err != nil {
		return admission{}, true, err
	}
	done.held.Store(true)
	gate := &apply.Gate{Commit: unit.commit, Reason: v1alpha1.ReasonRolledBack, Message: rolledBack(back)}
	log.Debug("what Git asks for is not tried again", "message", gate.Message)
	return admission{target: target, gate: gate}, true, nil
}

func rolledBack(back *v1alpha1.RollbackStatus) string {
	next := "revert what brought it, or mend it"
	switch {
	case back.Advice != "":
		next = back.Advice
	case back.PullRequest != "":
		next = "merge " + back.PullRequest + ", which reverts it, or mend it"
	}
	return fmt.Sprintf("%s failed here (%s) and was taken back to %s, which was healthy; it is not tried again until Git changes: %s",
		back.Release, back.Message, back.ToRelease, next)
}

// tellRolledBack records that a release is taken back, before it is.
func (a *Agent) tellRolledBack(ctx context.Context, target *planned, done *progress, back *v1alpha1.RollbackStatus) error {
	fact := records.Fact{Kind: records.RolledBack, Data: factsOf(target)}
	fact.Data.Release.Previous = back.Release
	fact.Data.Rollback = &records.Rollback{From: back.Digest, To: back.ToDigest, ToCommit: back.ToCommit}
	fact.Data.Problems = []string{back.Message}
	fact.Data.Message = fmt.Sprintf("take %s back from %s to %s: %s", target.ref.ID(), back.Release, back.ToRelease, back.Message)
	return a.tell(ctx, target.ref, done, &done.account.Decision, fact, back.Content, back.Digest, back.Since.UTC().Format(time.RFC3339))
}
