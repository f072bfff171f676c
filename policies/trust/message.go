package trust

import "strings"

// splitMessage returns the first paragraph on one line and the rest, as git's %s and %b.
func splitMessage(message []byte) (subject, body string) {
	lines := strings.Split(strings.ToValidUTF8(string(message), "\uFFFD"), "\n")
	start := 0
	for start < len(lines) && isBlank(lines[start]) {
		start++
	}
	end := start
	for end < len(lines) && !isBlank(lines[end]) {
		end++
	}
	words := make([]string, 0, end-start)
	for _, line := range lines[start:end] {
		words = append(words, strings.TrimRight(line, " \t\r\v\f"))
	}
	for end < len(lines) && isBlank(lines[end]) {
		end++
	}
	return strings.Join(words, " "), strings.TrimRight(strings.Join(lines[end:], "\n"), "\n")
}

// isBlank says whether a line holds nothing but space.
func isBlank(line string) bool {
	return strings.Trim(line, " \t\r\n\v\f") == ""
}
