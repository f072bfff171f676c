package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// narrator tells the story. Every sentence, command and table goes through it, so that all of it has one
// form. It writes for a terminal of 80 columns; only what other programs print may be wider.
type narrator struct {
	out    io.Writer
	colour bool
	err    error // the first one in writing: nobody listens any more
}

// The widest line that the narrator breaks its sentences at, and what stands before them.
const (
	columns = 80
	margin  = "  "
)

// style is a terminal's code for how text looks.
type style string

const (
	bold  style = "1"
	dim   style = "2"
	red   style = "31"
	green style = "32"
)

func newNarrator(out io.Writer) *narrator {
	return &narrator{out: out, colour: wantsColour(out, os.Getenv)}
}

// wantsColour says whether out is a terminal that shows colours to somebody who wants them
// (https://no-color.org).
func wantsColour(out io.Writer, getenv func(string) string) bool {
	file, ok := out.(*os.File)
	if !ok || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// chapter opens a chapter.
func (n *narrator) chapter(number int, title string) {
	n.line("")
	n.line(n.paint(bold, fmt.Sprintf("%d. %s", number, title)))
}

// say tells something in plain sentences, as a paragraph of its own.
func (n *narrator) say(format string, args ...any) {
	n.line("")
	n.paragraph(margin, "", fmt.Sprintf(format, args...))
}

// proven tells what has just been seen to hold.
func (n *narrator) proven(format string, args ...any) {
	n.paragraph(margin, n.paint(green, "✓")+" ", fmt.Sprintf(format, args...))
}

// failed tells what did not hold.
func (n *narrator) failed(err error) {
	n.line("")
	n.line(margin + n.paint(red, "✗") + " " + strings.ReplaceAll(err.Error(), "\n", "\n"+margin+"  "))
}

// shell shows a command as one would type it, and what it printed.
func (n *narrator) shell(command, output string) {
	n.line("")
	n.command(strings.Join(wrap(command, columns-4*len(margin)), " \\\n"+margin+margin+margin))
	n.quote(output)
}

// toCopy shows a command that is there to be copied, in one line.
func (n *narrator) toCopy(command string) {
	n.line("")
	n.command(command)
}

func (n *narrator) command(text string) {
	n.line(margin + n.paint(dim, "$ ") + n.paint(bold, text))
}

// quote shows lines as they are, but for space at their ends.
func (n *narrator) quote(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n ")) {
		n.line(strings.TrimRight(margin+line, " \n"))
	}
}

// Write takes progress, a line at a time, from what takes long.
func (n *narrator) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		n.line(margin + n.paint(dim, strings.TrimRight(line, "\n")))
	}
	return len(p), nil
}

// paragraph breaks text into lines. The first one has the bullet, the others are set in below it.
func (n *narrator) paragraph(indent, bullet, text string) {
	hang := ""
	if bullet != "" {
		hang = "  "
	}
	for i, line := range wrap(text, columns-len(indent)-len(hang)) {
		if i == 0 {
			n.line(indent + bullet + line)
		} else {
			n.line(indent + hang + line)
		}
	}
}

func (n *narrator) line(text string) {
	if n.err == nil {
		_, n.err = fmt.Fprintln(n.out, text)
	}
}

func (n *narrator) paint(s style, text string) string {
	if !n.colour || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// wrap breaks text between words into lines of at most width characters. A word that is longer has a
// line of its own. Newlines in the text stay.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapParagraph(paragraph, width)...)
	}
	return lines
}

func wrapParagraph(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
