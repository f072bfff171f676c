package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

// decision compares what policy says with what it said.
func (c *comparison) decision(outcome gate.Outcome, selected []policies.Selection) {
	said, is := c.fact.Data, c.again(outcome)
	d, e := said.Decision, is.Decision
	c.same("change", d.Change, e.Change, "what was admitted before is not as the facts tell, or this version of Penstock tells changes apart in another way")
	c.part("data.source.changes", "commits", people(said.Source.Changes), people(is.Source.Changes), "the history between what was admitted before and the source commit, or the keys that are trusted, is another one")
	c.part("data.decision.approvals", "approvals", asJSON(d.Approvals), asJSON(e.Approvals), "an approval is not at the source commit, or does not count by the keys of the rules")
	c.part("data.decision.evidence", "evidence", asJSON(d.Evidence), asJSON(e.Evidence), "no policy of these rules asks for it, or it is told in another way")
	c.part("data.decision.evaluations", "evaluations", asJSON(d.Evaluations), asJSON(e.Evaluations), "the results in Git at the time of the decision are others")
	c.part("data.decision.windows", "windows", asJSON(d.Windows), asJSON(e.Windows), "the windows of the rules, or the time zones that are known, are others")
	live := liveOnly(selected, d.Skipped)
	if len(live) > 0 {
		c.note("whether the cluster had room is not recorded: what %s said is taken from the record", strings.Join(live, ", "))
	}
	c.findings(d, e, live)
	c.part("data.decision.facts", "facts", asJSON(d.Facts), asJSON(e.Facts), "a policy notes another thing")
	c.same("policies", asJSON([2][]string{d.Evaluated, d.Skipped}), asJSON([2][]string{e.Evaluated, e.Skipped}), "other policies were asked, or were about the change")
	if len(live) == 0 {
		c.same("again", stampOf(d.Again), stampOf(e.Again), "a policy says another time when it would have another answer")
	}
	c.notes(d.Notes, e.Notes)
	c.verdict(d, e, live)
}

// part compares a part of the fact that may have been cut.
func (c *comparison) part(field, what, recorded, replayed, why string) {
	if recorded != replayed && c.isCut(field) {
		c.note("the fact was too large, and does not have all %s", what)
		return
	}
	c.same(what, recorded, replayed, why)
}

// people are who made and signed commits; why one is not signed may be told in other words.
func people(commits []policies.Commit) string {
	commits = slices.Clone(commits)
	for i := range commits {
		if commits[i].Unsigned != "" {
			commits[i].Unsigned = "not signed"
		}
	}
	return asJSON(commits)
}

// liveOnly are the policies that were asked and look at what only a cluster knew.
func liveOnly(selected []policies.Selection, skipped []string) []string {
	var names []string
	for _, s := range selected {
		if s.Policy.Refers("capacity") && !slices.Contains(skipped, s.Policy.Name) {
			names = append(names, s.Policy.Name)
		}
	}
	return names
}

// findings compares each, but those of policies that look at the cluster.
func (c *comparison) findings(d, e *records.Decision, live []string) {
	said, is := findingKeys(d.Findings, live), findingKeys(e.Findings, live)
	missing := slices.DeleteFunc(slices.Clone(said), func(k string) bool { return slices.Contains(is, k) })
	added := slices.DeleteFunc(slices.Clone(is), func(k string) bool { return slices.Contains(said, k) })
	switch {
	case len(missing)+len(added) == 0:
		c.Checks = append(c.Checks, Check{What: "findings", Result: Same, Recorded: counted(len(said), "finding", "findings")})
	case c.isCut("data.decision.findings"):
		c.note("the fact was too large, and does not have all findings")
	default:
		c.differs("findings", strings.Join(missing, " | "), strings.Join(added, " | "),
			"the rules, what they look at, or what this version of Penstock makes of them is another thing than was recorded; what is the same on both sides is left out")
	}
}

// findingKeys are findings in words. Where in a file a rule is written is no part of them.
func findingKeys(findings []policies.Finding, without []string) []string {
	var keys []string
	for _, f := range findings {
		if !slices.Contains(without, f.Policy) {
			keys = append(keys, reason(f))
		}
	}
	return keys
}

// notes compares what was found and does not count, but for what was said of records that were not verified then: what they are
// now says nothing of that.
func (c *comparison) notes(recorded, replayed []string) {
	said := slices.DeleteFunc(slices.Clone(recorded), func(note string) bool { return strings.HasPrefix(note, "the records of ") })
	if len(said) < len(recorded) {
		c.note("what was said of the records of other environments is taken from the record")
	}
	c.part("data.decision.notes", "notes", asJSON(said), asJSON(replayed), "what was found and does not count is another thing")
}

// verdict compares the verdicts. What policies that look at the cluster said is taken from the record.
func (c *comparison) verdict(d, e *records.Decision, live []string) {
	findings := slices.DeleteFunc(slices.Clone(e.Findings), func(f policies.Finding) bool { return slices.Contains(live, f.Policy) })
	for _, f := range d.Findings {
		if slices.Contains(live, f.Policy) {
			findings = append(findings, f)
		}
	}
	replayed := policies.Admit
	for _, f := range findings {
		switch {
		case f.Holds():
			replayed = policies.Hold
		case f.Action != "Audit" && replayed == policies.Admit:
			replayed = policies.Warn
		}
	}
	said, is := string(d.Verdict), string(replayed)
	if len(live) == 0 {
		said, is = said+" ("+d.Reason+")", string(e.Verdict)+" ("+e.Reason+")"
	}
	c.same("verdict", said, is, fmt.Sprintf("it would be decided otherwise now; see what else differs: %s", c.different()))
	if kind := kindOf(d.Reason); kind != c.fact.Kind {
		c.differs("kind", string(c.fact.Kind), string(kind), "the fact says two things of what was decided")
	}
}

// kindOf is the kind of the fact that tells of a decision.
func kindOf(reason string) records.Kind {
	switch reason {
	case "Held":
		return records.Held
	case "Overridden":
		return records.Overridden
	}
	return records.Admitted
}

// different names the checks that differ.
func (r *Replay) different() string {
	var names []string
	for _, check := range r.Checks {
		if check.Result == Different {
			names = append(names, check.What)
		}
	}
	return listed(names, 20)
}
