package trust

import (
	"fmt"
	"strings"
)

// longestPattern bounds one pattern, in bytes. OpenSSH takes up to 1022.
const longestPattern = 255

// pattern is one item of a pattern-list as in ssh_config(5): * is any number of bytes, ? is one.
type pattern struct {
	text    string
	negated bool
}

// patternList matches what at least one pattern and no negated pattern matches, as in OpenSSH.
type patternList []pattern

// parsePatterns reads a comma separated list, and refuses one that can never match.
func parsePatterns(list string) (patternList, error) {
	var patterns patternList
	positive := false
	for item := range strings.SplitSeq(list, ",") {
		text, negated := strings.CutPrefix(item, "!")
		if text == "" {
			return nil, fmt.Errorf("%q has an empty pattern", list)
		}
		if len(text) > longestPattern {
			return nil, fmt.Errorf("a pattern is %d bytes long, and at most %d are allowed", len(text), longestPattern)
		}
		if strings.TrimSpace(text) != text {
			return nil, fmt.Errorf("the pattern %q begins or ends with a space, which would have to match too", text)
		}
		positive = positive || !negated
		patterns = append(patterns, pattern{text, negated})
	}
	if !positive {
		return nil, fmt.Errorf("%q only excludes, and so matches nothing", list)
	}
	return patterns, nil
}

// match says whether the list matches a value.
func (l patternList) match(value string) bool {
	matched := false
	for _, p := range l {
		if !matchPattern(value, p.text) {
			continue
		}
		if p.negated {
			return false
		}
		matched = true
	}
	return matched
}

// names are the patterns that match themselves alone, and wildcards those that match more.
func (l patternList) split() (names, wildcards []string) {
	for _, p := range l {
		switch {
		case p.negated:
		case strings.ContainsAny(p.text, "*?"):
			wildcards = append(wildcards, p.text)
		case l.match(p.text):
			names = append(names, p.text)
		}
	}
	return names, wildcards
}

// String is the list as it was written.
func (l patternList) String() string {
	items := make([]string, len(l))
	for i, p := range l {
		items[i] = p.text
		if p.negated {
			items[i] = "!" + p.text
		}
	}
	return strings.Join(items, ",")
}

// matchPattern matches bytes, without regard to characters, as OpenSSH does. On a mismatch it goes back to
// the last star only, so that no pattern takes more than len(value)*len(pattern) steps.
func matchPattern(value, pattern string) bool {
	v, p := 0, 0
	star, resume := -1, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			v, p = v+1, p+1
		case star >= 0:
			resume++
			v, p = resume, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
