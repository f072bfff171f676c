package agent

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
)

// judge asks the gates of a unit about another tree than that of the plan, in which some files differ. There are no gates
// where nothing could be decided.
func (a *Agent) judge(ctx context.Context, p *plan, unit apply.Ref, tree source.Tree, files []string) (*check.Report, []promote.Gate, error) {
	report, err := check.Run(ctx, a.planner.renderer, check.Trees{
		Base: p.snapshot, Fork: p.snapshot, HeadCommit: p.snapshot, Head: tree, Uncommitted: files,
		History: a.repository.History(), At: a.repository.At,
	}, check.Options{
		Layout: a.planner.rulebook.layout, Select: []string{unit.ID()}, Everything: true, Live: &inCluster{a, p}, Now: time.Now().UTC().Truncate(time.Second),
		Witnesses: func(environment string, rules *gate.Rules) map[string]gate.Witness {
			return a.witnesses(environment, rules)
		},
	})
	if err != nil || len(report.Units) != 1 || report.Units[0].Outcome == nil {
		return report, nil, err
	}
	gates, err := promote.UnitGates(ctx, report.Units[0], p.rulesInForce().Selected(unit.Environment))
	return report, gates, err
}

// proposes says whether a commit proposes just this.
func (a *Agent) proposes(commit string, plan *promote.Plan) bool {
	at, err := a.repository.At(commit)
	if err != nil {
		return false // there is none
	}
	claim, ok := promote.ReadClaim(at.Commit())
	return ok && claim.Digest == plan.Digest()
}

// reconcileBranch does what is missing for a promotion or a revert.
func (a *Agent) reconcileBranch(ctx context.Context, wanted promote.Wanted) (promote.Result, error) {
	hub, err := a.forge()
	if err != nil {
		return promote.Result{}, err
	}
	result, err := promote.Reconcile(ctx, a.promotions, hub, wanted)
	if len(result.Did) > 0 || result.Message != "" {
		a.log.Info("proposal", "unit", wanted.To+"/"+wanted.Model, "state", result.State, "did", result.Did, "branch", result.Branch, "message", result.Message)
	}
	return result, err
}

// forge is where pull requests are opened; nil where there is none, or no token yet.
func (a *Agent) forge() (forge.Forge, error) {
	if a.config.Forge == nil {
		return nil, nil
	}
	if _, err := os.Stat(a.config.Forge.TokenFile); a.config.Forge.TokenFile != "" && err != nil {
		return nil, nil //nolint:nilerr // the Secret is optional, and may come later
	}
	return forge.New(*a.config.Forge)
}

// draft is a commit of a promotion, by the agent, signed with the key of the records if there is one.
func (a *Agent) draft() source.Draft {
	d := source.Draft{Author: source.Person{Name: "Penstock", Email: "penstock@" + a.config.Name, When: time.Now()}}
	if a.config.RecordsKeyDir == "" {
		return d
	}
	if auth, err := source.LoadAuth(a.config.RecordsKeyDir); err == nil {
		if signer, err := auth.Signer(); err == nil && signer != nil {
			d.Sign = func(payload []byte) ([]byte, error) { return records.Sign(signer, payload) }
		}
	}
	return d
}

// tellOfPromotion records what became of a pull request, once for each of its commits.
func (a *Agent) tellOfPromotion(ctx context.Context, unit apply.Ref, data records.Data) error {
	data.Agent = a.teller()
	fact := records.Fact{
		ID:   records.NewID(unit.ID(), string(records.Promoted), data.Promotion.Action, data.Promotion.Commit),
		Kind: records.Promoted, Environment: unit.Environment, Model: unit.Name, Time: time.Now().UTC().Truncate(time.Millisecond), Data: data,
	}
	if err := a.journal.Append(ctx, fact); err != nil {
		return fmt.Errorf("recording what happened to %s: %w", unit.ID(), err)
	}
	return nil
}
