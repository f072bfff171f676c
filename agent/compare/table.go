package compare

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// width is how many characters a line has at most.
const width = 120

// gap is between two columns.
const gap = "  "

// table is rows of cells. What is too wide for its column goes on below.
type table struct {
	indent string
	rows   [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write writes the rows. Cells at the end of a row that are empty take no room.
func (t *table) write(w io.Writer) error {
	if len(t.rows) == 0 {
		return nil
	}
	widths := t.widths()
	for _, row := range t.rows {
		columns, lines := make([][]string, len(row)), 1
		for i, cell := range row {
			columns[i] = broken(cell, widths[i])
			lines = max(lines, len(columns[i]))
		}
		for n := range lines {
			var b strings.Builder
			b.WriteString(t.indent)
			for i, column := range columns {
				text := ""
				if n < len(column) {
					text = column[n]
				}
				fmt.Fprintf(&b, "%s%s%s", text, strings.Repeat(" ", widths[i]-length(text)), gap)
			}
			if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
				return err
			}
		}
	}
	return nil
}

// widths are as wide as the cells are, and the widest columns shrink until all fit into a line.
func (t *table) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 1)
			}
			widths[i] = max(widths[i], length(cell))
		}
	}
	for room := width - len(t.indent) - len(gap)*(len(widths)-1); ; {
		sum, widest := 0, 0
		for i, w := range widths {
			sum += w
			if w > widths[widest] {
				widest = i
			}
		}
		if sum <= room || widths[widest] <= 8 {
			return widths
		}
		widths[widest]--
	}
}

// broken is a text in lines of at most so many characters: at spaces and commas where there are any, and else anywhere.
func broken(text string, most int) []string {
	runes := []rune(text)
	var lines []string
	for len(runes) > most {
		end := most
		for i := most; i > most/2; i-- {
			if runes[i] == ' ' || runes[i-1] == ',' {
				end = i
				break
			}
		}
		lines = append(lines, string(runes[:end]))
		runes = []rune(strings.TrimLeft(string(runes[end:]), " "))
	}
	return append(lines, string(runes))
}

func length(text string) int { return len([]rune(text)) }

// printable is text on one line, without what could command a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}
