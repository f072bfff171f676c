package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/penstock-dev/penstock/agent/records"
)

// WriteText writes the log for people: who asked, who approved, what policy said, what ran, and when.
func (l *Log) WriteText(ctx context.Context, w io.Writer) error {
	p := &printer{w: w}
	l.Verification.writeBrief(p)
	count := 0
	for e, err := range l.Entries(ctx) {
		if err != nil {
			return err
		}
		p.blank()
		e.writeText(p)
		count++
		if p.err != nil {
			return p.err
		}
	}
	p.blank()
	p.line("", "%s", counted(count, "fact", "facts"))
	return p.err
}

// writeBrief says in a line for each environment how it stands.
func (v *Verification) writeBrief(p *printer) {
	for _, s := range v.Environments {
		old := p.mark
		p.mark = s.Mark()
		p.line("", "%s", s.Brief())
		if s.Status != Verified {
			p.list("  ", "so", nonEmpty(s.Problem))
		}
		for _, gap := range s.Lost {
			p.list("  ", "gap", []string{gap.String()})
		}
		p.mark = old
	}
}

// Brief is how the records stand, in a line.
func (s *Standing) Brief() string {
	text := fmt.Sprintf("%s: %s", s.Branch, s.Status)
	if s.Facts > 0 {
		text += fmt.Sprintf(": %s", s.Extent())
	}
	if s.Pin != nil {
		text += "; the last is " + s.Pin.String()
	}
	return text
}

// writeText tells one fact as a paragraph.
func (e Entry) writeText(p *printer) {
	f := e.Fact
	p.mark = e.Mark
	title := fmt.Sprintf("%s  %s  #%d %s", stamp(f.Time), f.Unit(), f.Sequence, f.Kind)
	if f.Data.Release != nil {
		title += "  " + f.Data.Release.ID
	}
	p.line("", "%s", title)
	p.line("    ", "%s", f.Data.Message)
	for _, row := range rowsOf(f) {
		p.list("    ", row.Name, row.Lines)
	}
	p.mark = ""
}

// Row is one thing that a fact tells.
type Row struct {
	Name  string
	Lines []string
}

// rowsOf is all that there is to tell of a fact beside its message.
func rowsOf(f records.Fact) []Row {
	var rows []Row
	add := func(name string, lines ...string) {
		if len(lines) > 0 {
			rows = append(rows, Row{name, oneLines(lines)})
		}
	}
	add("asked", words(askedBy(f))...)
	add("approved", words(approvedBy(f))...)
	if d := f.Data.Decision; d != nil {
		add("policy", append([]string{verdictOf(d)}, reasons(d)...)...)
		add("evidence", evidenceOf(d)...)
	}
	add("problem", f.Data.Problems...)
	add("did", objectsOf(f.Data.Objects)...)
	if h := f.Data.Health; h != nil {
		add("health", strings.TrimSuffix(h.Status+": "+h.Message, ": "))
	}
	add("drift", driftOf(f.Data.Drift)...)
	add("measured", evaluationOf(f.Data.Evaluation)...)
	add("promotion", promotionOf(f.Data.Promotion)...)
	if r := f.Data.Rollback; r != nil {
		add("rollback", fmt.Sprintf("from %.19s to %.19s, read at commit %.12s %s", r.From, r.To, r.ToCommit, r.URL))
	}
	add("source", sourceOf(f)...)
	add("cut", f.Data.Cut...)
	return rows
}

func oneLines(texts []string) []string {
	made := make([]string, len(texts))
	for i, text := range texts {
		made[i] = oneLine(text)
	}
	return made
}

// verdictOf is as in Admit (Admitted): 6 policies of the rules, for a release, as of 2026-11-23T12:00:00Z.
func verdictOf(d *records.Decision) string {
	return fmt.Sprintf("%s (%s) for change %q by %s, as of %s", d.Verdict, d.Reason, d.Change, counted(len(d.Evaluated), "policy", "policies"), stamp(d.Now))
}

// sourceOf is the commits that it was read from.
func sourceOf(f records.Fact) []string {
	s, in := f.Data.Source, f.Data.Inputs
	if s == nil || s.Commit == "" {
		return nil
	}
	text := "commit " + s.Commit
	if in != nil && in.RulesCommit != "" {
		text += ", rules of " + in.RulesCommit
	}
	return []string{text}
}

// WriteJSON writes the log as one JSON document, fact by fact.
func (l *Log) WriteJSON(ctx context.Context, w io.Writer) error {
	head, err := json.MarshalIndent(l.Verification, "  ", "  ")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "{\n  \"verification\": %s,\n  \"entries\": [", head); err != nil {
		return err
	}
	before := "\n    "
	for e, err := range l.Entries(ctx) {
		if err != nil {
			return err
		}
		data, err := marshalPlain(e)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, before+data); err != nil {
			return err
		}
		before = ",\n    "
	}
	_, err = io.WriteString(w, "\n  ]\n}\n")
	return err
}

// marshalPlain is JSON without escapes for HTML.
func marshalPlain(value any) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("    ", "  ")
	err := encoder.Encode(value)
	return strings.TrimSuffix(b.String(), "\n"), err
}
