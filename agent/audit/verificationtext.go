package audit

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the verification for a terminal.
func (v *Verification) WriteText(w io.Writer) error {
	p := &printer{w: w}
	p.line("", "%s is at %.12s %s", v.Revision.Name, v.Revision.Commit, v.Revision.Subject)
	for _, note := range v.Notes {
		p.line("", "note: %s", note)
	}
	for _, s := range v.Environments {
		p.blank()
		s.writeText(p)
	}
	p.blank()
	p.line("", "%s", v.Summary())
	return p.err
}

// Summary is the outcome in a sentence.
func (v *Verification) Summary() string {
	var wrong, untold []string
	for _, s := range v.Environments {
		switch s.Outcome() {
		case Wrong:
			wrong = append(wrong, s.Environment)
		case Untold:
			untold = append(untold, s.Environment)
		}
	}
	all := counted(len(v.Environments), "environment", "environments")
	switch {
	case len(wrong) > 0:
		return fmt.Sprintf("WRONG: of %s, the records of %s are not as they should be", all, strings.Join(wrong, ", "))
	case len(untold) > 0:
		return fmt.Sprintf("nothing is known to be wrong, and of %s the records of %s could not be verified completely", all, strings.Join(untold, ", "))
	case v.Against == Chain:
		return fmt.Sprintf("the signatures and chains of %s hold", all)
	}
	return fmt.Sprintf("the records of %s hold, and Git agrees", all)
}

// Title is what became of the branch, in a few words.
func (s *Standing) Title() string {
	text := fmt.Sprintf("%s: %s", s.Branch, s.Status)
	if s.Status == Verified && s.Outcome() == Wrong {
		text += ", but something is wrong"
	}
	return text
}

func (s *Standing) writeText(p *printer) {
	p.line("", "%s", s.Title())
	if s.Facts > 0 || s.Status == Verified {
		p.line("  ", "%s", s.Extent())
	}
	s.writeFault(p)
	if s.Hint != "" {
		p.list("  ", "hint", []string{s.Hint})
	}
	p.list("  ", "keys from", nonEmpty(s.KeysFrom))
	p.list("  ", "key", words(s.Keys))
	p.list("  ", "gap", words(s.Lost))
	p.list("  ", "noted", words(s.Pins))
	if s.Git != nil {
		s.Git.writeText(p)
	}
	if s.Pin != nil {
		p.list("  ", "note down", []string{s.Pin.String()})
	}
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// writeFault tells what is wrong first, and what that means.
func (s *Standing) writeFault(p *printer) {
	f := s.Fault
	if f == nil {
		p.list("  ", "problem", nonEmpty(s.Problem))
		return
	}
	p.list("  ", "bad commit", []string{f.Where()})
	p.list("  ", "what", []string{string(f.Kind) + ": " + f.Problem})
	p.list("  ", "so", []string{f.Meaning})
}

// Where is as in 5dc2e43a1f0c…, fact 41, in llama/2026-11/23/000000041-applied.json.
func (f *Fault) Where() string {
	text := f.Commit
	if text == "" {
		text = "none: the branch as a whole"
	}
	if f.Sequence > 0 {
		text += fmt.Sprintf(", fact %d", f.Sequence)
	}
	if f.File != "" {
		text += ", in " + f.File
	}
	return text
}

// Extent is how much was verified.
func (s *Standing) Extent() string {
	if s.Facts == 0 {
		return "nothing of it holds"
	}
	text := fmt.Sprintf("%s in %s, from %s to %s, beginning with commit %.12s", counted(s.Facts, "fact", "facts"), counted(s.Commits, "commit", "commits"),
		stampOf(s.From), stampOf(s.Until), s.FirstCommit)
	if s.Status == Broken {
		return "before that hold " + text
	}
	return text
}

// String is as in SHA256:… (ssh-ed25519, agent@prod), signed.
func (k Key) String() string {
	text := fmt.Sprintf("%s (%s)", k.Fingerprint, strings.TrimSuffix(k.Type+", "+oneLine(k.Comment), ", "))
	if k.ValidAfter != nil {
		text += ", from " + stamp(*k.ValidAfter) + " on"
	}
	if k.ValidBefore != nil {
		text += ", before " + stamp(*k.ValidBefore)
	}
	if !k.Used {
		return text + ": listed, and signed nothing here"
	}
	return text + ": signed"
}

// String is as in 12 facts were lost before fact 41.
func (g Gap) String() string {
	return fmt.Sprintf("%s lost before fact %d (%s): %s", counted(g.Facts, "fact was", "facts were"), g.Sequence, stamp(g.Time), g.Message)
}

// String is the pin, and what became of it.
func (r PinResult) String() string {
	if r.Holds {
		return r.Pin.String() + ": still there"
	}
	return r.Pin.String() + ": NOT there: " + r.Problem
}

func (g *GitResult) writeText(p *printer) {
	p.list("  ", "git", []string{g.Extent()})
	p.list("  ", "unknown", g.Unknown)
	for _, d := range g.Disagreements {
		p.list("  ", "differs", []string{d.String()})
	}
	if g.More > 0 {
		p.list("  ", "", []string{"and " + counted(g.More, "more", "more")})
	}
}

// Extent is what was compared.
func (g *GitResult) Extent() string {
	verb := "agrees with"
	if len(g.Disagreements) > 0 {
		verb = "was held against"
	}
	return fmt.Sprintf("%s %s: %s, %s, %s of rules, %s of changes, %s", verb, counted(g.Facts, "fact", "facts"), counted(g.Commits, "commit", "commits"),
		counted(g.Files, "file digest", "file digests"), counted(g.Rules, "digest", "digests"), counted(g.Signatures, "signature", "signatures"), counted(g.Approvals, "approval", "approvals"))
}

// String is as in fact 41 of llama-3-8b: UnknownCommit: ….
func (d Disagreement) String() string {
	about := fmt.Sprintf("fact %d", d.Sequence)
	if d.Model != "" {
		about += " of " + d.Model
	}
	return fmt.Sprintf("%s (recorded by %.12s): %s: %s: %s", about, d.RecordedBy, d.Rule, d.Problem, d.Meaning)
}

// WritePins writes the last fact of each environment, as ParsePins reads them. Of records that do not hold there is none.
func (v *Verification) WritePins(w io.Writer) error {
	for _, s := range v.Environments {
		if s.Pin == nil || s.Outcome() == Wrong {
			continue
		}
		if _, err := fmt.Fprintln(w, s.Pin); err != nil {
			return err
		}
	}
	return nil
}
