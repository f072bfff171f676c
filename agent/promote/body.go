package promote

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/check"
)

// Text is what people read of a promotion.
type Text struct {
	// Message is the commit's.
	Message string
	// Title and Body are the pull request's; Body is Markdown.
	Title, Body string
	// Substance names what is told, but for what changes by itself, such as how long something has lasted. While it stays the
	// same, a pull request is left as it is.
	Substance string
}

// longestReport is how many bytes of a pull request the folded report may take: forges take some 60,000 in all.
const longestReport = 45_000

// Text tells the story. The report is what penstock check says of the promotion; nil without.
func (s *Story) Text(report *check.Report) Text {
	t := Text{Message: s.Message(), Title: s.Subject(), Substance: s.substance(report)}
	t.Body = s.body(report) + "\n" + t.mark() + "\n"
	return t
}

// mark is a comment in the body that names the substance. Browsers do not show it.
func (t Text) mark() string { return "<!-- penstock-promotion " + t.Substance + " -->" }

// body is the text of the pull request.
func (s *Story) body(report *check.Report) string {
	p := s.Plan
	var b strings.Builder
	fmt.Fprintf(&b, "This copies the release `%s` of **%s** from %s to %s, byte for byte: `%s` becomes `%s`.\n\n", p.ReleaseID(), inline(p.Model), inline(p.From), inline(p.To), p.Source, p.Target)
	fmt.Fprintf(&b, "%s\n", inline(s.evidence()))
	if changes := s.changes(); len(changes) > 0 {
		section(&b, s.introduction(), changes)
	}
	if commits := s.commits(); len(commits) > 0 {
		section(&b, s.origin(), commits)
	}
	gateTable(&b, s.Gates)
	if s.Anyway && len(s.Gates) > 0 {
		b.WriteString("\n**It is proposed although gates are closed that wait for nobody. The agent will not apply it before they open.**\n")
	}
	fold(&b, report)
	fmt.Fprintf(&b, "\n<sub>Made by penstock from commit %.12s. It is closed by itself when it is overtaken; close it to decline this release, and it is not proposed again until something changes. Commits that you add to the branch are kept.</sub>\n", s.Source)
	return b.String()
}

// section writes a list below a sentence.
func section(b *strings.Builder, introduction string, lines []string) {
	fmt.Fprintf(b, "\n%s\n\n", inline(introduction))
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", inline(line))
	}
}

var icons = map[GateState]string{Open: "✅", Later: "⏳", People: "👤", Closed: "⛔"}

// gateTable writes the gates that are not simply open, and the names of the others.
func gateTable(b *strings.Builder, gates []Gate) {
	if len(gates) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| Gate | | |\n| --- | --- | --- |\n")
	var open []string
	for _, g := range gates {
		if g.State == Open && len(g.Says) == 0 {
			open = append(open, g.Name)
			continue
		}
		fmt.Fprintf(b, "| %s | %s %s | %s |\n", inline(g.Name), icons[g.State], g.Word(), inline(strings.Join(g.Says, "; ")))
	}
	if len(open) > 0 {
		fmt.Fprintf(b, "| %s | %s open | |\n", inline(strings.Join(open, ", ")), icons[Open])
	}
}

// Word is the state in a word or two.
func (g Gate) Word() string {
	switch {
	case g.State == Later && g.Opens != nil:
		return "opens " + stamp(*g.Opens)
	case g.State == People:
		return "waits for people"
	}
	return string(g.State)
}

// fold adds the report, folded up.
func fold(b *strings.Builder, report *check.Report) {
	if report == nil {
		return
	}
	var text strings.Builder
	_ = check.WriteMarkdown(&text, report) // writing to memory does not fail
	shown := strings.TrimPrefix(text.String(), check.MarkdownMarker)
	if len(shown) > longestReport {
		shown = "\n" + inline(report.Summary()) + "\n\nThe report is too long for a pull request: run `penstock check` to see it.\n"
	}
	fmt.Fprintf(b, "\n<details><summary>What <code>penstock check</code> says</summary>\n%s\n</details>\n", shown)
}

// substance is a digest of what is told, without times that go by.
func (s *Story) substance(report *check.Report) string {
	p := s.Plan
	parts := []string{p.Digest(), p.was, p.From, p.To, p.Model, fmt.Sprint(s.Evidence != nil, s.Anyway, s.Records != "")}
	if e := s.Evidence; e != nil {
		parts = append(parts, fmt.Sprint(e.Healthy, e.HealthySince, e.Until, e.LastFailure, e.LastDrift))
	}
	for _, c := range s.Commits {
		parts = append(parts, c.Hash)
	}
	var figures []string
	for name, e := range s.Evaluations {
		figures = append(figures, measured(name, e))
	}
	slices.Sort(figures)
	parts = append(parts, figures...)
	for _, g := range s.Gates {
		parts = append(parts, g.Name+" "+string(g.State))
	}
	if report != nil {
		parts = append(parts, report.Summary())
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
