package document

import (
	"bytes"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/environments/problem"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// characters refuses what no YAML reader should be shown: too many bytes, and bytes that are not text.
func (p *parser) characters(data []byte) {
	if len(data) > MaxBytes {
		p.report(0, problem.TooLarge, "split the file, or keep large data outside the repository",
			"the file has %d bytes; expected %d at most", len(data), MaxBytes)
		return
	}
	if bytes.HasPrefix(data, byteOrderMark) {
		p.report(1, problem.InvalidText, "save the file as UTF-8 without a byte order mark",
			"the file begins with a byte order mark")
		return
	}
	if at := firstBad(data); at >= 0 {
		line := 1 + bytes.Count(data[:at], []byte("\n"))
		switch r, size := utf8.DecodeRune(data[at:]); {
		case r == utf8.RuneError && size == 1:
			p.report(line, problem.InvalidText, "save the file as UTF-8", "found the byte 0x%02x, which is not UTF-8", data[at])
		case r == '\r':
			p.report(line, problem.InvalidText, "end lines with a line feed", "found a carriage return inside a line")
		default:
			p.report(line, problem.InvalidText, "delete the character, or write it as an escape in double quotes",
				"found the invisible character U+%04X; expected text that reads as it looks", r)
		}
	}
}

// firstBad is the index of the first byte that is not UTF-8 text or that hides what the text says, or -1.
func firstBad(data []byte) int {
	for i := 0; i < len(data); {
		r, size := rune(data[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(data[i:])
		}
		switch {
		case r == utf8.RuneError && size == 1, hides(r):
			return i
		case r == '\r' && (i+1 == len(data) || data[i+1] != '\n'):
			return i
		}
		i += size
	}
	return -1
}

// hides tells the characters by which a file does other than what its reviewer sees: control characters,
// the line ends of Unicode (YAML ends a comment at them, an editor does not), those that turn the
// direction of writing, and the byte order mark.
func hides(r rune) bool {
	switch {
	case r < ' ':
		return r != '\t' && r != '\n' && r != '\r'
	case r < 0x7f:
		return false
	case r <= 0x9f:
		return true
	}
	return r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}
