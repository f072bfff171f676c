package diff

import (
	"strconv"
	"strings"
)

// path leads to a value: names of fields, and keys or indices of items.
type path []step

type step struct {
	text string
	item bool // of a list
}

// field is the path of a map's entry.
func (p path) field(name string) path { return append(p[:len(p):len(p)], step{text: name}) }

// item is the path of a list's item.
func (p path) item(key string) path { return append(p[:len(p):len(p)], step{key, true}) }

// String writes the path as people do.
func (p path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.item || !isName(s.text):
			b.WriteString("[" + keyText(s.text) + "]")
		case i > 0:
			b.WriteString("." + s.text)
		default:
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// last is the name of the field that the path leads to, or of the list that its item is in.
func (p path) last() string {
	for i := len(p) - 1; i >= 0; i-- {
		if !p[i].item {
			return p[i].text
		}
	}
	return ""
}

// within reports whether one of the fields on the way has one of the names.
func (p path) within(names map[string]bool) bool {
	for _, s := range p {
		if !s.item && names[s.text] {
			return true
		}
	}
	return false
}

// isName reports whether a text can be the name of a field, rather than any key of a map.
func isName(text string) bool {
	for _, r := range text {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-' || r == '$'
		if !letter {
			return false
		}
	}
	return text != ""
}

// keyText is a key as it stands in brackets: quoted when it could be mistaken for something else.
func keyText(text string) string {
	if text == "" || strings.ContainsAny(text, `]["`) || !printable(text) {
		return strconv.Quote(text)
	}
	return text
}

// printable reports whether a text has nothing in it that a terminal would act on.
func printable(text string) bool {
	for _, r := range text {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}
