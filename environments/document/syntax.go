package document

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
)

// mends answers what the YAML reader commonly complains about.
var mends = []struct{ complaint, mend string }{
	{"mapping values are not allowed", "check the indentation, and put a value that contains \": \" in quotes"},
	{"did not find expected key", "check the indentation, and that lists and maps are not mixed"},
	{"did not find expected '-' indicator", "check the indentation, and that lists and maps are not mixed"},
	{"cannot start any token", "indent with spaces, not tabs, and put a value that begins with @, ` or % in quotes"},
	{"found a tab character", "indent with spaces, not tabs"},
	{"could not find expected ':'", "write the key as \"key: value\""},
	{"',' or ']'", "close the list with ]"},
	{"',' or '}'", "close the map with }"},
	{"found unexpected end of stream", "close the quoted string"},
	{"unknown anchor", "define the anchor in the same document, before the alias"},
	{"exceeded max depth", "nest less"},
}

var lineOfError = regexp.MustCompile(`^line (\d+): `)

// syntax reports what the YAML reader could not read.
func (p *parser) syntax(data []byte, err error) {
	if errors.Is(err, errTooManyDocuments) {
		p.report(0, problem.TooLarge, "split the file", "the file has more than %d documents", MaxDocuments)
		return
	}
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if found := lineOfError.FindStringSubmatch(message); found != nil {
		line, _ = strconv.Atoi(found[1])
		message = message[len(found[0]):]
	}
	if exact := locate(data); exact > 0 {
		line = exact
	}
	mend := "correct the YAML"
	for _, m := range mends {
		if strings.Contains(message, m.complaint) {
			mend = m.mend
			break
		}
	}
	p.report(line, problem.InvalidYAML, mend, "this is not valid YAML: %.100s", message)
}

// locate finds the line that breaks a file: the first from which on every beginning of the file is
// broken too. The reader itself is often a line off, or names the start of the block. It is 0 when the
// search would cost too much.
func locate(data []byte) int {
	const budget = MaxBytes
	if len(data) > budget/4 {
		return 0
	}
	last := consumed(data)
	ends := lineEnds(data, last)
	for spent := 0; last > 1; last-- {
		before := data[:ends[last-2]]
		if spent += len(before); spent > budget {
			return 0
		}
		if _, err := nodes(bytes.NewReader(before)); err == nil {
			break
		}
	}
	return last
}

// consumed is how many lines the reader had taken in when it gave up.
func consumed(data []byte) int {
	r := &lineReader{rest: data}
	_, _ = nodes(r)
	return max(r.lines, 1)
}

// lineEnds are the offsets just behind the first n lines.
func lineEnds(data []byte, n int) []int {
	ends := make([]int, 0, n)
	for i, c := range data {
		if c == '\n' {
			if ends = append(ends, i+1); len(ends) == n {
				return ends
			}
		}
	}
	return append(ends, len(data))
}

// lineReader hands out one line at a time, or a part of it, and counts the lines that it began.
type lineReader struct {
	rest   []byte
	lines  int
	inside bool
}

func (r *lineReader) Read(to []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	if !r.inside {
		r.lines++
	}
	end := bytes.IndexByte(r.rest, '\n') + 1
	if end == 0 {
		end = len(r.rest)
	}
	n := copy(to, r.rest[:end])
	r.inside = n < end
	r.rest = r.rest[n:]
	return n, nil
}
