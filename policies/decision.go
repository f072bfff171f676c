package policies

import (
	"fmt"
	"strings"
	"time"
)

// Verdict is what becomes of a change.
type Verdict string

// The verdicts, from best to worst.
const (
	// Admit: nothing is to be said.
	Admit Verdict = "Admit"
	// Warn: it passes, and there is something to be told.
	Warn Verdict = "Warn"
	// Hold: it is not applied.
	Hold Verdict = "Hold"
)

// Decision is what the policies say of one change.
type Decision struct {
	// Verdict is the worst of all findings.
	Verdict Verdict `json:"verdict"`
	// Findings are the rules that do not hold, in the order of the policies.
	Findings []Finding `json:"findings,omitempty"`
	// Facts are the audit annotations, by policy/key.
	Facts map[string]string `json:"facts,omitempty"`
	// Evaluated are the names of the policies whose conditions held, and Skipped those of the others.
	Evaluated []string `json:"evaluated,omitempty"`
	Skipped   []string `json:"skipped,omitempty"`
	// Again is when time alone could change the verdict, of what is held: the earliest time that a policy which holds it
	// says by the audit annotation again. Absent when waiting does not help.
	Again *time.Time `json:"again,omitempty"`
	// Expired are exceptions that would have let something pass, and have ended.
	Expired []Exception `json:"expired,omitempty"`
	// Cost is what it took, in CEL's units.
	Cost int64 `json:"cost"`
}

// Finding is a rule that does not hold, or could not be evaluated.
type Finding struct {
	// Policy is its name, File and Line where the rule is written.
	Policy string `json:"policy"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	// Object is the rendered object that it is about, as in Deployment/llama; empty for the unit as a whole.
	Object string `json:"object,omitempty"`
	// Action is Deny, Warn or Audit.
	Action string `json:"action"`
	// Message says what does not hold.
	Message string `json:"message"`
	// Reason is the validation's, if it says one.
	Reason string `json:"reason,omitempty"`
	// Failed says that it could not be evaluated. Then it holds, whatever its action.
	Failed bool `json:"failed,omitempty"`
	// Fields are the fields of the descriptor that the rule reads, as in spec.scaling.min, the longest paths first.
	Fields []string `json:"fields,omitempty"`
	// Exception is what lets it pass, and Overridden who does; nil when nothing does.
	Exception  *Exception `json:"exception,omitempty"`
	Overridden *Override  `json:"overridden,omitempty"`
}

// Holds says whether the finding keeps the change from being applied.
func (f Finding) Holds() bool {
	return (f.Failed || f.Action == actionDeny) && f.Exception == nil && f.Overridden == nil
}

// String is the finding on one line, as in image-by-digest: Deployment/llama: the image has no digest.
func (f Finding) String() string {
	parts := []string{f.Policy}
	if f.Object != "" {
		parts = append(parts, f.Object)
	}
	return strings.Join(append(parts, f.Message), ": ")
}

// add takes up a finding.
func (d *Decision) add(f Finding) {
	d.Findings = append(d.Findings, f)
	switch {
	case f.Holds():
		d.Verdict = Hold
	case f.Action != actionAudit && d.Verdict == Admit: // what passes by an exception is told of too
		d.Verdict = Warn
	}
}

// Summary is the decision in a few words.
func (d Decision) Summary() string {
	counts := map[string]int{}
	for _, f := range d.Findings {
		if f.Failed {
			counts[actionDeny]++
		} else {
			counts[f.Action]++
		}
	}
	return fmt.Sprintf("%s: %d denied, %d warned of, %d noted", d.Verdict, counts[actionDeny], counts[actionWarn], counts[actionAudit])
}

// The actions, as ValidatingAdmissionPolicyBinding names them.
const (
	actionDeny  = "Deny"
	actionWarn  = "Warn"
	actionAudit = "Audit"
)
