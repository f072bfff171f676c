package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// Replays are decisions that were made again.
type Replays struct {
	// Verification is that of all environments with records.
	Verification *Verification `json:"verification"`
	Environment  string        `json:"environment"`
	// Mark is empty if the records hold; see Standing.Mark.
	Mark string `json:"mark,omitempty"`
	// Replays are those that were asked for; of all facts of an environment, those that do not agree.
	Replays []*Replay `json:"replays"`
	// Agree, Differ and Untold count what came of them, and Passed facts with nothing to replay.
	Agree  int `json:"agree"`
	Differ int `json:"differ"`
	Untold int `json:"untold"`
	Passed int `json:"passed"`
}

// Replay is one fact, rendered and decided again.
type Replay struct {
	Environment string       `json:"environment"`
	Sequence    uint64       `json:"sequence"`
	Unit        string       `json:"unit"`
	Kind        records.Kind `json:"kind"`
	Time        time.Time    `json:"time"`
	// Commit that was rendered again, by the rules of RulesCommit.
	Commit      string `json:"commit"`
	RulesCommit string `json:"rulesCommit,omitempty"`
	// Recorded is the version of Penstock that decided, and Version the one that does now.
	Recorded string `json:"recorded,omitempty"`
	Version  string `json:"version,omitempty"`
	// Result is the worst of all checks.
	Result Result `json:"result"`
	// Checks are what was compared.
	Checks []Check `json:"checks"`
	// Notes say what was taken from the record, and what else a reader should know.
	Notes []string `json:"notes,omitempty"`
}

// Result is what came of comparing.
type Result string

// The results, from best to worst.
const (
	// Same: it is as recorded.
	Same Result = "same"
	// Unknown: it cannot be told.
	Unknown Result = "unknown"
	// Different: it is not as recorded.
	Different Result = "different"
)

// Check is one thing that was compared.
type Check struct {
	// What was compared: files, content, objects, release, rules, change, commits, approvals, evidence, evaluations, windows,
	// findings, facts, again, verdict.
	What   string `json:"what"`
	Result Result `json:"result"`
	// Recorded and Replayed are what it was and is, where they differ or are short.
	Recorded string `json:"recorded,omitempty"`
	Replayed string `json:"replayed,omitempty"`
	// Why says what may explain a difference.
	Why string `json:"why,omitempty"`
}

// hasReplay says whether a fact has something that can be rendered or decided again.
func hasReplay(f records.Fact) bool {
	return f.Data.Inputs != nil && f.Data.Source != nil && f.Data.Source.Commit != ""
}

// Replay renders and decides one fact again.
func (a *Auditor) Replay(ctx context.Context, environment string, sequence uint64, unverified bool) (*Replays, error) {
	r, all, err := a.replayer(ctx, environment, unverified)
	if err != nil {
		return nil, err
	}
	if head := r.standing.ledger.Head().Sequence; sequence < 1 || sequence > head {
		return nil, fmt.Errorf("there is no fact %d of %s; there are 1 to %d", sequence, environment, head)
	}
	wanted, err := r.standing.ledger.Fact(ctx, a.clone, sequence)
	if err != nil {
		return nil, err
	}
	if !hasReplay(wanted.Fact) {
		return nil, fmt.Errorf("fact %d of %s (%s: %s) has nothing to replay: it names no inputs; replay a decision, such as one that penstock audit log %s --kind Admitted shows",
			sequence, environment, wanted.Kind, oneLine(wanted.Data.Message), wanted.Unit())
	}
	before := &past{}
	for entry, err := range r.standing.ledger.Unit(ctx, a.clone, wanted.Model) {
		if err != nil {
			return nil, err
		}
		if entry.Sequence == sequence {
			break
		}
		before.tell(entry.Fact)
	}
	one, err := r.replay(ctx, wanted.Fact, before)
	if err != nil {
		return nil, err
	}
	all.count(one)
	all.Replays = []*Replay{one}
	return all, nil
}

// ReplayAll renders and decides all facts of an environment again, and keeps those that do not agree.
func (a *Auditor) ReplayAll(ctx context.Context, environment string, unverified bool) (*Replays, error) {
	r, all, err := a.replayer(ctx, environment, unverified)
	if err != nil {
		return nil, err
	}
	pasts := map[string]*past{}
	for entry, err := range ahead(ctx, r.standing.ledger.Facts(ctx, a.clone)) {
		if err != nil {
			return nil, err
		}
		before := pasts[entry.Model]
		if before == nil {
			before = &past{}
			pasts[entry.Model] = before
		}
		if err := all.add(ctx, r, entry.Fact, before); err != nil {
			return nil, err
		}
		before.tell(entry.Fact)
	}
	return all, nil
}

// add replays a fact, if there is something to replay.
func (all *Replays) add(ctx context.Context, r *replayer, f records.Fact, before *past) error {
	if !hasReplay(f) {
		all.Passed++
		return nil
	}
	one, err := r.replay(ctx, f, before)
	if err != nil {
		return err
	}
	if all.count(one); one.Result != Same {
		all.Replays = append(all.Replays, one)
	}
	return nil
}

func (all *Replays) count(one *Replay) {
	switch one.Result {
	case Same:
		all.Agree++
	case Different:
		all.Differ++
	default:
		all.Untold++
	}
}

// replayer verifies, and prepares.
func (a *Auditor) replayer(ctx context.Context, environment string, unverified bool) (*replayer, *Replays, error) {
	v, err := a.rely(ctx, unverified, environment)
	if err != nil {
		return nil, nil, err
	}
	s := v.Standing(environment)
	return newReplayer(a, s), &Replays{Verification: v, Environment: environment, Mark: s.Mark(), Replays: []*Replay{}}, nil
}
