package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// decide asks policy, and makes the commit. It asks twice: what the commit says has to be known before it is made, and who made
// and signed it only afterwards.
func (p *promotion) decide(cmd *cobra.Command) error {
	ctx := cmd.Context()
	selected, err := p.selected()
	if err != nil {
		return err
	}
	live, stop, err := openLive(cmd, p.cluster)
	if err != nil {
		return err
	}
	defer stop()
	unit, err := p.check(ctx, live, p.plan.Trees(p.target))
	if err != nil {
		return err
	}
	if p.gates, err = promote.UnitGates(ctx, unit, selected); err != nil {
		return asInvalid(err)
	}
	p.story, err = promote.Tell(ctx, p.plan, p.target, p.clone.History(), p.clone.Source().At, unit.Outcome, p.gates)
	if err != nil {
		return err
	}
	if p.story.Records, err = p.recordsAt(); err != nil {
		return err
	}
	p.story.Anyway = p.anyway && !promote.Ready(p.gates)
	p.text = p.story.Text(nil)
	if p.commit, err = p.clone.Commit(ctx, p.target, p.plan.Files(), p.text.Message); err != nil {
		return err
	}
	candidate, err := p.clone.At(ctx, p.commit)
	if err != nil {
		return err
	}
	if unit, err = p.check(ctx, live, check.Trees{Base: p.target, Fork: p.target, HeadCommit: candidate, Head: candidate}); err != nil {
		return err
	}
	if p.gates, err = promote.UnitGates(ctx, unit, selected); err != nil {
		return asInvalid(err)
	}
	message := p.text.Message
	p.story.Gates = p.gates
	p.text = p.story.Text(p.report)
	p.text.Message = message // it is committed
	return nil
}

// selected are the policies of the target, as the branch has them.
func (p *promotion) selected() ([]policies.Selection, error) {
	layout := p.layout.WithDefaults()
	tree, err := environments.Load(p.target, layout.Environments)
	if err != nil {
		return nil, err
	}
	rules, problems := gate.LoadRules(p.target, layout, tree)
	if len(problems) > 0 {
		return nil, &invalidError{problems: problems}
	}
	return rules.Selected(p.to), nil
}

// recordsAt is where the evidence was read; empty unless it is from records.
func (p *promotion) recordsAt() (string, error) {
	environment := p.plan.After.Unit.Environment.Spec
	heard := slices.ContainsFunc(environment.Evidence, func(e v1alpha1.EvidenceSource) bool { return e.Environment == p.plan.From })
	tips, err := recordsOf(p.clone.Source())
	if err != nil || !heard || p.story.Evidence == nil || tips[p.plan.From] == "" {
		return "", err
	}
	tip, err := p.clone.Source().At(tips[p.plan.From])
	if err != nil {
		return "", err
	}
	return promote.RecordsAt(records.Branch(p.plan.From), tip.Commit()), nil
}

// check finds out what the promotion would do.
func (p *promotion) check(ctx context.Context, live check.Live, trees check.Trees) (check.Unit, error) {
	trees.History, trees.At = p.clone.History(), func(commit string) (*source.Snapshot, error) { return p.clone.At(ctx, commit) }
	var err error
	if trees.Records, err = recordsOf(p.clone.Source()); err != nil {
		return check.Unit{}, err
	}
	p.report, err = check.Run(ctx, render.New(), trees, check.Options{
		Layout: p.layout.Layout, Select: []string{p.plan.Unit()}, Everything: true, Live: live, Now: p.now,
	})
	switch {
	case err != nil:
		return check.Unit{}, asInvalid(err)
	case len(p.report.Units) == 1:
		return p.report.Units[0], nil
	case len(p.report.Problems) > 0:
		return check.Unit{}, &invalidError{problems: p.report.Problems}
	}
	return check.Unit{}, fmt.Errorf("nobody says what would become of %s", p.plan.Unit())
}
