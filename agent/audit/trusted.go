package audit

import (
	"context"
	"fmt"
	"strings"
)

// BrokenError says that records do not hold, so that nothing of them is told.
type BrokenError struct {
	// Standings are those of the environments that were asked for and cannot be told of.
	Standings []*Standing
}

// Error says of each what is wrong, and how to see what comes before.
func (e *BrokenError) Error() string {
	var lines []string
	for _, s := range e.Standings {
		line := fmt.Sprintf("the records of %s are not to be relied on: %s: %s", s.Environment, s.Status, s.Problem)
		if s.Hint != "" {
			line += "; " + s.Hint
		}
		if s.Facts > 0 {
			line += fmt.Sprintf("; to see the %s before that, marked as such: --unverified", counted(s.Facts, "fact", "facts"))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// rely verifies environments, and returns those whose facts may be told: all of them, or an error. With unverified, those that
// are broken are among them as far as they hold.
func (a *Auditor) rely(ctx context.Context, unverified bool, names ...string) (*Verification, error) {
	v, err := a.Verify(ctx, Chain, names...)
	if err != nil {
		return nil, err
	}
	broken := &BrokenError{}
	for _, s := range v.Environments {
		tellable := s.Status == Verified || unverified && s.Facts > 0
		silent := len(names) == 0 && len(s.Pins) == 0 && (s.Status == Missing || unverified && s.Facts == 0) // there is nothing of it to be told
		if holds := s.pinsHold() || unverified; !silent && (!tellable || !holds) {
			broken.Standings = append(broken.Standings, s)
		}
	}
	if len(broken.Standings) > 0 {
		return v, broken
	}
	return v, nil
}

// pinsHold says whether all that was noted before is still there.
func (s *Standing) pinsHold() bool {
	for _, p := range s.Pins {
		if !p.Holds {
			if s.Problem == "" {
				s.Problem = "fact " + fmt.Sprint(p.Sequence) + " is not as it was noted before: " + p.Problem
			}
			return false
		}
	}
	return true
}

// Mark is what everything is marked with that comes from a branch which is broken later on; empty for one that holds.
func (s *Standing) Mark() string {
	if s.Status == Verified && s.pinsHold() {
		return ""
	}
	return "BROKEN BRANCH"
}
