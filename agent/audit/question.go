package audit

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// question is what was decided on.
type question struct {
	scene  *scene
	unit   *environments.Unit
	wanted *render.Objects // nil for a removal
	before *past

	admitted *render.Objects  // what was there; nil for nothing
	from     *source.Snapshot // where that was read
	commits  []source.Commit
	tree     *source.Snapshot // where results and approvals are read
}

// decide asks the policies again.
func (r *replayer) decide(ctx context.Context, c *comparison, q *question) error {
	rules, err := r.book(c.RulesCommit)
	if err == nil && !rules.Knows(c.Environment) {
		err = fmt.Errorf("they do not know the environment %s", c.Environment)
	}
	if err != nil {
		c.cannot("rules", err)
		return ctx.Err()
	}
	c.same("rules", c.fact.Data.Inputs.Rules, rules.Digest, "this version of Penstock counts other files as rules, or the record is not true")
	q.tree = q.scene.snapshot
	r.newerRules(c, q, rules)
	if err := r.findBefore(ctx, c, q); err != nil {
		c.cannot("what was admitted before", err)
		return ctx.Err()
	}
	if q.wanted == nil && q.admitted == nil {
		c.cannot("the removal", fmt.Errorf("what was removed cannot be rendered any more"))
		return nil
	}
	outcome, err := r.answer(ctx, c, q, rules)
	if err != nil {
		c.cannot("the decision", err)
		return ctx.Err()
	}
	c.decision(outcome, rules.Selected(c.Environment))
	return r.holdEvidence(ctx, c, rules)
}

// newerRules says when the source commit had other rules than those that decided. Which were in force, the approvals of both tell.
func (r *replayer) newerRules(c *comparison, q *question, rules *gate.Rules) {
	newer, err := r.book(c.Commit)
	switch {
	case err != nil:
		c.note("the rules of the source commit cannot be used: %v", err)
	case newer.Digest == rules.Digest:
	default:
		if _, err := rules.Admit(newer, q.scene.snapshot, c.fact.Data.Decision.Now); err != nil {
			c.note("the source commit has other rules, which were not in force: %v", err)
			return
		}
		c.note("the source commit has other rules (%.19s), which those that decided would let in: either the change was judged by the rules before it too, as one is that comes with rules, or the agent went by old ones", newer.Digest)
	}
}

// answer decides with the files of the commit or, where results came later than the commit that is named, with those; and with
// results that were recorded and are in no file at last.
func (r *replayer) answer(ctx context.Context, c *comparison, q *question, rules *gate.Rules) (gate.Outcome, error) {
	selected := rules.Selected(c.Environment)
	outcome, err := r.decideOnce(ctx, c, q, rules, false)
	if err != nil || c.agreesOn(outcome, selected) {
		return outcome, err
	}
	later, err := r.laterResults(ctx, c, q)
	if err != nil {
		return outcome, ctx.Err() // it differs, and stays so
	}
	for _, commit := range later {
		if q.tree, err = r.library.at(commit.Hash); err != nil {
			break
		}
		again, err := r.decideOnce(ctx, c, q, rules, false)
		if err == nil && c.agreesOn(again, selected) {
			c.note("results of evaluations and scans are as of commit %.12s (%s), which came after the source commit and before the decision", commit.Hash, commit.Subject())
			return again, nil
		}
	}
	q.tree = q.scene.snapshot
	only := c.onlyRecorded(outcome.Input.Evaluations)
	if len(only) == 0 {
		return outcome, ctx.Err()
	}
	c.note("the results of the evaluations %s are in no file of the repository, and are taken from the record", listed(only, 20))
	return r.decideOnce(ctx, c, q, rules, true)
}

// mostLater is how many later commits are tried.
const mostLater = 16

// laterResults are the commits after the source commit that touched results about the model, the newest before the decision
// first. Which of them the agent saw is in no fact.
func (r *replayer) laterResults(ctx context.Context, c *comparison, q *question) ([]source.Commit, error) {
	var dirs []string
	for _, name := range append(slices.Clone(q.scene.names), environments.BaseDir) {
		for _, kind := range []string{"scans", "evaluations"} {
			dirs = append(dirs, path.Join(r.library.layout.Environments, name, c.fact.Model, kind))
		}
	}
	commits, err := r.auditor.clone.History().Touching(ctx, c.Commit, r.auditor.followed.Commit().Hash, dirs)
	if err != nil {
		return nil, err
	}
	commits = slices.DeleteFunc(commits, func(one source.Commit) bool { return one.Committer.When.After(c.fact.Data.Decision.Now) })
	return commits[:min(len(commits), mostLater)], nil
}

// decideOnce asks the policies, with the evidence that is recorded in the place of what only the agent could know; and with the
// results that are.
func (r *replayer) decideOnce(ctx context.Context, c *comparison, q *question, rules *gate.Rules, results bool) (gate.Outcome, error) {
	recorded := c.fact.Data.Decision
	outcome, err := rules.Decide(ctx, r.subject(ctx, c, q, rules))
	if err != nil || !results && asJSON(recorded.Evidence) == asJSON(outcome.Input.Evidence) {
		return outcome, err
	}
	in := *outcome.Input
	if in.Evidence = recorded.Evidence; results {
		in.Evaluations = c.withRecorded(in.Evaluations)
	}
	judged := policies.Rules{Selected: rules.Selected(c.Environment), Exceptions: rules.Exceptions()}
	for _, f := range outcome.Findings {
		if f.Overridden != nil {
			judged.Override = f.Overridden
		}
	}
	outcome.Input = &in
	outcome.Decision, err = policies.Decide(ctx, judged, &in)
	return outcome, err
}

// subject is what is judged, as agent/decide.go gathers it.
func (r *replayer) subject(ctx context.Context, c *comparison, q *question, rules *gate.Rules) *gate.Subject {
	s := &gate.Subject{
		Unit: q.unit, Wanted: q.wanted, Admitted: q.admitted, Former: q.before.former(), Commits: q.commits,
		Tree: q.tree, At: func(commit string) (fs.FS, error) { return r.library.at(commit) }, Environments: q.scene.names, Now: c.fact.Data.Decision.Now,
	}
	if q.from != nil {
		s.Before = q.from
	}
	s.Files = s.ChangedFiles()
	s.Lines = func() (int64, error) { return source.Lines(s.Before, q.scene.snapshot, s.Files) }
	s.Units = func() int64 { return r.changedUnits(ctx, q, s.FileNames()) }
	s.Loads = func() []gate.Load { return r.loads(ctx, c, q, rules) }
	s.Elsewhere = func() map[string]v1alpha1.ModelDeploymentStatus { return c.elsewhere(q) }
	return s
}

// findBefore renders what was admitted, and finds the commits since then.
func (r *replayer) findBefore(ctx context.Context, c *comparison, q *question) (err error) {
	stand := q.before.stand
	if stand == nil || c.fact.Data.Decision.Change == policies.ChangeNew {
		return r.commitsSince(ctx, c, q)
	}
	if err := r.standAt(c, q, stand.commit); err != nil {
		return err
	}
	if err := r.commitsSince(ctx, c, q); err != nil {
		return err
	}
	recorded := c.fact.Data.Source.Changes
	if len(q.commits) <= len(recorded) || len(recorded) == 0 {
		return nil
	}
	// A commit that changes nothing of what is applied moves what was admitted forward, and no fact tells of it.
	moved, before := q.commits[len(recorded)].Hash, *q
	if err := r.standAt(c, q, moved); err == nil && q.admitted.Digest == before.admitted.Digest {
		c.note("commit %.12s changed nothing that is applied, and counts as admitted before", moved)
		return r.commitsSince(ctx, c, q)
	}
	*q = before
	return nil
}

// standAt renders what was admitted from a commit.
func (r *replayer) standAt(c *comparison, q *question, commit string) error {
	from, err := r.library.at(commit)
	if err != nil {
		return err
	}
	unit := &environments.Unit{Environment: q.unit.Environment, Name: q.unit.Name, Dir: q.unit.Dir}
	objects, err := r.render(q.scene, unit, from)
	if err != nil {
		return fmt.Errorf("commit %.12s, which was admitted before by fact %d: %w", commit, q.before.stand.sequence, err)
	}
	q.admitted, q.from = objects, from
	if objects.Digest != q.before.stand.digest {
		c.note("what was admitted before, by fact %d, is rendered otherwise by this version: %.12s, and %.12s then", q.before.stand.sequence, objects.Digest, q.before.stand.digest)
	}
	return nil
}

func (r *replayer) commitsSince(ctx context.Context, c *comparison, q *question) (err error) {
	about := &gate.Subject{Unit: q.unit, Wanted: q.wanted, Admitted: q.admitted}
	q.commits, err = r.auditor.clone.History().Touching(ctx, q.since(), c.Commit, about.FileNames())
	return err
}

// since is the commit that was admitted before; empty for none.
func (q *question) since() string {
	if q.from == nil {
		return ""
	}
	return q.from.Commit().Hash
}

// elsewhere has the gate see the evidence that was recorded: as the status of the model in other environments, of which it makes
// the same again.
func (c *comparison) elsewhere(q *question) map[string]v1alpha1.ModelDeploymentStatus {
	all := map[string]v1alpha1.ModelDeploymentStatus{}
	if q.wanted == nil {
		return all
	}
	digest := environments.ReleaseDigest(q.wanted.Descriptor.Spec.Release)
	for name, e := range c.fact.Data.Decision.Evidence {
		ours := v1alpha1.ReleaseStatus{Digest: digest, HealthySince: metaTime(e.HealthySince), LastFailure: metaTime(e.LastFailure), Until: metaTime(e.Until)}
		if !e.Healthy {
			ours.HealthySince = nil
		}
		all[name] = v1alpha1.ModelDeploymentStatus{Releases: []v1alpha1.ReleaseStatus{{}, ours}}
	}
	return all
}
