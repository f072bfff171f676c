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
		if data[at] < utf8.RuneSelf {
			p.report(line, problem.InvalidText, "delete the character, or write it as an escape such as \"\\x00\" in double quotes",
				"found the control character 0x%02x; expected text", data[at])
			return
		}
		p.report(line, problem.InvalidText, "save the file as UTF-8", "found the byte 0x%02x, which is not UTF-8", data[at])
	}
}

// firstBad is the index of the first byte that is not UTF-8 text, or -1.
func firstBad(data []byte) int {
	for i := 0; i < len(data); {
		if c := data[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
