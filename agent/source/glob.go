package source

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// glob is a pattern of .gitignore or .gitattributes, relative to the directory
// of the file that holds it.
type glob struct {
	dir      []string // of that file
	parts    []string
	anchored bool // it is a path, not a name anywhere below dir
	dirOnly  bool
}

// parseGlob reads a pattern as gitignore(5) defines them.
func parseGlob(dir []string, pattern string) glob {
	g := glob{dir: dir}
	pattern, g.dirOnly = strings.CutSuffix(pattern, "/")
	g.anchored = strings.Contains(pattern, "/")
	parts := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(part, "[!", "[^")
	}
	g.parts = slices.CompactFunc(parts, func(a, b string) bool { return a == "**" && b == "**" })
	return g
}

// match reports whether a path below the pattern's directory fits.
func (g glob) match(parts []string, isDir bool) bool {
	if g.dirOnly && !isDir {
		return false
	}
	parts = parts[len(g.dir):]
	if !g.anchored {
		return fits(g.parts[0], parts[len(parts)-1])
	}
	return fitParts(g.parts, parts)
}

// fitParts matches a path part by part; ** stands for any number of them.
func fitParts(pattern, parts []string) bool {
	switch {
	case len(pattern) == 0:
		return len(parts) == 0
	case pattern[0] == "**" && len(pattern) == 1:
		return len(parts) > 0
	case pattern[0] == "**":
		for i := range parts {
			if fitParts(pattern[1:], parts[i:]) {
				return true
			}
		}
		return false
	}
	return len(parts) > 0 && fits(pattern[0], parts[0]) && fitParts(pattern[1:], parts[1:])
}

// fits matches one name. A pattern that makes no sense fits nothing.
func fits(pattern, name string) bool {
	ok, err := path.Match(bytewise(pattern), bytewise(name))
	return ok && err == nil
}

// bytewise makes a character of each byte: ? is one byte to Git, not one
// character.
func bytewise(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
