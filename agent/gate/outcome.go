package gate

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// Outcome is what came of a subject.
type Outcome struct {
	policies.Decision
	// Unit that was decided on.
	Unit string `json:"unit"`
	// Objects is the digest of the objects that were decided on; nothing else may be applied. Empty for a removal.
	Objects string `json:"objects,omitempty"`
	// Rules is the digest of the rules that decided.
	Rules string `json:"rules"`
	// Notes say what was found and does not count, such as an approval of other content or a forged trailer.
	Notes []string `json:"notes,omitempty"`
	// Input is what the policies saw.
	Input *policies.Input `json:"-"`
}

// Reason is one of ReasonHeld, ReasonOverridden, ReasonExcepted, ReasonWarned and ReasonAdmitted of v1alpha1: the one of
// them that most has to be known.
func (o Outcome) Reason() string {
	switch excepted, overridden := o.uses(); {
	case o.Verdict == policies.Hold:
		return v1alpha1.ReasonHeld
	case overridden:
		return v1alpha1.ReasonOverridden
	case excepted:
		return v1alpha1.ReasonExcepted
	case o.Verdict == policies.Warn:
		return v1alpha1.ReasonWarned
	}
	return v1alpha1.ReasonAdmitted
}

func (o Outcome) uses() (excepted, overridden bool) {
	for _, f := range o.Findings {
		excepted = excepted || f.Exception != nil
		overridden = overridden || f.Overridden != nil
	}
	return excepted, overridden
}

// Explain is the outcome in words: each rule that has something to say, what holds it back or lets it through anyway, and
// when it is looked at again.
func (o Outcome) Explain() string {
	var parts []string
	for _, f := range o.Findings {
		if text := explainFinding(f, o.Verdict); text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%d policies have nothing against it", len(o.Evaluated))
	}
	if o.Verdict == policies.Hold {
		parts = append(parts, o.Notes...)
		if o.Again != nil {
			parts = append(parts, "it is looked at again at "+o.Again.UTC().Format(time.RFC3339))
		}
	}
	return strings.Join(parts, "; ")
}

// explainFinding is empty for what does not matter to the verdict: a note, or a warning about what is held anyway.
func explainFinding(f policies.Finding, verdict policies.Verdict) string {
	switch {
	case f.Overridden != nil:
		return fmt.Sprintf("OVERRIDDEN by %s (%s): %s", f.Overridden.By, f.Overridden.Reason, f)
	case f.Exception != nil:
		return fmt.Sprintf("excepted by %s until %s, approved by %s (%s): %s", f.Exception.Name, f.Exception.Expires.UTC().Format(time.RFC3339),
			f.Exception.Approver, f.Exception.Reason, f)
	case f.Holds():
		return f.String()
	case f.Action == "Warn" && verdict != policies.Hold:
		return f.String()
	}
	return ""
}
