package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

// Asked is a commit that asked for something.
type Asked struct {
	Commit  string    `json:"commit"`
	Subject string    `json:"subject"`
	Time    time.Time `json:"time"`
	// Author is who they say they are, and Signers who is proven; Unsigned says why nobody is.
	Author   string   `json:"author"`
	Signers  []string `json:"signers,omitempty"`
	Unsigned string   `json:"unsigned,omitempty"`
}

// Approved is somebody who agreed.
type Approved struct {
	Principal   string    `json:"principal"`
	Fingerprint string    `json:"fingerprint"`
	Expires     time.Time `json:"expires"`
	// Own says that they approved a change of their own.
	Own bool `json:"own,omitempty"`
}

// askedBy are the commits that a fact says asked for it, newest first.
func askedBy(f records.Fact) []Asked {
	if f.Data.Source == nil {
		return nil
	}
	var all []Asked
	for _, c := range f.Data.Source.Changes {
		one := Asked{Commit: c.ID, Subject: oneLine(c.Subject), Time: c.Time, Author: person(c.Author), Unsigned: oneLine(c.Unsigned)}
		if c.Signature != nil {
			one.Signers = c.Signature.Principals
		}
		all = append(all, one)
	}
	return all
}

// approvedBy are the people who a fact says agreed.
func approvedBy(f records.Fact) []Approved {
	if f.Data.Decision == nil {
		return nil
	}
	var all []Approved
	for _, a := range f.Data.Decision.Approvals {
		all = append(all, Approved{Principal: oneLine(a.Principal), Fingerprint: oneLine(a.Fingerprint), Expires: a.Expires, Own: a.ByAuthor || a.ByCommitter || a.BySigner})
	}
	return all
}

func person(p policies.Person) string { return oneLine(fmt.Sprintf("%s <%s>", p.Name, p.Email)) }

// String is as in Ada Lovelace <ada@example.com>: "Serve llama" (5dc2e43a1f0c), signed by ada@example.com.
func (a Asked) String() string {
	text := fmt.Sprintf("%s: %q (%.12s)", a.Author, a.Subject, a.Commit)
	switch {
	case len(a.Signers) > 0:
		return oneLine(text + ", signed by " + strings.Join(a.Signers, ", "))
	case a.Unsigned != "":
		return oneLine(text + ", NOT signed by anybody who is trusted: " + a.Unsigned)
	}
	return oneLine(text)
}

// String is as in grace@example.com until 2026-11-26T12:00:00Z.
func (a Approved) String() string {
	text := fmt.Sprintf("%s until %s", a.Principal, stamp(a.Expires))
	if a.Own {
		text += ", a change of their own"
	}
	return text
}

// reasons are what policy said, rule by rule, and what let it pass all the same.
func reasons(d *records.Decision) []string {
	if d == nil {
		return nil
	}
	var all []string
	for _, f := range d.Findings {
		all = append(all, reason(f))
	}
	for _, e := range d.Expired {
		all = append(all, oneLine(fmt.Sprintf("the exception %s for %s had ended at %s", e.Name, e.Policy, stamp(e.Expires))))
	}
	for _, note := range d.Notes {
		all = append(all, "note: "+oneLine(note))
	}
	return all
}

func reason(f policies.Finding) string {
	word := strings.ToLower(f.Action)
	switch {
	case f.Overridden != nil:
		word = fmt.Sprintf("OVERRIDDEN by %s (%s)", f.Overridden.By, f.Overridden.Reason)
	case f.Exception != nil:
		word = fmt.Sprintf("EXCEPTED by %s until %s, approved by %s (%s)", f.Exception.Name, stamp(f.Exception.Expires), f.Exception.Approver, f.Exception.Reason)
	case f.Failed:
		word = "deny, since it could not be evaluated"
	}
	return oneLine(word + ": " + f.String())
}

// highlights are the words for what stands out in a fact; none for most.
func highlights(f records.Fact) []string {
	var all []string
	switch f.Kind {
	case records.Held, records.Refused, records.Failed, records.Degraded, records.Drifted, records.RolledBack, records.Lost, records.Suspended:
		all = append(all, string(f.Kind))
	case records.Overridden:
		all = append(all, "Overridden")
	}
	if d := f.Data.Decision; d != nil {
		if slices.ContainsFunc(d.Findings, func(f policies.Finding) bool { return f.Exception != nil }) {
			all = append(all, "Exception")
		}
		if slices.ContainsFunc(d.Approvals, func(a policies.Approval) bool { return a.ByAuthor || a.ByCommitter || a.BySigner }) {
			all = append(all, "Own approval")
		}
	}
	if f.Data.Evaluation != nil && !f.Data.Evaluation.Passed {
		all = append(all, "Evaluation failed")
	}
	return all
}
