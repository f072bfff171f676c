package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/policies/trust"
)

// RemovalContent is the digest that an approval of a removal is bound to: of what is removed, and that it is.
func RemovalContent(content string) string {
	sum := sha256.Sum256([]byte("removal of " + content))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ApprovalDir is where the approvals of a unit lie.
func ApprovalDir(unit *environments.Unit) string {
	return path.Join(unit.Dir, environments.ApprovalsDir)
}

// approvalsOf are the valid approvals of a subject, and why others do not count.
func (r *Rules) approvalsOf(s *Subject, all []maker) ([]policies.Approval, []string) {
	dir := ApprovalDir(s.Unit)
	files, problems := approval.Load(s.Tree, dir)
	notes := notesOf(problems)
	var valid []policies.Approval
	var people []trust.Identity
	for _, file := range files {
		identity, err := approval.Verify(file, r.keys.Signers, s.Unit.ID(), s.Content(), s.Now)
		if err != nil {
			notes = append(notes, fmt.Sprintf("the approval %s does not count: %v", file.Name, err))
			continue
		}
		people = append(people, identity)
		valid = append(valid, approvalOf(identity, file.Expires, all))
	}
	for i, name := range approval.People(people) { // two keys of one person are one principal
		valid[i].Principal = name
	}
	return valid, notes
}

// approvalOf tells whether somebody approved a change of their own: of one commit among them is enough.
func approvalOf(by trust.Identity, expires time.Time, all []maker) policies.Approval {
	a := policies.Approval{Principal: approval.Principal(by), Fingerprint: by.Fingerprint, Expires: expires}
	for _, m := range all {
		a.ByAuthor = a.ByAuthor || by.Is(m.shown.Author.Email)
		a.ByCommitter = a.ByCommitter || by.Is(m.shown.Committer.Email)
		a.BySigner = a.BySigner || m.shown.Signature != nil && approval.Distinct([]trust.Identity{by, m.identity}) == 1
	}
	return a
}

// Consent is who agreed to rules.
type Consent struct {
	// By are the people, by their principals.
	By []string
	// Until is when the last of the approvals of these rules ends, whether or not it was needed; zero without any.
	Until time.Time
}

// Admit says whether a change of the rules may come into force, by those that are in force: enough of the people whom
// these trust have approved just the new content. Where nobody is trusted, everybody who can push is: then it may.
// It returns who approved, and an error that says what is missing.
func (r *Rules) Admit(changed *Rules, tree fs.FS, now time.Time) (by []string, err error) {
	consent, err := r.AdmitAgain(changed, tree, time.Time{}, now)
	return consent.By, err
}

// AdmitAgain is Admit for rules that may have been in force before, with approvals that ended at a time, the former one.
// These are in history for everybody to take out again, so that only such count as end later: who agreed to rules did not
// agree to return to them.
func (r *Rules) AdmitAgain(changed *Rules, tree fs.FS, former, now time.Time) (Consent, error) {
	if !r.trusts() {
		return Consent{}, nil
	}
	files, problems := approval.Load(tree, r.layout.RuleApprovals())
	notes := notesOf(problems)
	var consent Consent
	var people []trust.Identity
	for _, file := range files {
		identity, err := approval.Verify(file, r.keys.Signers, approval.RulesUnit, changed.Digest, now)
		if err == nil && !file.Expires.After(former) {
			err = fmt.Errorf("it is of when these rules were in force before: approve them again, until later than %s", former.UTC().Format(time.RFC3339))
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s: %v", file.Name, err))
			continue
		}
		people = append(people, identity)
		consent.By = append(consent.By, approval.Principal(identity))
		if consent.Until.Before(file.Expires) {
			consent.Until = file.Expires
		}
	}
	if got, needed := approval.Distinct(people), int(r.settings.Approvals); changed.Digest != r.Digest && got < needed {
		return Consent{}, &NotAcceptedError{Digest: changed.Digest, Approved: got, Needed: needed, Notes: notes}
	}
	return consent, nil
}

// trusts says whether anybody is trusted to approve a change of the rules.
func (r *Rules) trusts() bool { return r.keys.Signers != nil && r.keys.Signers.Len() > 0 }

// NotAcceptedError says that the rules changed and not enough people have approved that.
type NotAcceptedError struct {
	// Digest of the new rules, and how many people approved them of how many that have to.
	Digest           string
	Approved, Needed int
	// Notes say why other approvals do not count.
	Notes []string
}

// Error says what is missing and what to do.
func (e *NotAcceptedError) Error() string {
	text := fmt.Sprintf("policies, trust, exceptions or the rules of an environment changed to %.19s, which %d of %d people have approved; the old ones stay in force: "+
		"have those who are trusted run penstock approve rules", e.Digest, e.Approved, e.Needed)
	for _, note := range e.Notes {
		text += "; " + note
	}
	return text
}

func notesOf(problems problem.List) []string {
	var notes []string
	for _, p := range problems {
		notes = append(notes, p.Error())
	}
	return notes
}
