package agent

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records"
)

// tellFound records that what is on a branch is proposed, as its trailers say it. The agent that pushed it may have been
// killed before it could; and before it is replaced or withdrawn is the last time to do so. It is recorded once: see
// tellOfPromotion.
func (a *Agent) tellFound(ctx context.Context, unit promotion, tip string) error {
	if a.journal == nil || tip == "" || a.proposed[unit.ref.ID()] == tip {
		return nil
	}
	at, err := a.repository.At(tip)
	if err != nil {
		return err
	}
	claim, ok := promote.ReadClaim(at.Commit())
	if !ok || claim.Model != unit.ref.Name || claim.From != unit.from {
		return nil // it is none of ours
	}
	data := records.Data{
		Release:   &records.Release{ID: claim.ReleaseID, Digest: claim.Digest},
		Promotion: &records.Promotion{From: claim.From, To: unit.ref.Environment, Branch: unit.branch(), Commit: tip, Action: "opened"},
		Message:   fmt.Sprintf("proposed %s of %s/%s for %s", claim.ReleaseID, claim.From, unit.ref.Name, unit.ref.Environment),
	}
	if err := a.tellOfPromotion(ctx, unit.ref, data); err != nil {
		return err
	}
	a.proposed[unit.ref.ID()] = tip
	return nil
}

// tellFoundRevert is tellFound for a revert.
func (a *Agent) tellFoundRevert(ctx context.Context, unit apply.Ref, tip string) error {
	branch := revertBranch(unit)
	if a.journal == nil || tip == "" || a.proposed[branch] == tip {
		return nil
	}
	at, err := a.repository.At(tip)
	if err != nil {
		return err
	}
	claim, ok := promote.ReadReversal(at.Commit())
	if !ok {
		return nil
	}
	data := records.Data{
		Release:   &records.Release{ID: claim.ReleaseID, Digest: claim.Digest},
		Promotion: &records.Promotion{From: unit.Environment, To: unit.Environment, Branch: branch, Commit: tip, Action: "opened"},
		Message:   fmt.Sprintf("proposed to revert %s to %s, so that Git asks for what runs", unit.ID(), claim.ReleaseID),
	}
	if err := a.tellOfPromotion(ctx, unit, data); err != nil {
		return err
	}
	a.proposed[branch] = tip
	return nil
}
