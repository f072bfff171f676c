package audit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/policies/trust"
)

// trustOf are the keys that were trusted when a fact was decided; false where that cannot be told.
func (c *gitCheck) trustOf(in *records.Inputs) (trust.Keys, bool) {
	tree, err := c.library.at(in.RulesCommit)
	if err != nil {
		return trust.Keys{}, false
	}
	keys, err := c.library.trustAt(tree)
	return keys, err == nil
}

// signers compares who made and signed the commits of a change.
func (c *gitCheck) signers(d records.Data) {
	keys, known := c.trustOf(d.Inputs)
	if !known {
		return
	}
	cut := slices.ContainsFunc(d.Cut, func(note string) bool { return strings.HasPrefix(note, "data.source.changes") })
	for _, said := range d.Source.Changes {
		snapshot, err := c.library.at(said.ID)
		if err != nil || cut {
			continue
		}
		c.result.Signatures++
		commit := snapshot.Commit()
		if text := whoMade(said, commit); text != "" {
			c.disagree(otherCommit, "commit %.12s is %s", said.ID, text)
		}
		if text := whoSigned(said, commit, keys, d); text != "" {
			c.disagree(otherSigner, "commit %.12s is %s", said.ID, text)
		}
	}
}

// whoMade says what a fact tells otherwise of a commit; nothing if it tells the same.
func whoMade(said policies.Commit, is source.Commit) string {
	for _, one := range []struct {
		as       string
		said     policies.Person
		is       source.Person
		saidTime bool
	}{{"by", said.Author, is.Author, false}, {"committed by", said.Committer, is.Committer, true}} {
		if oneLine(one.said.Name) != oneLine(one.is.Name) || oneLine(one.said.Email) != oneLine(one.is.Email) {
			return fmt.Sprintf("said to be %s %s <%s>, and is %s <%s>", one.as, one.said.Name, one.said.Email, one.is.Name, one.is.Email)
		}
	}
	switch {
	case !said.Time.Equal(is.Committer.When):
		return fmt.Sprintf("said to be of %s, and is of %s", stamp(said.Time), stamp(is.Committer.When))
	case oneLine(said.Subject) != oneLine(is.Subject()):
		return fmt.Sprintf("said to be %q, and is %q", said.Subject, is.Subject())
	}
	return ""
}

// whoSigned says what a fact tells otherwise of a signature, as of the time of the decision.
func whoSigned(said policies.Commit, is source.Commit, keys trust.Keys, d records.Data) string {
	parsed, err := trust.ParseCommit(is.Raw)
	var signature trust.Signature
	if err == nil {
		signature, err = parsed.Verify(keys, d.Decision.Now)
	}
	switch {
	case err != nil && said.Signature != nil:
		return fmt.Sprintf("said to be signed by %s, and its signature does not count: %v", strings.Join(said.Signature.Principals, ", "), err)
	case err == nil && said.Signature == nil:
		return fmt.Sprintf("said not to be signed (%s), and %s signed it", said.Unsigned, strings.Join(signature.Principals, ", "))
	case err == nil && (signature.Fingerprint != said.Signature.Fingerprint || !slices.Equal(signature.Principals, said.Signature.Principals)):
		return fmt.Sprintf("said to be signed by %s with %s, and %s signed it with %s", strings.Join(said.Signature.Principals, ", "), said.Signature.Fingerprint,
			strings.Join(signature.Principals, ", "), signature.Fingerprint)
	}
	return ""
}

// approvals looks for each approval that a fact names.
func (c *gitCheck) approvals(d records.Data) {
	if len(d.Decision.Approvals) == 0 {
		return
	}
	tree, err := c.library.at(d.Source.Commit)
	keys, known := c.trustOf(d.Inputs)
	if err != nil || !known {
		return
	}
	content := d.Inputs.Content
	unit := c.standing.Environment + "/" + c.fact.Model
	files, _ := approval.Load(tree, path.Join(c.library.layout.Environments, unit, environments.ApprovalsDir))
	valid := map[string]bool{}
	for _, f := range files {
		if identity, err := approval.Verify(f, keys.Signers, unit, content, d.Decision.Now); err == nil {
			valid[identity.Fingerprint+stamp(f.Expires)] = true
		}
	}
	for _, said := range d.Decision.Approvals {
		c.result.Approvals++
		if !valid[said.Fingerprint+stamp(said.Expires)] {
			c.disagree(unknownApproval, "the approval of %s until %s, with the key %s, is not among the %d that count at commit %.12s",
				said.Principal, stamp(said.Expires), said.Fingerprint, len(valid), d.Source.Commit)
		}
	}
}
