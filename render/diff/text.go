package diff

import (
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"
)

// Style is how Text writes.
type Style int

// The styles: without escape sequences, which is the default, and with the colours of a terminal.
const (
	Plain Style = iota
	Coloured
)

// Text writes what differs like a unified diff: lines that begin with - were there before, lines with + are there now, and
// ~ marks an object. What several objects have in common is said once, at the end. Nothing in it can move a cursor.
func Text(w io.Writer, objects []Object, style ...Style) error {
	p := &printer{coloured: len(style) > 0 && style[0] == Coloured}
	shared, rest := Fold(objects)
	for _, o := range rest {
		p.object(o)
	}
	for _, s := range shared {
		p.line('~', fmt.Sprintf("%d objects", s.Objects))
		p.field(s.Field)
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

type printer struct {
	coloured bool
	text     strings.Builder
}

// colours of a terminal by what a line begins with.
var colours = map[byte]string{'+': "\x1b[32m", '-': "\x1b[31m", '~': "\x1b[1m"}

func (p *printer) line(mark byte, text string) {
	line := strings.TrimRight(string(mark)+" "+text, " ")
	if colour := colours[mark]; colour != "" && p.coloured {
		line = colour + line + "\x1b[0m"
	}
	p.text.WriteString(line + "\n")
}

var marks = map[Change]byte{Added: '+', Removed: '-', Changed: '~'}

func (p *printer) object(o Object) {
	name := clean(o.Name)
	if o.Namespace != "" {
		name = clean(o.Namespace) + "/" + name
	}
	if o.Was != "" {
		name += ", was " + clean(o.Was)
	}
	p.line(marks[o.Change], clean(o.Kind)+" "+name)
	for _, f := range o.Fields {
		p.field(f)
	}
}

func (p *printer) field(f Field) {
	old, oldIsText := f.Old.(string)
	now, nowIsText := f.New.(string)
	switch {
	case f.Old == WithheldChange && f.New == WithheldChange:
		p.line('~', "  "+f.Path+": "+WithheldChange)
	case oldIsText && nowIsText && strings.Contains(old+now, "\n"):
		p.lines(f.Path, old, now)
	case strings.HasSuffix(f.Path, "["+order+"]"):
		p.line('~', "  "+f.Path+": "+inOrder(f.Old)+" -> "+inOrder(f.New))
	default:
		if f.Change != Added {
			p.value('-', f.Path, f.Old)
		}
		if f.Change != Removed {
			p.value('+', f.Path, f.New)
		}
	}
}

// lines writes the lines of a text that differ.
func (p *printer) lines(path, old, now string) {
	p.line('~', "  "+path+":")
	before, after := strings.Split(old, "\n"), strings.Split(now, "\n")
	for _, h := range eitherWay(old <= now, len(before), len(after), func(i, j int) bool { return before[i] == after[j] }) {
		for _, line := range before[h.old:h.oldEnd] {
			p.line('-', "    "+clean(line))
		}
		for _, line := range after[h.now:h.nowEnd] {
			p.line('+', "    "+clean(line))
		}
	}
}

// value writes a value behind its path, or below it when it takes several lines: a map or a list as YAML.
func (p *printer) value(mark byte, path string, value any) {
	block, _ := value.(string)
	switch value.(type) {
	case map[string]any, []any:
		block = yamlOf(value)
	default:
		if !strings.Contains(block, "\n") {
			p.line(mark, "  "+path+": "+scalarText(value))
			return
		}
	}
	p.line(mark, "  "+path+":")
	for line := range strings.Lines(block) {
		p.line(mark, "    "+clean(strings.TrimRight(line, "\n")))
	}
}

func yamlOf(value any) string {
	data, err := yaml.Marshal(value)
	if err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	return string(data)
}

func scalarText(value any) string {
	text, isText := value.(string)
	if !isText {
		return clean(fmt.Sprint(value))
	}
	if text == "" || strings.TrimSpace(text) != text {
		return fmt.Sprintf("%q", text)
	}
	return clean(text)
}

func inOrder(value any) string {
	list, _ := value.([]any)
	texts := make([]string, len(list))
	for i, item := range list {
		if texts[i], _ = item.(string); texts[i] == "" {
			texts[i] = text(item)
		}
		texts[i] = clean(texts[i])
	}
	return strings.Join(texts, ", ")
}

// clean quotes a text that a terminal could mistake for commands.
func clean(text string) string {
	if printable(strings.ReplaceAll(text, "\t", "")) {
		return text
	}
	return fmt.Sprintf("%q", text)
}
