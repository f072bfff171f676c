package trust

import (
	"bytes"
	"fmt"
	"strings"
)

// largestObject bounds a commit or tag object, in bytes. Linux' longest commit message has about 100 KiB.
const largestObject = 1 << 20

// header is one header of a commit or tag object: "name value", and for some of them more lines.
type header struct {
	name  string
	value string // continuation lines are joined with \n, without the space that marks them
	line  int    // of the object, from 1

	start, end int // of its bytes in the object, with its continuation lines
}

// multiline are the headers that git continues over several lines.
var multiline = map[string]bool{"gpgsig": true, "gpgsig-sha256": true, "mergetag": true}

// scanHeaders splits an object into headers and message. It refuses every byte that makes some reader see
// other headers than another: NUL, carriage returns, continuations of what is never continued.
func scanHeaders(object string, raw []byte) (headers []header, message []byte, err error) {
	if len(raw) > largestObject {
		return nil, nil, ObjectError{object, 0, fmt.Sprintf("it has %d bytes, and at most %d are read", len(raw), largestObject)}
	}
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return nil, nil, ObjectError{object, 1 + bytes.Count(raw[:i], []byte("\n")), "there is a NUL byte, behind which git shows nothing"}
	}
	rest := raw
	for number := 1; ; number++ {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			return nil, nil, ObjectError{object, number, "the headers do not end with an empty line"}
		}
		if len(line) == 0 {
			return headers, after, nil
		}
		if line[0] == ' ' {
			err = continueHeader(object, headers, line, number)
		} else {
			headers, err = appendHeader(object, headers, line, number, len(raw)-len(rest))
		}
		if err != nil {
			return nil, nil, err
		}
		headers[len(headers)-1].end = len(raw) - len(after)
		rest = after
	}
}

// appendHeader reads the first line of a header.
func appendHeader(object string, headers []header, line []byte, number, start int) ([]header, error) {
	name, value, ok := strings.Cut(string(line), " ")
	if !ok || !isHeaderName(name) {
		return nil, ObjectError{object, number, fmt.Sprintf("%.40q is no header", line)}
	}
	if strings.ContainsRune(value, '\r') {
		return nil, ObjectError{object, number, fmt.Sprintf("the header %s has a carriage return", name)}
	}
	return append(headers, header{name: name, value: value, line: number, start: start}), nil
}

// continueHeader adds a line to the last header.
func continueHeader(object string, headers []header, line []byte, number int) error {
	if len(headers) == 0 {
		return ObjectError{object, number, "the first line begins with a space"}
	}
	last := &headers[len(headers)-1]
	if !multiline[last.name] {
		return ObjectError{object, number, fmt.Sprintf("the header %s goes on over a second line, which hides what is in it", last.name)}
	}
	last.value += "\n" + string(line[1:])
	return nil
}

// isHeaderName accepts what git and its relatives write, such as tree, gpgsig, change-id and HG:extra.
func isHeaderName(name string) bool {
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-_:", rune(c))) {
			return false
		}
	}
	return name != ""
}

// headerReader takes headers in the order that git writes them.
type headerReader struct {
	object  string
	headers []header
	line    int // of the header that was taken last
}

// take returns the value of the next header, which must have this name.
func (r *headerReader) take(name string) (string, error) {
	if !r.next(name) {
		found := "the headers end"
		if len(r.headers) > 0 {
			found = fmt.Sprintf("there is %q", r.headers[0].name)
			r.line = r.headers[0].line - 1
		}
		return "", ObjectError{r.object, r.line + 1, fmt.Sprintf("%s where the header %q belongs", found, name)}
	}
	h := r.headers[0]
	r.headers, r.line = r.headers[1:], h.line
	return h.value, nil
}

// next says whether the next header has this name.
func (r *headerReader) next(name string) bool {
	return len(r.headers) > 0 && r.headers[0].name == name
}

// takeHash takes a header whose value is the id of an object.
func (r *headerReader) takeHash(name string) (string, error) {
	value, err := r.take(name)
	if err != nil {
		return "", err
	}
	if !isHash(value) {
		return "", ObjectError{r.object, r.line, fmt.Sprintf("%s is %.70q, and not 40 hex digits in lower case", name, value)}
	}
	return value, nil
}

// takePerson takes a header whose value is a person and a time.
func (r *headerReader) takePerson(name string) (Person, error) {
	value, err := r.take(name)
	if err != nil {
		return Person{}, err
	}
	person, reason := parsePerson(value)
	if reason != "" {
		return Person{}, ObjectError{r.object, r.line, fmt.Sprintf("the %s %s", name, reason)}
	}
	return person, nil
}

// isHash accepts an object id of a SHA-1 repository.
func isHash(text string) bool {
	return len(text) == 40 && strings.Trim(text, "0123456789abcdef") == ""
}
