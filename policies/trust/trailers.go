package trust

import "strings"

// Trailer is a line such as "Reviewed-by: Bob <bob@example.com>" at the end of a message.
type Trailer struct {
	Key, Value string // as written; a value over several lines is joined by spaces
}

// generatedTrailers are lines that git writes itself, by which it recognises a block of trailers that other
// text is mixed into.
var generatedTrailers = []string{"Signed-off-by: ", "(cherry picked from commit "}

// parseTrailers finds trailers where git interpret-trailers finds them: in the last paragraph, unless it is
// the first too, if all of it are trailers, or a quarter of it and one that git wrote.
func parseTrailers(message []byte) []Trailer {
	lines := strings.Split(strings.ToValidUTF8(string(message), "\uFFFD"), "\n")
	var trailers []Trailer
	inTrailer := false
	for _, line := range trailerBlock(lines) {
		colon := separator(line)
		switch {
		case isContinuation(line):
			if inTrailer {
				last := &trailers[len(trailers)-1]
				last.Value = strings.TrimSpace(last.Value + " " + strings.TrimSpace(line))
			}
		case colon > 0:
			inTrailer = true
			trailers = append(trailers, Trailer{strings.TrimSpace(line[:colon]), strings.TrimSpace(line[colon+1:])})
		default:
			inTrailer = false
		}
	}
	return trailers
}

// trailerBlock returns the lines of the last paragraph, if it is a block of trailers.
func trailerBlock(lines []string) []string {
	title := 0
	for title < len(lines) && (strings.HasPrefix(lines[title], "#") || !isBlank(lines[title])) {
		title++
	}
	end := len(lines)
	for end > title && (isBlank(lines[end-1]) || strings.HasPrefix(lines[end-1], "#")) {
		end--
	}
	start := end
	for start > title && !isBlank(lines[start-1]) {
		start--
	}
	if start <= title || !areTrailers(lines[start:end]) {
		return nil
	}
	return lines[start:end]
}

// areTrailers applies git's measure to a paragraph. Lines that continue something count as what they continue.
func areTrailers(lines []string) bool {
	trailers, others := 0, 0
	generated, inTrailer := false, false
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "#"):
			inTrailer = false
		case isGenerated(line):
			generated, inTrailer = true, true
			trailers++
		case isContinuation(line):
			if !inTrailer {
				others++
			}
		case separator(line) > 0:
			inTrailer = true
			trailers++
		default:
			inTrailer = false
			others++
		}
	}
	return trailers > 0 && (others == 0 || generated && trailers*3 >= others)
}

// isGenerated says whether git itself writes lines like this one.
func isGenerated(line string) bool {
	for _, prefix := range generatedTrailers {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// isContinuation says whether a line belongs to the one before it.
func isContinuation(line string) bool {
	return line != "" && strings.ContainsRune(" \t", rune(line[0]))
}

// separator returns where the colon after a key is, or -1. Space may stand between them.
func separator(line string) int {
	spaced := false
	for i, c := range []byte(line) {
		word := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
		switch {
		case c == ':':
			return i
		case word && !spaced:
		case i > 0 && (c == ' ' || c == '\t'):
			spaced = true
		default:
			return -1
		}
	}
	return -1
}
