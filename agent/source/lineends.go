package source

import (
	"bytes"
	"slices"
	"strings"
)

// textRule is one line of a .gitattributes, as far as it is about the ends of
// lines.
type textRule struct {
	glob
	text string // "true", "false" or "auto"
}

// parseAttributes reads the .gitattributes of a directory. The only macro that
// is known is binary, and the old name crlf for text is not.
func parseAttributes(dir []string, data string) []textRule {
	var rules []textRule
	for line := range strings.SplitSeq(data, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || strings.HasPrefix(words[0], "#") || strings.HasPrefix(words[0], "[") {
			continue
		}
		if text := textState(words[1:]); text != "" {
			rules = append(rules, textRule{parseGlob(dir, strings.Trim(words[0], `"`)), text})
		}
	}
	return rules
}

// textState returns what attributes say of text, or nothing.
func textState(attributes []string) string {
	state := ""
	for _, attribute := range attributes {
		switch name, value, _ := strings.Cut(attribute, "="); {
		case name == "binary", name == "-text":
			return "false"
		case name == "text" && value == "auto":
			state = "auto"
		case name == "text", name == "eol" && state == "":
			state = "true"
		}
	}
	return state
}

// conversion returns whether Git would convert the ends of a file's lines:
// "true", "false" or "auto".
func (w *WorkTree) conversion(rules []textRule, parts []string) string {
	for _, list := range [][]textRule{w.overrides, rules} {
		for _, rule := range slices.Backward(list) {
			if rule.match(parts, false) {
				return rule.text
			}
		}
	}
	return w.autocrlf
}

// stored returns contents as Git would store them: with CRLF made LF, where
// Git is told to convert the ends of lines.
func (w *WorkTree) stored(name, conversion string, data []byte) []byte {
	crlf := []byte("\r\n")
	if conversion == "false" || !bytes.Contains(data, crlf) {
		return data
	}
	if conversion == "auto" {
		if old := w.indexed(name); looksBinary(data) || bytes.Contains(old, crlf) && !looksBinary(old) {
			return data
		}
	}
	return bytes.ReplaceAll(data, crlf, []byte("\n"))
}

// looksBinary is Git's guess before it converts by itself: NULs, a CR that
// ends no line, or more than one in 128 bytes that is not printable.
func looksBinary(data []byte) bool {
	printable, other := 0, 0
	for i, b := range data {
		switch {
		case b == 0, b == '\r' && (i+1 == len(data) || data[i+1] != '\n'):
			return true
		case b == '\r', b == '\n':
		case b == 0x7f, b < ' ' && !bytes.ContainsRune([]byte("\b\t\x1b\f"), rune(b)):
			other++
		default:
			printable++
		}
	}
	return printable>>7 < other
}
