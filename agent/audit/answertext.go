package audit

import (
	"fmt"
	"io"
)

// WriteText writes what ran, model by model.
func (m *Moment) WriteText(w io.Writer) error {
	p := &printer{w: w}
	m.Verification.writeBrief(p)
	p.mark = m.Mark
	for _, note := range m.Notes {
		p.line("", "note: %s", note)
	}
	p.blank()
	p.line("", "%s", m.Title())
	for _, r := range m.Running {
		p.blank()
		p.line("", "%s/%s  %s  %s since %s", m.Environment, r.Model, r.Release, r.State, stamp(r.StateSince))
		for _, row := range r.Rows() {
			p.list("    ", row.Name, row.Lines)
		}
	}
	return p.err
}

// Title says what is told, and as of when.
func (m *Moment) Title() string {
	what := counted(len(m.Running), "model", "models") + " ran"
	if len(m.Running) == 0 {
		what = "nothing ran"
	}
	if words := m.Asked; words != stamp(m.At) {
		return fmt.Sprintf("%s in %s at %s (%s)", what, m.Environment, stamp(m.At), words)
	}
	return fmt.Sprintf("%s in %s at %s", what, m.Environment, stamp(m.At))
}

// Rows are all that is known of what ran.
func (r Running) Rows() []Row {
	var rows []Row
	add := func(name string, lines ...string) {
		if len(lines) > 0 && lines[0] != "" {
			rows = append(rows, Row{name, oneLines(lines)})
		}
	}
	add("digest", r.Digest)
	add("model", r.Source)
	add("revision", r.Revision)
	add("image", r.Image)
	if r.Since != nil {
		add("since", fmt.Sprintf("%s, fact %d", stamp(*r.Since), r.Applied))
	}
	if r.RolledBackFrom != "" {
		add("rollback", "taken back to, from "+r.RolledBackFrom+", which failed")
	}
	add("commit", r.Commit)
	for _, d := range r.Decisions {
		name := fmt.Sprintf("#%d", d.Sequence)
		add(name, d.Title())
		add("asked", words(d.Asked)...)
		add("approved", words(d.Approved)...)
		add("policy", d.Reasons...)
	}
	return rows
}

// Title is as in Admitted (release) at 2026-11-23T12:00:00Z: Admit.
func (d Decision) Title() string {
	return fmt.Sprintf("%s, change %q, at %s: %s", d.Kind, d.Change, stamp(d.Time), d.Verdict)
}

// WriteText writes the life of a release.
func (l *Life) WriteText(w io.Writer) error {
	p := &printer{w: w}
	l.Verification.writeBrief(p)
	p.blank()
	p.line("", "%s (sha256:%s)", l.Release, bare(l.Digest))
	p.list("  ", "model", nonEmpty(l.Source))
	p.list("  ", "revision", nonEmpty(l.Revision))
	p.list("  ", "image", nonEmpty(l.Image))
	for _, s := range l.Stays {
		p.mark = l.mark(s.Environment)
		p.list("  ", "ran", []string{s.String()})
		p.mark = ""
	}
	for _, e := range l.Events {
		p.blank()
		e.writeText(p)
	}
	p.blank()
	if l.Cut > 0 {
		p.line("", "and %s more", grouped(l.Cut))
	}
	p.line("", "%s about it", counted(len(l.Events)+l.Cut, "fact", "facts"))
	return p.err
}

func (l *Life) mark(environment string) string {
	if s := l.Verification.Standing(environment); s != nil {
		return s.Mark()
	}
	return ""
}

// String is as in prod/llama-3-8b from … until …: healthy for 3d 4h.
func (s *Stay) String() string {
	text := fmt.Sprintf("%s/%s from %s", s.Environment, s.Model, stamp(s.From))
	switch {
	case s.Until == nil:
		text += " on"
	case s.By == "":
		text += fmt.Sprintf(" until %s, %s", stamp(*s.Until), s.End)
	default:
		text += fmt.Sprintf(" until %s, %s by %s", stamp(*s.Until), s.End, s.By)
	}
	if s.Soaked > 0 || s.FirstHealthy != nil {
		text += fmt.Sprintf("; healthy for %s in all, first at %s", lasting(s.SoakedFor()), stampOf(s.FirstHealthy))
	} else {
		text += "; never healthy"
	}
	if s.LastFailure != nil {
		text += "; last failed at " + stamp(*s.LastFailure)
	}
	return text
}

// WriteText writes what came of deciding again.
func (all *Replays) WriteText(w io.Writer) error {
	p := &printer{w: w}
	all.Verification.writeBrief(p)
	p.mark = all.Mark
	for _, r := range all.Replays {
		p.blank()
		r.writeText(p)
	}
	p.blank()
	p.line("", "%s", all.Summary())
	return p.err
}

// Summary counts.
func (all *Replays) Summary() string {
	text := fmt.Sprintf("%s replayed: %s, %s, %s", counted(all.Agree+all.Differ+all.Untold, "fact", "facts"),
		counted(all.Agree, "agrees", "agree"), counted(all.Differ, "differs", "differ"), counted(all.Untold, "could not be told", "could not be told"))
	if all.Passed > 0 {
		text += "; " + counted(all.Passed, "other has", "others have") + " nothing to replay"
	}
	return text
}

func (r *Replay) writeText(p *printer) {
	p.line("", "%s  %s  #%d %s: %s", stamp(r.Time), r.Unit, r.Sequence, r.Kind, r.Title())
	p.line("    ", "commit %s, rules of %s; recorded by Penstock %s, replayed by %s", r.Commit, r.RulesCommit, orUnnamed(r.Recorded), orUnnamed(r.Version))
	for _, c := range r.Checks {
		p.line("    ", "%s", c.Title())
		if c.Result == Different {
			p.list("        ", "recorded", nonEmpty(c.Recorded))
			p.list("        ", "replayed", nonEmpty(c.Replayed))
		}
		if c.Why != "" {
			p.list("        ", "why", []string{c.Why})
		}
	}
	p.list("    ", "note", r.Notes)
}

// Title is the result in words.
func (r *Replay) Title() string {
	switch r.Result {
	case Same:
		return "agrees in everything that was compared"
	case Different:
		return "DIFFERS in " + r.different()
	}
	return "could not be told completely"
}

// Title is as in same: verdict: Admit (Admitted).
func (c Check) Title() string {
	if c.Result == Same && c.Recorded != "" {
		return fmt.Sprintf("%s: %s: %s", c.Result, c.What, c.Recorded)
	}
	return fmt.Sprintf("%s: %s", c.Result, c.What)
}
