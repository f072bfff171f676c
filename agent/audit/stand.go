package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// stand verifies the branch of one environment: signatures and chain.
func (a *Auditor) stand(ctx context.Context, name string) (*Standing, error) {
	s := &Standing{Environment: name, Branch: records.Branch(name), Tip: a.tips[name]}
	listed, from, problem := a.listed(name)
	s.KeysFrom = from
	switch {
	case s.Tip == "":
		s.Status, s.Problem = Missing, a.missing(name)
		s.Hint = "fetch it: " + Fetch + "; or its agent has written nothing yet"
	case problem != "":
		s.Status, s.Problem = NoKeys, problem
		s.Hint = "list them in environment.yaml under spec.records.keys, look at an older --revision, or give your own list with --keys"
	default:
		if err := a.verify(ctx, s, listed); err != nil {
			return nil, err
		}
	}
	a.expect(ctx, s)
	return s, a.gaps(ctx, s)
}

// missing says that there is no branch, and who asks for one.
func (a *Auditor) missing(name string) string {
	env := a.environment(name)
	if env != nil && env.Spec.Records != nil {
		return fmt.Sprintf("%s lists keys for its records, and the clone has no branch %s", env.Dir, records.Branch(name))
	}
	return fmt.Sprintf("facts of it were noted before, and the clone has no branch %s", records.Branch(name))
}

// verify reads a branch, with the keys that are listed.
func (a *Auditor) verify(ctx context.Context, s *Standing, listed []v1alpha1.RecordKey) error {
	keys, problems := records.NewKeys(s.Environment, listed)
	if len(problems) > 0 {
		s.Status, s.Problem, s.Keys = NoKeys, fmt.Sprintf("the keys that %s lists cannot be used: %s", s.KeysFrom, oneLine(problems[0].Error())), keysOf(listed, nil)
		return nil
	}
	ledger, err := records.Verify(ctx, a.clone, s.Tip, records.Options{Environment: s.Environment, Keys: keys, Now: a.config.Now})
	s.Status = Verified
	var broken *records.BranchError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &broken):
		s.break1(broken)
		s.Hint = a.explainKey(ctx, s.Environment, broken)
	case err != nil:
		s.Status, s.Problem = Unreadable, oneLine(err.Error())
		s.Hint = "the branch cannot be read to its beginning, and so nothing of it is verified"
		if source.KindOf(err) == source.HistoryMissing {
			s.Hint += "; fetch all of it: git fetch --unshallow"
		}
	}
	s.describe(ledger, listed)
	return nil
}

// break1 takes up the first bad commit.
func (s *Standing) break1(e *records.BranchError) {
	s.Status, s.Problem = Broken, oneLine(e.Error())
	s.Fault = &Fault{Kind: e.Fault, Commit: e.Commit, File: e.File, Sequence: e.Sequence, Problem: oneLine(e.Problem), Meaning: e.Meaning()}
}

// describe takes up what holds.
func (s *Standing) describe(ledger *records.Ledger, listed []v1alpha1.RecordKey) {
	used := map[string]bool{}
	if ledger != nil {
		for _, fingerprint := range ledger.Keys() {
			used[fingerprint] = true
		}
		head := ledger.Head()
		s.ledger, s.FirstCommit, s.Commits, s.Facts = ledger, ledger.FirstCommit(), ledger.Commits(), ledger.Len()
		if s.Facts > 0 {
			s.From, s.Until = pointer(ledger.Began()), pointer(head.Time.UTC())
			s.Pin = &Pin{Environment: s.Environment, Sequence: head.Sequence, Digest: head.Digest}
		}
	}
	s.Keys = keysOf(listed, used)
}

func pointer(t time.Time) *time.Time { return &t }

// expect compares with what was noted before.
func (a *Auditor) expect(ctx context.Context, s *Standing) {
	for _, pin := range a.config.Expect {
		if pin.Environment != s.Environment {
			continue
		}
		result := PinResult{Pin: pin}
		result.Problem = a.differs(ctx, s, pin)
		result.Holds = result.Problem == ""
		s.Pins = append(s.Pins, result)
	}
}

// differs says what the chain has in the place of a pin; nothing if it is that.
func (a *Auditor) differs(ctx context.Context, s *Standing, pin Pin) string {
	const rewritten = "what was noted is not on the branch any more: it was cut off or begun anew since"
	switch {
	case s.ledger == nil:
		return "the branch was not verified"
	case uint64(s.Facts) < pin.Sequence && s.Status == Broken:
		return fmt.Sprintf("the branch is broken after fact %d, and cannot show fact %d", s.Facts, pin.Sequence)
	case uint64(s.Facts) < pin.Sequence:
		return fmt.Sprintf("the branch ends with fact %d; %s", s.Facts, rewritten)
	}
	entry, err := s.ledger.Fact(ctx, a.clone, pin.Sequence)
	if err != nil {
		return oneLine(err.Error())
	}
	data, err := entry.Marshal() // the file, which is canonical
	if err != nil {
		return oneLine(err.Error())
	}
	if digest := records.Digest(data); digest != pin.Digest {
		return fmt.Sprintf("fact %d is %s; %s", pin.Sequence, digest, rewritten)
	}
	return ""
}
