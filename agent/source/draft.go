package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
)

// Draft is what a commit says beside its files.
type Draft struct {
	// Parents are full ids; none begins a new history.
	Parents []string
	// Author, and Committer, who is the author unless told. Each has a name and
	// a time, in whole seconds.
	Author    Person
	Committer Person
	// Message is text of a first line and perhaps more, without control
	// characters but tabs. A newline is added if it does not end with one.
	Message string
	// Sign returns an armored signature of the payload, to be put into the
	// commit's header gpgsig as git does: see SignSSH. No signature if nil.
	Sign func(payload []byte) (armored []byte, err error)
}

// maxMessage bounds a commit's message, in bytes.
const maxMessage = 1 << 20

// Commit makes a commit of the files as they are now, and returns its full id.
// More files and further commits may follow.
func (b *Builder) Commit(d Draft) (string, error) {
	d.Committer = cmp.Or(d.Committer, d.Author)
	if err := d.check(); err != nil {
		return "", fmt.Errorf("making a commit: %w", err)
	}
	raw := d.raw(b.tree(), nil)
	if d.Sign != nil {
		armored, err := d.Sign(raw)
		if err == nil {
			err = checkArmor(armored)
		}
		if err != nil {
			return "", fmt.Errorf("signing a commit: %w", err)
		}
		raw = d.raw(b.tree(), armored)
	}
	return b.make(plumbing.CommitObject, raw).String(), nil
}

// raw writes the commit as git does. What is signed is the same without the
// signature.
func (d Draft) raw(tree plumbing.Hash, armored []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, parent := range d.Parents {
		fmt.Fprintf(&b, "parent %s\n", parent)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n", d.Author.header(), d.Committer.header())
	if armored != nil {
		lines := strings.TrimRight(string(armored), "\n")
		fmt.Fprintf(&b, "gpgsig %s\n", strings.ReplaceAll(lines, "\n", "\n "))
	}
	fmt.Fprintf(&b, "\n%s\n", strings.TrimSuffix(d.Message, "\n"))
	return b.Bytes()
}

// header is a person as a commit's header has it.
func (p Person) header() string {
	return fmt.Sprintf("%s <%s> %d %s", p.Name, p.Email, p.When.Unix(), p.When.Format("-0700"))
}

// check refuses what git would not write, or another reader might understand
// differently.
func (d Draft) check() error {
	for i, parent := range d.Parents {
		if !fullHash.MatchString(parent) || slices.Contains(d.Parents[:i], parent) {
			return fmt.Errorf("the parent %q is not a full commit id, or is named twice", parent)
		}
	}
	if err := d.Author.check(); err != nil {
		return fmt.Errorf("the author %w", err)
	}
	if err := d.Committer.check(); err != nil {
		return fmt.Errorf("the committer %w", err)
	}
	subject, _, _ := strings.Cut(d.Message, "\n")
	switch {
	case strings.TrimSpace(subject) == "":
		return errors.New("the message has no first line")
	case len(d.Message) > maxMessage:
		return fmt.Errorf("the message is %d bytes, above the limit of %s", len(d.Message), size(maxMessage))
	case !plainText(d.Message):
		return errors.New("the message is not UTF-8, or holds a control character")
	}
	return nil
}

// plainText reports whether text is UTF-8 without control characters but
// newlines and tabs. A NUL would end the message for some readers, and others
// move the cursor of whoever reads the log.
func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && unicode.IsControl(r)
	})
}

// check refuses a person whom a header cannot express.
func (p Person) check() error {
	bad := func(text string) bool { return !plainText(text) || strings.ContainsAny(text, "<>\n\t") }
	_, offset := p.When.Zone()
	switch {
	case strings.TrimSpace(p.Name) != p.Name || p.Name == "" || bad(p.Name):
		return fmt.Errorf("has the name %q: write it without < > and spaces around it", p.Name)
	case bad(p.Email) || strings.Contains(p.Email, " "):
		return fmt.Errorf("has the address %q: write it without < > and spaces", p.Email)
	case p.When.Unix() < 0 || p.When.Year() > 9999 || offset%60 != 0:
		return fmt.Errorf("has the time %s, which Git cannot express", p.When)
	}
	return nil
}

// checkArmor refuses a signature that would break the header.
func checkArmor(armored []byte) error {
	if len(bytes.TrimSpace(armored)) == 0 || !plainText(string(armored)) || bytes.HasPrefix(armored, []byte("\n")) {
		return errors.New("the signature is empty or is not armored text")
	}
	return nil
}
