package agent

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records"
)

// Times of promoting.
const (
	// promoteAgain is how long the agent waits after something went wrong with a promotion.
	promoteAgain = 30 * time.Second
	// promotePatience is how long it waits at most to look at promotions again: the forge tells nobody what people do there.
	promotePatience = time.Hour
)

// considerPromotions has promotions looked at: something that they depend on is new.
func (a *Agent) considerPromotions() {
	select {
	case a.promotionNews <- struct{}{}:
	default:
	}
}

// keepPromotions looks at promotions whenever something is new or a gate opens by itself, until the context ends.
func (a *Agent) keepPromotions(ctx context.Context) {
	again := time.NewTimer(promotePatience)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.promotionNews:
		case <-again.C:
		}
		again.Reset(a.promoteAll(ctx))
	}
}

// promoteAll brings the branches and pull requests of all environments that are promoted to by themselves up to date, and
// those of reverts, and returns when to look again.
func (a *Agent) promoteAll(ctx context.Context) (wait time.Duration) {
	current := a.current.Load()
	wait = promotePatience
	for _, unit := range a.promotable(current) {
		opens, err := a.promote(ctx, current, unit)
		if ctx.Err() != nil {
			return wait
		}
		if err != nil {
			a.log.Warn("a promotion was not possible; it is tried again", "unit", unit.ref.ID(), "error", err)
			wait = min(wait, promoteAgain)
		}
		if opens != nil {
			wait = min(wait, max(time.Until(*opens), 0)+time.Second)
		}
	}
	if a.revertAll(ctx, current) != nil {
		wait = min(wait, promoteAgain)
	}
	return wait
}

// promotion is a unit that may be promoted to, and the environment that its releases come from.
type promotion struct {
	ref  apply.Ref
	from string
}

func (p promotion) branch() string { return promote.Branch(p.ref.Environment, p.ref.Name) }

// promotable are the units of a plan that are promoted to by themselves, sorted.
func (a *Agent) promotable(p *plan) []promotion {
	rules := p.rulesInForce()
	if rules == nil {
		return nil
	}
	var all []promotion
	for _, env := range p.environments {
		if len(env.Problems) > 0 || env.Spec.Suspend || !rules.Knows(env.Name) {
			continue
		}
		spec := rules.Spec(env.Name)
		if spec.Promotion == nil || !spec.Promotion.Auto || spec.PromotedFrom == "" {
			continue
		}
		for id := range p.unitsOf(env.Name) {
			unit := p.units[id]
			if len(spec.Promotion.Models) == 0 || slices.Contains(spec.Promotion.Models, unit.ref.Name) {
				all = append(all, promotion{unit.ref, spec.PromotedFrom})
			}
		}
	}
	slices.SortFunc(all, func(x, y promotion) int { return strings.Compare(x.ref.ID(), y.ref.ID()) })
	return all
}

// promote brings one promotion up to date. It returns when a gate opens by itself, if one does.
func (a *Agent) promote(ctx context.Context, p *plan, unit promotion) (opens *time.Time, err error) {
	tip := a.repository.Tip(unit.branch())
	if tip == "" && !a.differs(p, unit) {
		return nil, nil
	}
	if err := a.tellFound(ctx, unit, tip); err != nil {
		return nil, err
	}
	wanted := promote.Wanted{To: unit.ref.Environment, Model: unit.ref.Name, Into: a.config.Source.Branch, Target: p.snapshot}
	plan, err := promote.New(a.planner.renderer, p.snapshot, a.planner.rulebook.layout, promote.Request{Model: unit.ref.Name, From: unit.from, To: unit.ref.Environment})
	var refused *promote.Refusal
	switch {
	case errors.As(err, &refused):
		wanted.Why = "there is nothing to promote now: " + refused.Error()
	case err != nil:
		return nil, err
	default:
		if failed, err := a.failedHere(ctx, unit.ref, plan); err != nil || failed != "" {
			if err != nil || tip == "" || a.proposes(tip, plan) { // by a person
				return nil, err
			}
			wanted.Why = failed
			break
		}
		keep, err := a.judgePromotion(ctx, p, unit, plan, tip, &wanted)
		if keep != nil || err != nil {
			return keep.opens, err
		}
	}
	if wanted.Plan == nil && tip == "" {
		return nil, nil
	}
	return nil, a.reconcilePromotion(ctx, unit, wanted, tip)
}

// differs says whether the two release files are not the same.
func (a *Agent) differs(p *plan, unit promotion) bool {
	id := func(environment string) string {
		found, err := p.snapshot.ObjectID(path.Join(a.planner.rulebook.layout.Environments, environment, unit.ref.Name, promote.ReleaseFile))
		if err != nil {
			return ""
		}
		return found
	}
	from, to := id(unit.from), id(unit.ref.Environment)
	return from != "" && to != "" && from != to
}

// waiting is a promotion that is left as it is.
type waiting struct{ opens *time.Time }

// judgePromotion asks the gates. When all but people's are open, the promotion is wanted. When some are closed, none is, and
// one that is there already is withdrawn, unless it is just this one and waits for a time.
func (a *Agent) judgePromotion(ctx context.Context, p *plan, unit promotion, plan *promote.Plan, tip string, wanted *promote.Wanted) (*waiting, error) {
	report, gates, err := a.judge(ctx, p, unit.ref, plan.Tree, []string{plan.Target})
	if err != nil {
		return nil, err
	}
	if gates == nil && (len(report.Units) != 1 || report.Units[0].Outcome == nil) {
		wanted.Why = "what it would do cannot be told: " + report.Problems.Error()
		return nil, nil
	}
	if !promote.Ready(gates) {
		return a.notReady(unit, plan, gates, tip, wanted), nil
	}
	story, err := promote.Tell(ctx, plan, p.snapshot, a.repository.History(), a.repository.At, report.Units[0].Outcome, gates)
	if err != nil {
		return nil, err
	}
	story.Records = a.recordsAt(unit)
	wanted.Plan, wanted.Text = plan, story.Text(report)
	return nil, nil
}

// notReady says what becomes of a promotion whose gates are not all open.
func (a *Agent) notReady(unit promotion, plan *promote.Plan, gates []promote.Gate, tip string, wanted *promote.Wanted) *waiting {
	var opens *time.Time
	var closed []string
	for _, g := range gates {
		switch g.State {
		case promote.Closed:
			closed = append(closed, g.Name+": "+strings.Join(g.Says, "; "))
		case promote.Later:
			if g.Opens != nil && (opens == nil || g.Opens.Before(*opens)) {
				opens = g.Opens
			}
		}
	}
	same := a.proposes(tip, plan)
	if tip == "" || same && len(closed) == 0 {
		return &waiting{opens}
	}
	wanted.Why = fmt.Sprintf("%s/%s has %s by now, which policy does not let into %s yet", unit.from, unit.ref.Name, plan.ReleaseID(), unit.ref.Environment)
	if same {
		wanted.Why = fmt.Sprintf("policy does not let %s into %s any more: %s", plan.ReleaseID(), unit.ref.Environment, strings.Join(closed, "; "))
	}
	return nil
}

// recordsAt is where the evidence for a promotion was read; empty unless it is from records.
func (a *Agent) recordsAt(unit promotion) string {
	t := a.testimonyOf(testimonyKey(unit.ref.Environment, unit.from))
	if t == nil || t.witness.Err != nil || t.witness.Ledger == nil || t.witness.Ledger.Head().Commit == "" {
		return ""
	}
	tip, err := a.repository.At(t.witness.Ledger.Head().Commit)
	if err != nil {
		return ""
	}
	return promote.RecordsAt(records.Branch(unit.from), tip.Commit())
}

// reconcilePromotion does what is missing, and records it.
func (a *Agent) reconcilePromotion(ctx context.Context, unit promotion, wanted promote.Wanted, tip string) error {
	if wanted.Plan == nil {
		if err := a.tellWithdrawn(ctx, unit, wanted, tip); err != nil {
			return err
		}
	}
	result, err := a.reconcileBranch(ctx, wanted)
	if err != nil {
		return err
	}
	return a.tellPromoted(ctx, unit, wanted, result)
}

// tellPromoted records what is proposed: by what it proposes, so that it is recorded once, also when the agent that proposed
// it was killed before it could.
func (a *Agent) tellPromoted(ctx context.Context, unit promotion, wanted promote.Wanted, result promote.Result) error {
	if a.journal == nil || wanted.Plan == nil || result.State != promote.Proposed && result.State != promote.Pushed || a.proposed[unit.ref.ID()] == result.Commit {
		return nil
	}
	p := &records.Promotion{From: unit.from, To: unit.ref.Environment, Branch: result.Branch, Commit: result.Commit, Action: "opened"}
	if result.PullRequest != nil {
		p.URL = result.PullRequest.URL
	}
	message := fmt.Sprintf("proposed %s of %s/%s for %s", wanted.Plan.ReleaseID(), unit.from, unit.ref.Name, unit.ref.Environment)
	release := &records.Release{ID: wanted.Plan.ReleaseID(), Digest: wanted.Plan.Digest(), Previous: wanted.Plan.Replaces()}
	if err := a.tellOfPromotion(ctx, unit.ref, records.Data{Message: message, Release: release, Promotion: p}); err != nil {
		return err
	}
	a.proposed[unit.ref.ID()] = result.Commit
	return nil
}

// tellWithdrawn records that a proposal is withdrawn, before it is.
func (a *Agent) tellWithdrawn(ctx context.Context, unit promotion, wanted promote.Wanted, tip string) error {
	if a.journal == nil || tip == "" {
		return nil
	}
	delete(a.proposed, unit.ref.ID())
	p := &records.Promotion{From: unit.from, To: unit.ref.Environment, Branch: unit.branch(), Commit: tip, Action: "closed"}
	return a.tellOfPromotion(ctx, unit.ref, records.Data{Message: "withdraw what was proposed for " + unit.ref.ID() + ": " + wanted.Why, Promotion: p})
}
