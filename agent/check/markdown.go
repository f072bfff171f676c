package check

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render/diff"
)

// MarkdownMarker begins each report in markdown, so that a pipeline can find its comment and write it anew.
const MarkdownMarker = "<!-- penstock check -->"

// What a report in markdown may have.
const (
	maxMarkdown = 60_000 // bytes: GitHub takes comments of 65,536 characters
	maxDiff     = 12_000 // bytes of one unit's difference
	maxRows     = 100    // units in the table
)

var icons = map[level]string{isError: "⛔", isWarning: "⚠️", isNote: "ℹ️"}

// WriteMarkdown writes the report as a comment for a pull request. What comes from the repository cannot change the
// comment's form: it is untrusted. What is too long for a comment is left out, and that is said.
func WriteMarkdown(w io.Writer, r *Report) error {
	icon := map[policies.Verdict]string{policies.Admit: "✅", policies.Warn: icons[isWarning], policies.Hold: icons[isError]}[r.Verdict]
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n### %s %s\n\n%s", MarkdownMarker, icon, inline(r.Summary()), r.markdownTable())
	left := 0
	for _, part := range append(r.markdownLines(), r.markdownUnits()...) {
		switch room := maxMarkdown - b.Len(); {
		case len(part.full) <= room:
			b.WriteString(part.full)
		case len(part.short) <= room && part.short != "":
			b.WriteString(part.short)
		default:
			left++
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n…and %d more parts, which a comment is too short for: run `penstock check` to see all of it\n", left)
	}
	fmt.Fprintf(&b, "\n<sub>%s against %s, decided at %s</sub>\n", inline(revisionText(r.Head)), inline(revisionText(r.Base)), at(r.Now))
	_, err := io.WriteString(w, b.String())
	return err
}

// part is one thing to tell, and the same without what matters least; nothing if all of it does.
type part struct{ full, short string }

// markdownTable has a row for each unit.
func (r *Report) markdownTable() string {
	if len(r.Units) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| Unit | Change | GPUs | Cost per hour | |\n| --- | --- | --- | --- | --- |\n")
	for _, u := range r.Units[:min(len(r.Units), maxRows)] {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", inline(u.ID), inline(u.changeText()), u.GPUs.text("%.0f"), u.Cost.text("%.2f"), inline(u.word()))
	}
	if more := len(r.Units) - maxRows; more > 0 {
		fmt.Fprintf(&b, "| … %d more | | | | |\n", more)
	}
	return b.String() + "\n"
}

// markdownLines are about the repository as a whole.
func (r *Report) markdownLines() []part {
	var lines []part
	line := func(text string) { lines = append(lines, part{full: text + "\n"}) }
	for _, res := range r.results() {
		if res.unit == "" {
			line(res.markdown())
		}
	}
	if r.Rules != nil && r.Rules.Accepted {
		line("- " + inline(r.Rules.text()))
	}
	for _, e := range r.Exceptions {
		if e.InForce {
			line("- " + inline(e.text()))
		}
	}
	for _, note := range r.Notes {
		line("- note: " + inline(note))
	}
	return lines
}

func (res result) markdown() string {
	text := fmt.Sprintf("- %s `%s`: %s", icons[res.level], code(res.rule), inline(res.message))
	if res.mark != "" {
		text += " **" + inline(res.mark) + "**"
	}
	if res.place.File != "" && res.place.Line > 0 {
		text += fmt.Sprintf(" (`%s:%d`)", code(res.place.File), res.place.Line)
	}
	return text
}

func (r *Report) markdownUnits() []part {
	parts := make([]part, len(r.Units))
	for i, u := range r.Units {
		parts[i] = part{u.markdown(u.markdownDiff()), u.markdown("\nthe difference is too long for a comment\n")}
	}
	return parts
}

// markdown is what there is to tell of a unit; it is folded up unless something holds.
func (u Unit) markdown(difference string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details%s><summary><b>%s</b>: %s</summary>\n\n", map[bool]string{true: " open"}[u.holds()], html.EscapeString(unlinked(oneLine(u.ID))), u.word())
	for _, res := range u.results() {
		b.WriteString(res.markdown() + "\n")
	}
	for _, line := range u.remarks() {
		fmt.Fprintf(&b, "- %s\n", inline(line))
	}
	b.WriteString(difference + "\n</details>\n")
	return b.String()
}

// markdownDiff is what would be different, as far as there is room.
func (u Unit) markdownDiff() string {
	if len(u.Objects) == 0 {
		return ""
	}
	var all strings.Builder
	_ = diff.Text(&all, u.Objects) // writing to memory does not fail
	text := strings.Map(harmless, strings.TrimRight(all.String(), "\n"))
	more := ""
	if len(text) > maxDiff {
		end := strings.LastIndexByte(text[:maxDiff], '\n')
		more = fmt.Sprintf("\n…and %d more lines\n", strings.Count(text[end+1:], "\n")+1)
		text = text[:max(end, 0)]
	}
	return "\n```diff\n" + text + "\n```\n" + more // no line of a difference begins with a fence: each has a mark before it
}

// inline makes text harmless within a line of markdown: no markup, no HTML, no table cell, nobody mentioned, no link.
func inline(text string) string {
	return unlinked(strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "!", `\!`, "~", `\~`,
	).Replace(oneLine(text)))
}

// unlinked is text in which nothing mentions anybody or is taken for a link.
func unlinked(text string) string {
	return strings.NewReplacer("@", "@\u200b", "#", "#\u200b", "://", ":\u200b//", "www.", "www\u200b.").Replace(strings.Map(harmless, text))
}

// code makes text harmless between backticks, also in a table.
func code(text string) string {
	return strings.NewReplacer("`", "'", "|", "/").Replace(strings.Map(harmless, oneLine(text)))
}
