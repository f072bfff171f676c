package audit

import (
	"encoding/json"
	"fmt"
	"io"
)

// printer writes until something goes wrong.
type printer struct {
	w    io.Writer
	mark string // before each line, if there is one
	err  error
}

// line writes one line, whatever is in it: nothing that a repository says can pass for a line of ours.
func (p *printer) line(indent, format string, args ...any) {
	if p.err != nil {
		return
	}
	if p.mark != "" {
		indent = "[" + p.mark + "] " + indent
	}
	_, p.err = io.WriteString(p.w, indent+oneLine(fmt.Sprintf(format, args...))+"\n")
}

// list writes a heading with the first item beside it, and the others below.
func (p *printer) list(indent, heading string, items []string) {
	for _, item := range items {
		p.line(fmt.Sprintf("%s%-10s", indent, heading), "%s", item)
		heading = ""
	}
}

func (p *printer) blank() {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, "\n")
	}
}

// WriteJSON writes an answer as JSON; its fields are those of the structs.
func WriteJSON(w io.Writer, answer any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(answer)
}

// words are items as text.
func words[T fmt.Stringer](items []T) []string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return texts
}
