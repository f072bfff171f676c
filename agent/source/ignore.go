package source

import (
	"slices"
	"strings"
)

// ignoreRule is one line of a .gitignore.
type ignoreRule struct {
	glob
	keep bool // it begins with !, and undoes rules before it
}

// parseIgnore reads the .gitignore of a directory.
func parseIgnore(dir []string, data string) []ignoreRule {
	var rules []ignoreRule
	for line := range strings.SplitSeq(data, "\n") {
		line = trimSpaces(strings.TrimSuffix(line, "\r"))
		if strings.HasPrefix(line, "#") {
			continue
		}
		line, keep := strings.CutPrefix(line, "!")
		if strings.Trim(line, "/") != "" {
			rules = append(rules, ignoreRule{parseGlob(dir, line), keep})
		}
	}
	return rules
}

// trimSpaces removes spaces at the end, up to one behind a backslash.
func trimSpaces(line string) string {
	trimmed := strings.TrimRight(line, " ")
	if len(trimmed) < len(line) && strings.HasSuffix(trimmed, `\`) {
		return trimmed + " "
	}
	return trimmed
}

// ignored reports what the rules say of a path whose directory is not ignored.
// The last rule that fits decides.
func ignored(rules []ignoreRule, parts []string, isDir bool) bool {
	for _, rule := range slices.Backward(rules) {
		if rule.match(parts, isDir) {
			return !rule.keep
		}
	}
	return false
}
