package check

import (
	"io"
	"strings"

	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render/diff"
)

// MarkdownMarker begins each report in markdown, so that a pipeline can find its comment and write it anew.
const MarkdownMarker = "<!-- penstock check -->"

// maxMarkdown bounds a report: GitHub takes comments of 65,536 characters.
const maxMarkdown = 60_000

// WriteMarkdown writes the report as a comment for a pull request. What comes from the repository cannot change the
// comment's form: it is untrusted.
func WriteMarkdown(w io.Writer, r *Report) error {
	var b strings.Builder
	p := &printer{w: &b}
	p.f("%s\n### %s %s\n\n", MarkdownMarker, map[policies.Verdict]string{policies.Admit: "✅", policies.Warn: "⚠️", policies.Hold: "⛔"}[r.Verdict], inline(r.Summary()))
	p.markdownTable(r)
	for _, res := range r.results() {
		if res.unit == "" {
			p.markdownResult(res)
		}
	}
	for _, note := range r.Notes {
		p.f("- note: %s\n", inline(note))
	}
	for _, e := range r.Exceptions {
		if e.InForce {
			p.f("- exception **%s** from `%s` for %s until %s, approved by %s: %s\n", inline(e.Name), code(e.Policy), inline(strings.Join(e.Units, ", ")),
				e.Expires.UTC().Format(timeFormat), inline(e.Approver), inline(e.Reason))
		}
	}
	for _, u := range r.Units {
		var one strings.Builder
		(&printer{w: &one}).markdownUnit(u)
		if b.Len()+one.Len() > maxMarkdown {
			p.f("\n…and more: the report is too long for a comment, run `penstock check` to see all of it\n")
			break
		}
		b.WriteString(one.String())
	}
	p.f("\n<sub>`%.12s` against `%.12s`, decided at %s</sub>\n", r.Head.Commit, r.Base.Commit, r.Now.UTC().Format(timeFormat))
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *printer) markdownTable(r *Report) {
	if len(r.Units) == 0 {
		return
	}
	p.f("| Unit | Change | GPUs | Cost per hour | |\n| --- | --- | --- | --- | --- |\n")
	const most = 100
	for i, u := range r.Units {
		if i == most {
			p.f("| … %d more | | | | |\n", len(r.Units)-most)
			break
		}
		p.f("| %s | %s | %s | %s | %s |\n", inline(u.ID), inline(u.changeText()), u.GPUs.text("%.0f"), u.Cost.text("%.2f"), inline(u.word()))
	}
	p.f("\n")
}

func (p *printer) markdownResult(res result) {
	icon := map[level]string{isError: "⛔", isWarning: "⚠️", isNote: "ℹ️"}[res.level]
	p.f("- %s `%s`: %s", icon, code(res.rule), inline(res.message))
	if res.mark != "" {
		p.f(" **%s**", inline(res.mark))
	}
	p.f("\n")
}

func (p *printer) markdownUnit(u Unit) {
	p.f("\n<details%s><summary><b>%s</b>: %s</summary>\n\n", map[bool]string{true: " open"}[u.holds()], inline(u.ID), inline(u.word()))
	for _, res := range u.results() {
		p.markdownResult(res)
	}
	if u.Outcome != nil {
		for _, note := range u.Outcome.Notes {
			p.f("- note: %s\n", inline(note))
		}
		if u.Outcome.Again != nil {
			p.f("- it is looked at again at %s\n", u.Outcome.Again.UTC().Format(timeFormat))
		}
	}
	if u.Fit != "" {
		p.f("- memory: %s\n", inline(u.Fit))
	}
	if len(u.Objects) > 0 {
		var text strings.Builder
		p.err = diff.Text(&text, u.Objects)
		fence := fenceFor(text.String())
		p.f("\n%sdiff\n%s\n%s\n", fence, strings.TrimRight(text.String(), "\n"), fence)
	}
	p.f("\n</details>\n")
}

// inline makes text harmless within a line of markdown: no markup, no HTML, no table cell, nobody mentioned.
func inline(text string) string {
	text = strings.Map(harmless, strings.Join(strings.Fields(text), " "))
	return strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
		"@", "@\u200b", "#", "#\u200b", "!", `\!`, "~", `\~`,
	).Replace(text)
}

// code makes text harmless between backticks, also in a table.
func code(text string) string {
	return strings.NewReplacer("`", "'", "|", "/", "\n", " ").Replace(text)
}

// fenceFor is a fence that the text does not have.
func fenceFor(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence
}
