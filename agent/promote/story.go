package promote

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies"
)

const (
	// mostSteps is how many steps back the release is followed, and mostCommits how many commits are told of.
	mostSteps   = 20
	mostCommits = 10
)

// Story is what there is to tell of a promotion.
type Story struct {
	// Plan is what is promoted.
	Plan *Plan
	// Source is the commit that the release was read from.
	Source string
	// Commits brought the release to where it comes from, since it had the one that is replaced; newest first. More says
	// that there are others.
	Commits []source.Commit
	More    bool
	// Evidence is how the release has been where it comes from; nil when that is not known.
	Evidence *policies.Evidence
	// Evaluations are what was measured of it, by name.
	Evaluations map[string]policies.Evaluation
	// Records is where the evidence was read, as in penstock/records/staging@<commit>#<sequence>; empty without records.
	Records string
	// Gates are what policy says.
	Gates []Gate
	// Anyway says that somebody had it proposed although gates are closed that wait for nobody.
	Anyway bool
}

// Tell gathers the story of a plan. At is the newest commit of the branch that it was made for, and outcome what policy
// said of it, best with everything in the input.
func Tell(ctx context.Context, plan *Plan, at *source.Snapshot, history *source.History, snapshot func(commit string) (*source.Snapshot, error),
	outcome *gate.Outcome, gates []Gate) (*Story, error) {
	s := &Story{Plan: plan, Source: at.Commit().Hash, Gates: gates}
	if outcome != nil && outcome.Input != nil {
		if evidence, known := outcome.Input.Evidence[plan.From]; known {
			s.Evidence = &evidence
		}
		s.Evaluations = outcome.Input.Evaluations
	}
	err := s.follow(ctx, at, history, snapshot)
	if source.KindOf(err) == source.HistoryMissing { // of a shallow clone: it is told with what there is
		err = nil
	}
	return s, err
}

// follow finds the commits that brought the release: those that touched its file since it was as the target has it now.
func (s *Story) follow(ctx context.Context, at *source.Snapshot, history *source.History, snapshot func(string) (*source.Snapshot, error)) error {
	replaced, err := at.ObjectID(s.Plan.Target)
	if err != nil {
		return err
	}
	files, here := []string{s.Plan.Source}, at.Commit().Hash
	for range mostSteps {
		step, found, err := history.FirstParentTouching(ctx, "", here, files)
		if err != nil || !found {
			return err
		}
		before := ""
		if len(step.Parents) > 0 {
			before = step.Parents[0]
		}
		commits, err := history.Touching(ctx, before, step.Hash, files)
		if err != nil {
			return err
		}
		s.Commits = append(s.Commits, commits...)
		if before == "" {
			return nil
		}
		tree, err := snapshot(before)
		if err != nil {
			return err
		}
		if id, err := tree.ObjectID(s.Plan.Source); err != nil || id == replaced {
			return nil //nolint:nilerr // where the file was not there, the story begins
		}
		here = before
	}
	s.More = true
	return nil
}

// told are the commits that are told of, and whether there are more.
func (s *Story) told() ([]source.Commit, bool) {
	if len(s.Commits) > mostCommits {
		return s.Commits[:mostCommits], true
	}
	return s.Commits, s.More
}

// stamp is a time as it is shown.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// lasting is a duration in the words of people: 26 hours, 3 days.
func lasting(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 72*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
