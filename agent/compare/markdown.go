package compare

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the report for a pull request or a page. What comes from the repository cannot change its form.
func WriteMarkdown(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n", inline(strings.Join(r.Environments, ", ")+r.at()), inline(r.Summary()))
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "\nnote: %s\n", inline(note))
	}
	overview := r.overview()
	writeRows(&b, overview.rows)
	for _, m := range r.Models {
		section(&b, m.Name+", release", r.Environments, m.Release, "spec.release.")
		section(&b, m.Name+", placement", r.Environments, m.Placement, "spec.")
		for i, side := range m.In {
			if side.Broken != "" {
				fmt.Fprintf(&b, "\n%s is broken: %s\n", inline(r.Environments[i]+"/"+m.Name), inline(side.Broken))
			}
		}
	}
	section(&b, "the environments", r.Environments, r.Settings, "")
	_, err := io.WriteString(w, b.String())
	return err
}

// section is a folded table of differences.
func section(b *strings.Builder, title string, names []string, list []Difference, prefix string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n<details><summary><b>%s</b></summary>\n", inline(title))
	rows := [][]string{append([]string{""}, names...)}
	for _, d := range list {
		rows = append(rows, d.cells(prefix))
	}
	writeRows(b, rows)
	b.WriteString("\n</details>\n")
}

// writeRows writes a table, whose first row is its head.
func writeRows(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		if i == 0 {
			b.WriteString("\n")
		}
		for _, cell := range row {
			fmt.Fprintf(b, "| %s ", inline(cell))
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
}

// inline makes text harmless within a line of Markdown: no markup, no HTML, no table cell, nobody mentioned, no link.
func inline(text string) string {
	return unlinked.Replace(markup.Replace(printable(text)))
}

var (
	markup = strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "!", `\!`, "~", `\~`, "$", `\$`,
	)
	unlinked = strings.NewReplacer("@", "@\u200b", "#", "#\u200b", "://", ":\u200b//", "www.", "www\u200b.")
)
