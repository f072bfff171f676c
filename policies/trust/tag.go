package trust

import (
	"bytes"
	"fmt"
	"time"
)

// Tag is an annotated tag object, read as strictly as a commit. It must not be changed.
type Tag struct {
	Object        string // id of what is tagged, 40 hex digits
	Type          string // of what is tagged, such as commit
	Name          string
	Tagger        Person
	Subject, Body string // as in Commit, without the signature

	payload   []byte
	signature []byte
}

// ParseTag reads a raw tag object, as git cat-file tag prints it. The error is an ObjectError.
func ParseTag(raw []byte) (*Tag, error) {
	headers, message, err := scanHeaders("tag", raw)
	if err != nil {
		return nil, err
	}
	t := &Tag{}
	r := &headerReader{object: "tag", headers: headers}
	if err := t.takeRequired(r); err != nil {
		return nil, err
	}
	if len(r.headers) > 0 {
		return nil, ObjectError{"tag", r.headers[0].line, "there is a header after the tagger"}
	}
	text, signature, err := cutTagSignature(message)
	if err != nil {
		return nil, err
	}
	t.signature = bytes.Clone(signature)
	t.payload = bytes.Clone(raw[:len(raw)-len(signature)])
	t.Subject, t.Body = splitMessage(text)
	return t, nil
}

// takeRequired takes the headers of a tag.
func (t *Tag) takeRequired(r *headerReader) (err error) {
	if t.Object, err = r.takeHash("object"); err != nil {
		return err
	}
	if t.Type, err = r.take("type"); err != nil {
		return err
	}
	if t.Type != "commit" && t.Type != "tree" && t.Type != "blob" && t.Type != "tag" {
		return ObjectError{"tag", r.line, fmt.Sprintf("%.20q is no type of object", t.Type)}
	}
	if t.Name, err = r.take("tag"); err != nil {
		return err
	}
	t.Tagger, err = r.takePerson("tagger")
	return err
}

// cutTagSignature splits a message at the line where a signature begins. Git takes the last such line, and a
// reader who takes the first sees another message, so there may be one.
func cutTagSignature(message []byte) (text, signature []byte, err error) {
	start, offset := -1, 0
	for line := range bytes.Lines(message) {
		if _, err := kindOf(line); err == nil || bytes.HasPrefix(line, []byte(beginX509)) || bytes.HasPrefix(line, []byte("-----BEGIN PGP MESSAGE")) {
			if start >= 0 {
				return nil, nil, ObjectError{"tag", 0, "two signatures begin in its message"}
			}
			start = offset
		}
		offset += len(line)
	}
	if start < 0 {
		return message, nil, nil
	}
	return message[:start], message[start:], nil
}

// Payload is what a signature of the tag is for: the raw object up to the signature.
func (t *Tag) Payload() []byte { return t.payload }

// Verify checks the tag's signature as of a time, like Commit.Verify; IsAuthor and IsCommitter both say
// whether the key may sign as the tagger.
func (t *Tag) Verify(keys Keys, at time.Time) (Signature, error) {
	identity, err := keys.verify(t.payload, t.signature, at)
	if err != nil {
		return Signature{}, err
	}
	is := identity.Is(t.Tagger.Email)
	return Signature{identity, is, is}, nil
}
