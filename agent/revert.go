package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// revertBranch is the branch that has Git agree with what a unit was taken back to.
func revertBranch(unit apply.Ref) string {
	return promote.Reversion.Branch(unit.Environment, unit.Name)
}

// revertable are the units of a plan whose reverts are looked after, sorted.
func (a *Agent) revertable(p *plan) []*planned {
	rules := p.rulesInForce()
	if rules == nil {
		return nil
	}
	var all []*planned
	for _, unit := range p.units {
		env := unit.unit.Environment
		if len(env.Problems) == 0 && !env.Spec.Suspend && rules.Knows(env.Name) && unit.ref.Namespace != "" {
			all = append(all, unit)
		}
	}
	slices.SortFunc(all, func(x, y *planned) int { return strings.Compare(x.ref.ID(), y.ref.ID()) })
	return all
}

// revertAll brings the branches and pull requests of reverts up to date. What went wrong is logged, and tried again.
func (a *Agent) revertAll(ctx context.Context, p *plan) error {
	var failed error
	for _, unit := range a.revertable(p) {
		err := a.revert(ctx, p, unit)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			a.log.Warn("a revert could not be proposed or withdrawn; it is tried again", "unit", unit.ref.ID(), "error", err)
			failed = err
		}
	}
	return failed
}

// revert brings one revert up to date: it is wanted while Git still asks for just what was taken back.
func (a *Agent) revert(ctx context.Context, p *plan, unit *planned) error {
	tip := a.repository.Tip(revertBranch(unit.ref))
	if tip == "" && !rollsBack(unit) {
		return nil
	}
	if err := a.tellFoundRevert(ctx, unit.ref, tip); err != nil {
		return err
	}
	status, err := a.applier.ReadStatus(ctx, unit.ref)
	if err != nil {
		return err
	}
	back := status.Rollback
	switch {
	case back == nil:
		return a.withdrawRevert(ctx, p, unit, tip, fmt.Sprintf("Git and %s agree again", unit.ref.ID()))
	case unit.objects == nil || unit.objects.Content != back.Content:
		return a.withdrawRevert(ctx, p, unit, tip, fmt.Sprintf("Git asks for something else than %s by now", back.Release))
	}
	fallen := promote.Fallen{Unit: unit.unit, Now: unit.objects, Back: *back}
	revert, err := promote.NewRevert(ctx, a.planner.renderer, p.snapshot, a.repository.History(), a.repository.At, fallen)
	var refused *promote.Refusal
	if errors.As(err, &refused) {
		if err := a.withdrawRevert(ctx, p, unit, tip, refused.Error()); err != nil {
			return err
		}
		return a.noteReverting(ctx, unit, back, apply.Reverting{Content: back.Content, Advice: refused.Error()})
	}
	if err != nil {
		return err
	}
	return a.proposeRevert(ctx, p, unit, revert)
}

// rollsBack says whether a release of the unit is taken back when it fails.
func rollsBack(unit *planned) bool {
	return unit.objects != nil && unit.objects.Descriptor.Spec != nil && environments.RollsBack(unit.objects.Descriptor.Spec.Rollout)
}

// wantedRevert is what is wanted of a revert, without what it is.
func (a *Agent) wantedRevert(p *plan, unit *planned) promote.Wanted {
	return promote.Wanted{To: unit.ref.Environment, Model: unit.ref.Name, Purpose: promote.Reversion, Into: a.config.Source.Branch, Target: p.snapshot}
}

// proposeRevert sees to it that the pull request is open, and says so. No gate keeps it from being opened: it is for what runs
// already.
func (a *Agent) proposeRevert(ctx context.Context, p *plan, unit *planned, revert *promote.Revert) error {
	report, gates, err := a.judge(ctx, p, unit.ref, revert.Tree, revert.Uncommitted())
	if err != nil {
		return err
	}
	wanted := a.wantedRevert(p, unit)
	wanted.Revert, wanted.Text = revert, revert.Text(gates, report)
	result, err := a.reconcileBranch(ctx, wanted)
	if err != nil {
		return err
	}
	told := apply.Reverting{Content: revert.Back.Content}
	if result.PullRequest != nil {
		told.PullRequest = result.PullRequest.URL
	}
	switch result.State {
	case promote.Pushed:
		told.Advice = fmt.Sprintf("merge the branch %s, which reverts it, or mend it", result.Branch)
	case promote.Declined, promote.Stopped:
		told.Advice = result.Message
	}
	if err := a.tellReverted(ctx, unit, revert, result); err != nil {
		return err
	}
	return a.noteReverting(ctx, unit, &revert.Back, told)
}

// withdrawRevert closes the pull request and deletes the branch, if there are any.
func (a *Agent) withdrawRevert(ctx context.Context, p *plan, unit *planned, tip, why string) error {
	if tip == "" {
		return nil
	}
	if err := a.tellRevertWithdrawn(ctx, p, unit, tip, why); err != nil {
		return err
	}
	wanted := a.wantedRevert(p, unit)
	wanted.Why = why
	_, err := a.reconcileBranch(ctx, wanted)
	return err
}

// noteReverting has the status say how far Git is, and the conditions with it.
func (a *Agent) noteReverting(ctx context.Context, unit *planned, back *v1alpha1.RollbackStatus, told apply.Reverting) error {
	if back.PullRequest == told.PullRequest && back.Advice == told.Advice {
		return nil
	}
	if told.Advice != "" {
		a.log.Warn("Git does not agree with what runs, and a person has to see to it", "unit", unit.ref.ID(), "advice", told.Advice)
	}
	if err := a.applier.WriteStatus(ctx, apply.Report{Unit: unit.ref, Reverting: &told}); err != nil {
		return err
	}
	a.queue.Add(unit.ref.ID())
	return nil
}

// tellReverted records what is proposed: by what it proposes, so that it is recorded once, also when the agent that proposed
// it was killed before it could.
func (a *Agent) tellReverted(ctx context.Context, unit *planned, revert *promote.Revert, result promote.Result) error {
	if a.journal == nil || result.State != promote.Proposed && result.State != promote.Pushed || a.proposed[result.Branch] == result.Commit {
		return nil
	}
	back := revert.Back
	data := records.Data{
		Release:   &records.Release{ID: back.ToRelease, Digest: back.ToDigest, Previous: back.Release},
		Promotion: &records.Promotion{From: unit.ref.Environment, To: unit.ref.Environment, Branch: result.Branch, Commit: result.Commit, Action: "opened"},
		Rollback:  &records.Rollback{From: back.Digest, To: back.ToDigest, ToCommit: back.ToCommit},
		Message:   fmt.Sprintf("proposed to revert %s from %s to %s, so that Git asks for what runs", unit.ref.ID(), back.Release, back.ToRelease),
	}
	if result.PullRequest != nil {
		data.Promotion.URL, data.Rollback.URL = result.PullRequest.URL, result.PullRequest.URL
	}
	if err := a.tellOfPromotion(ctx, unit.ref, data); err != nil {
		return err
	}
	a.proposed[result.Branch] = result.Commit
	return nil
}

// tellRevertWithdrawn records that a revert is merged, or that it is closed, before it is.
func (a *Agent) tellRevertWithdrawn(ctx context.Context, p *plan, unit *planned, tip, why string) error {
	if a.journal == nil {
		return nil
	}
	branch := revertBranch(unit.ref)
	delete(a.proposed, branch)
	data := records.Data{
		Promotion: &records.Promotion{From: unit.ref.Environment, To: unit.ref.Environment, Branch: branch, Commit: tip, Action: "closed"},
		Message:   fmt.Sprintf("withdrew the revert of %s: %s", unit.ref.ID(), why),
	}
	if merged, err := a.repository.History().Contains(ctx, p.commit(), tip); err == nil && merged {
		data.Promotion.Action, data.Message = "merged", fmt.Sprintf("the revert of %s was merged: %s", unit.ref.ID(), why)
	}
	if at, err := a.repository.At(tip); err == nil {
		if claim, ok := promote.ReadReversal(at.Commit()); ok {
			data.Release = &records.Release{ID: claim.ReleaseID, Digest: claim.Digest}
		}
	}
	return a.tellOfPromotion(ctx, unit.ref, data)
}

// failedHere says how a release failed in the environment, if it ran there and has not recovered. Such a release is not
// proposed again by itself: after a rollback was reverted in Git, that would be the next thing to do.
func (a *Agent) failedHere(ctx context.Context, unit apply.Ref, plan *promote.Plan) (string, error) {
	status, err := a.applier.ReadStatus(ctx, unit)
	if err != nil {
		return "", err
	}
	for _, r := range status.Releases { // newest first
		if r.Digest == plan.Digest() {
			if r.LastFailure == nil || r.HealthySince != nil {
				return "", nil
			}
			return fmt.Sprintf("%s failed in %s at %s, and is not proposed again by itself: promote another release, or run penstock promote %s --to %s",
				r.Release, unit.Environment, r.LastFailure.UTC().Format(time.RFC3339), unit.Name, unit.Environment), nil
		}
	}
	return "", nil
}
