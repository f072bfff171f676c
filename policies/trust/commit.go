package trust

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Commit is a commit object that every reader understands in the same way. What it says of persons, times and
// in its message is a claim by whoever made it; Verify tells what is proven. It must not be changed.
type Commit struct {
	Tree      string   // object id, 40 hex digits
	Parents   []string // object ids; none for a root, several for a merge
	Author    Person
	Committer Person
	// Subject is the first paragraph of the message on one line, as git log --format=%s shows it, and Body the
	// rest. Bytes that are not UTF-8 are replaced by U+FFFD.
	Subject, Body string
	// Trailers are hints by whoever wrote the message, never proof.
	Trailers []Trailer

	payload   []byte
	signature []byte
}

// ParseCommit reads a raw commit object, as git cat-file commit prints it, without its "commit <size>" header.
// It accepts what git writes: tree, parents, author, committer once each and in this order; then encoding (UTF-8
// alone), gpgsig, merged tags, and headers that git ignores, no name twice. The error is an ObjectError.
func ParseCommit(raw []byte) (*Commit, error) {
	headers, message, err := scanHeaders("commit", raw)
	if err != nil {
		return nil, err
	}
	c := &Commit{}
	r := &headerReader{object: "commit", headers: headers}
	if err := c.takeRequired(r); err != nil {
		return nil, err
	}
	for i, h := range r.headers {
		if err := checkExtra("commit", h, r.headers[:i]); err != nil {
			return nil, err
		}
		if h.name == "gpgsig" {
			c.signature = []byte(h.value + "\n")
		}
	}
	c.payload = withoutSignature(raw, r.headers)
	c.Subject, c.Body = splitMessage(message)
	c.Trailers = parseTrailers(message)
	return c, nil
}

// takeRequired takes the headers that each commit has.
func (c *Commit) takeRequired(r *headerReader) (err error) {
	if c.Tree, err = r.takeHash("tree"); err != nil {
		return err
	}
	for r.next("parent") {
		parent, err := r.takeHash("parent")
		if err != nil {
			return err
		}
		c.Parents = append(c.Parents, parent)
	}
	if c.Author, err = r.takePerson("author"); err != nil {
		return err
	}
	c.Committer, err = r.takePerson("committer")
	return err
}

// checkExtra refuses headers after the required ones that mean something elsewhere, or something else.
func checkExtra(object string, h header, before []header) error {
	switch {
	case isRequired(h.name):
		return ObjectError{object, h.line, fmt.Sprintf("the header %q is said again, or too late", h.name)}
	case h.name == "gpgsig-sha256":
		return ObjectError{object, h.line, "it has a signature for its SHA-256 form (gpgsig-sha256), and only SHA-1 repositories are supported"}
	case h.name != "gpgsig" && strings.HasPrefix(strings.ToLower(h.name), "gpgsig"):
		return ObjectError{object, h.line, fmt.Sprintf("git leaves the header %q out of what is signed", h.name)}
	case h.name == "encoding" && !strings.EqualFold(h.value, "utf-8") && !strings.EqualFold(h.value, "utf8"):
		return ObjectError{object, h.line, fmt.Sprintf("it is written in %.20q, and names mean another thing there than in UTF-8", h.value)}
	}
	for _, earlier := range before {
		if strings.EqualFold(earlier.name, h.name) && h.name != "mergetag" {
			return ObjectError{object, h.line, fmt.Sprintf("the header %q is said twice", h.name)}
		}
	}
	return nil
}

// isRequired says whether a name, however it is written, is that of a header with a fixed place.
func isRequired(name string) bool {
	switch strings.ToLower(name) {
	case "tree", "parent", "author", "committer", "object", "type", "tag", "tagger":
		return true
	}
	return false
}

// withoutSignature is the exact object without the gpgsig header: what was signed.
func withoutSignature(raw []byte, headers []header) []byte {
	for _, h := range headers {
		if h.name == "gpgsig" {
			return slices.Concat(raw[:h.start], raw[h.end:])
		}
	}
	return bytes.Clone(raw)
}

// Payload is what a signature of the commit is for: the raw object without the gpgsig header.
func (c *Commit) Payload() []byte { return c.payload }

// Armor is the armored signature, and nil if the commit is not signed.
func (c *Commit) Armor() []byte { return c.signature }
