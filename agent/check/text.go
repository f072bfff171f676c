package check

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render/diff"
)

// WriteText writes the report for a terminal.
func WriteText(w io.Writer, r *Report) error {
	p := &printer{w: printable{w}}
	p.line("", "%s against %s", revisionText(r.Head), revisionText(r.Base))
	for _, note := range r.Notes {
		p.line("", "note: %s", note)
	}
	p.rules(r)
	for _, u := range r.Units {
		p.unit(u)
	}
	p.f("\n%s\n", r.Summary())
	return p.err
}

// printer writes until something goes wrong.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// line writes one line, whatever is in it: nothing that a repository says can pass for a line of ours.
func (p *printer) line(indent, format string, args ...any) {
	p.f("%s%s\n", indent, oneLine(fmt.Sprintf(format, args...)))
}

// harmless replaces characters that could command a terminal, or show text in another order than it is written: what a
// repository says is untrusted.
func harmless(r rune) rune {
	if r == '\n' || r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// oneLine is text on a line of its own, so that it cannot pass for others.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func firstSentence(text string) string {
	sentence, _, more := strings.Cut(text, ". ")
	if more {
		return sentence + "."
	}
	return sentence
}

func revisionText(r Revision) string {
	if r.Commit == "" {
		return "nothing"
	}
	text := fmt.Sprintf("%.12s %s", r.Commit, r.Subject)
	if n := len(r.Uncommitted); n > 0 {
		text += " and " + counted(n, "file that is", "files that are") + " not committed"
	}
	return oneLine(text)
}

// rules tells what is about the repository as a whole.
func (p *printer) rules(r *Report) {
	for _, res := range r.results() {
		if res.unit == "" {
			p.line("", "%s", res.text())
		}
	}
	if r.Rules != nil && r.Rules.Accepted {
		p.line("", "%s", r.Rules.text())
	}
	for _, e := range r.Exceptions {
		if e.InForce {
			p.line("", "%s", e.text())
		}
	}
}

// text tells of a change that comes into force.
func (c RulesChange) text() string {
	by := ""
	if len(c.Approvers) > 0 {
		by = ", approved by " + strings.Join(c.Approvers, ", ")
	}
	return fmt.Sprintf("rules change in %s%s; they judge what comes after this change", strings.Join(c.Files, ", "), by)
}

func (e Exception) text() string {
	return fmt.Sprintf("exception %s: %s from %s until %s, approved by %s: %s", e.Name, strings.Join(e.Units, ", "), e.Policy,
		at(e.Expires), e.Approver, e.Reason)
}

func (p *printer) unit(u Unit) {
	p.f("\n")
	p.line("", "%s: %s", u.ID, strings.ToUpper(u.word()[:1])+u.word()[1:])
	if u.Change != "" {
		p.line("  ", "change: %s", u.changeText())
	}
	if p.err == nil && len(u.Objects) > 0 {
		p.err = diff.Text(indented{p.w}, u.Objects)
	}
	if text := u.sizes(); text != "" {
		p.line("  ", "%s", text)
	}
	for _, res := range u.results() {
		p.line("  ", "%s", res.text())
	}
	for _, line := range u.remarks() {
		p.line("  ", "%s", line)
	}
}

// remarks are what there is to tell of a unit beside results and figures.
func (u Unit) remarks() []string {
	var lines []string
	if u.Fit != "" {
		lines = append(lines, "memory: "+u.Fit)
	}
	if u.Room != "" {
		lines = append(lines, "room: "+u.Room)
	}
	if u.Outcome == nil {
		return lines
	}
	for _, note := range u.Outcome.Notes {
		lines = append(lines, "note: "+note)
	}
	if u.Outcome.Verdict == policies.Hold && u.Outcome.Again != nil {
		lines = append(lines, "it is looked at again at "+at(*u.Outcome.Again))
	}
	return lines
}

// text is a result with what it is about, what lets it pass and where to look.
func (res result) text() string {
	text := fmt.Sprintf("%s: %s: %s", res.level, res.rule, res.message)
	if res.mark != "" {
		text += " [" + res.mark + "]"
	}
	if res.place.File != "" {
		text += " (" + res.where() + ")"
	}
	return text
}

// Printable is a writer that passes on what cannot command a terminal, and � in the place of what could.
func Printable(w io.Writer) io.Writer { return printable{w} }

type printable struct{ w io.Writer }

func (p printable) Write(data []byte) (int, error) {
	_, err := io.WriteString(p.w, strings.Map(harmless, string(data)))
	return len(data), err
}

// indented puts two spaces before each line.
type indented struct{ w io.Writer }

func (i indented) Write(data []byte) (int, error) {
	text := "  " + strings.ReplaceAll(strings.TrimSuffix(string(data), "\n"), "\n", "\n  ") + "\n"
	_, err := io.WriteString(i.w, text)
	return len(data), err
}

// where is the place as in policies/few.yaml:8:3.
func (res result) where() string {
	text := res.place.File
	for _, n := range []int{res.place.Line, res.column} {
		if n > 0 {
			text += fmt.Sprintf(":%d", n)
		}
	}
	return text
}
