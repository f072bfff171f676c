package gate

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock/policies"
)

// Decide asks the policies of the subject's environment. It fails when the context ends or something cannot be reckoned;
// then nothing may be applied either.
func (r *Rules) Decide(ctx context.Context, s *Subject) (Outcome, error) {
	return r.decide(ctx, s, false)
}

// Explain is Decide with everything in the input, also what no policy refers to.
func (r *Rules) Explain(ctx context.Context, s *Subject) (Outcome, error) {
	return r.decide(ctx, s, true)
}

func (r *Rules) decide(ctx context.Context, s *Subject, everything bool) (Outcome, error) {
	env := r.environments[s.Unit.Environment.Name]
	if env == nil || len(env.problems) > 0 {
		return Outcome{}, fmt.Errorf("decide on %s: the rules of environment %s are not known or not valid", s.Unit.ID(), s.Unit.Environment.Name)
	}
	all := makers(s.Commits, r.keys, s.Now)
	input, notes, err := r.inputOf(s, all, everything)
	if err != nil {
		return Outcome{}, err
	}
	judged := policies.Rules{Selected: env.selected, Exceptions: r.exceptions}
	if len(all) > 0 && !s.Uncommitted {
		var note string
		if judged.Override, note = r.overrideOf(s, all[0]); note != "" {
			notes = append(notes, note)
		}
	}
	outcome := Outcome{Unit: s.Unit.ID(), Rules: r.Digest, Notes: notes, Input: input}
	if s.Wanted != nil {
		outcome.Objects = s.Wanted.Digest
	}
	outcome.Decision, err = policies.Decide(ctx, judged, input)
	return outcome, err
}
