package agent

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// testimony is what the records of one environment are worth to another one, which trusts certain keys.
type testimony struct {
	trusted string // the EvidenceSource as JSON
	witness gate.Witness
	kept    KeptEvidence // as the state has it
}

// KeptEvidence is what the agent remembers of another environment's records, so that a new agent does not believe a branch
// that was rewritten, and knows how long ago what was there.
type KeptEvidence struct {
	Head  records.Head      `json:"head"`
	First string            `json:"first,omitempty"`
	Seen  records.Sightings `json:"seen"`
}

// testimonyKey tells apart who looks at whose records, as in prod<staging.
func testimonyKey(user, other string) string { return user + "<" + other }

// hearWitnesses brings what the records of other environments prove up to date with their branches, and has models decided
// on again for which something is new.
func (a *Agent) hearWitnesses(ctx context.Context, repository *source.Repository) {
	current := a.current.Load()
	rules := current.rulesInForce()
	heard := map[string]*testimony{}
	news := false
	for _, env := range current.environments {
		if rules == nil || !rules.Knows(env.Name) {
			continue
		}
		for _, trusted := range rules.Spec(env.Name).Evidence {
			key := testimonyKey(env.Name, trusted.Environment)
			before := a.testimonyOf(key)
			heard[key] = a.hear(ctx, repository, key, trusted)
			news = news || before == nil || before.witness.Ledger != heard[key].witness.Ledger || (before.witness.Err == nil) != (heard[key].witness.Err == nil)
		}
	}
	if ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	a.testimonies = heard
	a.mu.Unlock()
	if news {
		a.reconsider(func(string) bool { return true })
		a.considerPromotions()
	}
}

func (a *Agent) testimonyOf(key string) *testimony {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.testimonies[key]
}

// hear looks at one branch once more.
func (a *Agent) hear(ctx context.Context, repository *source.Repository, key string, trusted v1alpha1.EvidenceSource) *testimony {
	content, _ := json.Marshal(trusted) // text and times
	t := a.testimonyOf(key)
	if t == nil || t.trusted != string(content) {
		t = &testimony{trusted: string(content), kept: a.state.Evidence[key]}
		if trusted.FirstCommit != "" && t.kept.First != trusted.FirstCommit {
			t.kept = KeptEvidence{} // whoever wrote the rules says that it begins anew
		}
	}
	now, branch := time.Now(), records.Branch(trusted.Environment)
	ledger, err := a.verify(ctx, repository, t, trusted, branch, now)
	next := &testimony{trusted: t.trusted, witness: t.witness, kept: t.kept}
	switch next.witness.Err = err; {
	case err != nil:
		if t.witness.Err == nil || t.witness.Err.Error() != err.Error() {
			a.log.Error("records are no evidence", "of", trusted.Environment, "for", key, "problem", err)
		}
	case ledger != next.witness.Ledger:
		next.witness.Ledger = ledger
		next.witness.Seen = a.seenBefore(t).See(ledger, now)
		next.kept = KeptEvidence{Head: ledger.Head(), First: ledger.FirstCommit(), Seen: next.witness.Seen}
		a.log.Info("records verified", "of", trusted.Environment, "for", key, "facts", ledger.Len(), "commit", ledger.Head().Commit)
	default:
		next.witness.Seen = next.witness.Seen.See(ledger, now)
	}
	return next
}

// seenBefore are the looks of this agent or, at its first, of the one before it.
func (a *Agent) seenBefore(t *testimony) records.Sightings {
	if t.witness.Ledger == nil {
		return t.kept.Seen
	}
	return t.witness.Seen
}

func (a *Agent) verify(ctx context.Context, repository *source.Repository, t *testimony, trusted v1alpha1.EvidenceSource, branch string, now time.Time) (*records.Ledger, error) {
	if err := repository.Problem(branch); err != nil {
		return nil, err
	}
	if t.witness.Ledger != nil && t.witness.Ledger.Head().Commit == repository.Tip(branch) {
		return t.witness.Ledger, nil
	}
	if t.witness.Ledger != nil {
		return t.witness.Ledger.Extend(ctx, repository, repository.Tip(branch), now)
	}
	keys, problems := records.NewKeys(trusted.Environment, trusted.Keys)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return records.Verify(ctx, repository, repository.Tip(branch), records.Options{
		Environment: trusted.Environment, Keys: keys, FirstCommit: trusted.FirstCommit, Known: t.kept.Head, Now: now,
	})
}

// witnesses are those whose records count as evidence in an environment.
func (a *Agent) witnesses(environment string, rules *gate.Rules) map[string]gate.Witness {
	all := map[string]gate.Witness{}
	for _, trusted := range rules.Spec(environment).Evidence {
		if t := a.testimonyOf(testimonyKey(environment, trusted.Environment)); t != nil {
			all[trusted.Environment] = t.witness
		} else {
			all[trusted.Environment] = gate.Witness{Err: errNotHeard}
		}
	}
	return all
}

// keptEvidence is what outlives the agent. It differs only when there is something new on a branch.
func (a *Agent) keptEvidence() map[string]KeptEvidence {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept := maps.Clone(a.state.Evidence)
	for key, t := range a.testimonies {
		if t.kept.Head.Commit == "" {
			continue
		}
		if kept == nil {
			kept = map[string]KeptEvidence{}
		}
		kept[key] = t.kept
	}
	return kept
}
