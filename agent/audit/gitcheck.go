package audit

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock/agent/records"
)

// mostDisagreements is how many are told of each environment.
const mostDisagreements = 50

// The rules of disagreements, each with what it means.
const (
	unknownCommit   = "UnknownCommit"
	otherFile       = "OtherFile"
	otherContent    = "OtherContent"
	otherRules      = "OtherRules"
	otherCommit     = "OtherCommit"
	otherSigner     = "OtherSigner"
	unknownApproval = "UnknownApproval"
)

var disagreementMeanings = map[string]string{
	unknownCommit:   "the branch that the agents follow was rewritten since, it is another one than was looked at, or the fact is not true",
	otherFile:       "what was decided on is not what Git has, or the fact is not true",
	otherContent:    "what people approved is not what these files come to, or the fact is not true",
	otherRules:      "it was not decided by the rules of that commit, or this version of Penstock counts other files as rules",
	otherCommit:     "who asked for the change is not as the fact tells; believe the commit",
	otherSigner:     "who signed the change is not as the fact tells; believe the signature",
	unknownApproval: "the fact names an approval that Git does not have there, or that did not count then",
}

// holdAgainstGit compares all that facts say of Git with what it has.
func (a *Auditor) holdAgainstGit(ctx context.Context, v *Verification) error {
	shared := newLibrary(a.clone, a.config.Layout)
	for _, s := range v.Environments {
		if s.ledger == nil || s.ledger.Len() == 0 {
			continue
		}
		c := &gitCheck{auditor: a, standing: s, result: &GitResult{}, library: shared, commits: map[string]claim{}}
		if err := c.run(ctx); err != nil {
			return err
		}
		s.Git = c.result
	}
	return nil
}

// gitCheck holds the facts of one environment against Git.
type gitCheck struct {
	auditor  *Auditor
	standing *Standing
	result   *GitResult
	library  *library
	commits  map[string]claim // that facts name, with the first that does
	fact     records.Entry    // that is looked at
}

// claim is a fact that names a commit, and as what.
type claim struct {
	sequence   uint64
	model      string
	recordedBy string
	as         string
}

func (c *gitCheck) run(ctx context.Context) error {
	for entry, err := range ahead(ctx, c.standing.ledger.Facts(ctx, c.auditor.clone)) {
		if err != nil {
			return fmt.Errorf("reading the facts of %s again: %w", c.standing.Environment, err)
		}
		c.fact = entry
		c.look(entry.Data)
		c.result.Facts++
	}
	return c.findCommits(ctx)
}

// look compares one fact.
func (c *gitCheck) look(d records.Data) {
	if d.Rollback != nil {
		c.name(d.Rollback.ToCommit, "the commit that was gone back to")
	}
	if d.Inputs != nil {
		c.name(d.Inputs.RulesCommit, "the commit of the rules")
		c.rules(d.Inputs)
	}
	if d.Source == nil {
		return
	}
	c.name(d.Source.Commit, "the source commit")
	for _, change := range d.Source.Changes {
		c.name(change.ID, "a commit that asked for it")
	}
	if d.Inputs != nil {
		c.files(d.Source.Commit, d.Inputs, d.Cut)
	}
	if d.Inputs != nil && d.Decision != nil {
		c.signers(d)
		c.approvals(d)
	}
}

// name notes that the fact names a commit.
func (c *gitCheck) name(commit, as string) {
	if _, known := c.commits[commit]; !known && commit != "" {
		c.commits[commit] = claim{c.fact.Sequence, c.fact.Model, c.fact.Commit, as}
	}
}

// disagree notes that the fact says something that is not so.
func (c *gitCheck) disagree(rule, format string, args ...any) {
	c.disagreeAbout(claim{sequence: c.fact.Sequence, model: c.fact.Model, recordedBy: c.fact.Commit}, rule, format, args...)
}

func (c *gitCheck) disagreeAbout(about claim, rule, format string, args ...any) {
	if len(c.result.Disagreements) == mostDisagreements {
		c.result.More++
		return
	}
	c.result.Disagreements = append(c.result.Disagreements, Disagreement{
		Rule: rule, Sequence: about.sequence, Model: about.model, RecordedBy: about.recordedBy,
		Problem: oneLine(fmt.Sprintf(format, args...)), Meaning: disagreementMeanings[rule],
	})
}
