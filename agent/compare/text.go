package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// WriteText writes the report for a terminal of 120 columns.
func WriteText(w io.Writer, r *Report) error {
	p := &printer{w: w}
	p.line("%s%s", strings.Join(r.Environments, ", "), r.at())
	for _, note := range r.Notes {
		p.line("note: %s", printable(note))
	}
	p.line("")
	p.table(r.overview())
	for _, m := range r.Models {
		p.differences(m.Name+", release", r.Environments, m.Release, "spec.release.")
		p.differences(m.Name+", placement", r.Environments, m.Placement, "spec.")
		for i, side := range m.In {
			if side.Broken != "" {
				p.line("\n%s/%s is broken: %s", r.Environments[i], m.Name, printable(side.Broken))
			}
		}
	}
	p.differences("the environments", r.Environments, r.Settings, "")
	p.line("\n%s", r.Summary())
	return p.err
}

// WriteJSON writes the report as JSON; its fields are those of Report.
func WriteJSON(w io.Writer, r *Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// printer writes until something goes wrong.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) table(t table) {
	if p.err == nil {
		p.err = t.write(p.w)
	}
}

// differences writes what differs side by side.
func (p *printer) differences(title string, names []string, list []Difference, prefix string) {
	if len(list) == 0 {
		return
	}
	p.line("\n%s", title)
	t := table{indent: "  "}
	t.add(append([]string{""}, names...)...)
	for _, d := range list {
		t.add(d.cells(prefix)...)
	}
	p.table(t)
}

// cells are the field and its values.
func (d Difference) cells(prefix string) []string {
	cells := []string{printable(strings.TrimPrefix(d.Field, prefix))}
	for _, value := range d.Values {
		cells = append(cells, shown(value))
	}
	return cells
}

// at is what was compared.
func (r *Report) at() string {
	if r.Commit == "" {
		return ""
	}
	text := fmt.Sprintf(" at %.12s", r.Commit)
	if r.Uncommitted > 0 {
		text += fmt.Sprintf(" and %s not committed", counted(r.Uncommitted, "file that is", "files that are"))
	}
	return text
}

// overview has a row for each model.
func (r *Report) overview() table {
	var t table
	t.add(append(append([]string{"MODEL"}, upper(r.Environments)...), "")...)
	for _, m := range r.Models {
		row := []string{m.Name}
		for _, side := range m.In {
			row = append(row, side.word())
		}
		t.add(append(row, m.words(r.Environments))...)
	}
	return t
}

func upper(names []string) (all []string) {
	for _, name := range names {
		all = append(all, strings.ToUpper(name))
	}
	return all
}

// word is a side in a word.
func (s Side) word() string {
	switch {
	case s.Missing:
		return "-"
	case s.Broken != "":
		return "broken"
	}
	return s.Release
}

// words say how a model differs.
func (m Model) words(names []string) string {
	var parts, there []string
	for i, side := range m.In {
		if !side.Missing {
			there = append(there, names[i])
		}
	}
	if len(there) < len(names) {
		parts = append(parts, "only in "+strings.Join(there, ", "))
	}
	switch in := m.brokenIn(names); {
	case len(in) > 0:
		parts = append(parts, "broken in "+strings.Join(in, ", "))
	case len(there) > 1 && !m.SameRelease():
		parts = append(parts, m.distance())
	}
	if n := len(m.Placement); n > 0 {
		parts = append(parts, counted(n, "placement field differs", "placement fields differ"))
	}
	if len(parts) == 0 {
		return "the same"
	}
	return strings.Join(parts, "; ")
}

// brokenIn are the environments that cannot build the model.
func (m Model) brokenIn(names []string) (in []string) {
	for i, side := range m.In {
		if side.Broken != "" {
			in = append(in, names[i])
		}
	}
	return in
}

// distance says how far the releases are apart.
func (m Model) distance() string {
	a := m.Apart
	if a == nil {
		return "another release"
	}
	steps, since := counted(a.Steps, "change", "changes"), a.Since.Format("2006-01-02")
	if a.More {
		steps = "more than " + steps
	}
	if a.Ahead == "" {
		return fmt.Sprintf("%s apart since %s", steps, since)
	}
	return fmt.Sprintf("%s is %s ahead since %s", a.Ahead, steps, since)
}

// Summary is the report in a line.
func (r *Report) Summary() string {
	count := map[string]int{}
	for _, m := range r.Models {
		for key, is := range map[string]bool{
			"release": !m.SameRelease(), "placement": len(m.Placement) > 0, "broken": m.has(Side.isBroken), "missing": m.has(Side.isMissing),
		} {
			if is {
				count[key]++
			}
		}
	}
	text := counted(len(r.Models), "model", "models")
	for _, part := range []struct{ key, one, many string }{
		{"release", "has another release", "have other releases"}, {"placement", "is placed differently", "are placed differently"},
		{"missing", "is not in all of them", "are not in all of them"}, {"broken", "is broken", "are broken"},
	} {
		if n := count[part.key]; n > 0 {
			text += "; " + counted(n, part.one, part.many)
		}
	}
	if n := len(r.Settings); n > 0 {
		text += "; " + counted(n, "setting differs", "settings differ")
	}
	if !r.Differs() {
		text += ", and nothing differs"
	}
	return text
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// digestForm is a digest, whose beginning is enough for people.
var digestForm = regexp.MustCompile(`(sha256:[0-9a-f]{12})[0-9a-f]{52}`)

// shown is a value for people.
func shown(value any) string {
	text, isText := value.(string)
	if value == nil {
		return "-"
	}
	if !isText {
		data, err := json.Marshal(value)
		if err != nil {
			return "?"
		}
		text = string(data)
	}
	return printable(digestForm.ReplaceAllString(text, "$1…"))
}
