package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/environments/problem"
)

// Limits of a trust file, far above what any organisation lists.
const (
	largestTrustFile = 1 << 20 // bytes
	longestLine      = 16 << 10
	mostKeys         = 4096
)

// Signers is a trust file in OpenSSH's allowed_signers format. It never changes once it is read, and may be
// used by several goroutines. A nil Signers trusts nobody.
type Signers struct {
	file   string
	digest string
	byKey  map[string][]*signer // by the key's wire format
	count  int
}

// signer is one line: whose key this is, and for what it may sign.
type signer struct {
	line          int
	principals    patternList
	namespaces    patternList // nil: any namespace
	authority     bool        // signs certificates, not messages
	after, before time.Time   // zero: not bounded; both ends belong to the time
	key           ssh.PublicKey
}

// ParseSigners reads a trust file; file is its path, for messages. It returns all that is wrong with it, with
// lines, and no Signers unless nothing is: trust that was read by half is no trust. An empty file is right, and
// trusts nobody.
func ParseSigners(file string, data []byte) (*Signers, problem.List) {
	if found := checkTrustText(file, data); found != nil {
		return nil, problem.List{*found}
	}
	s := &Signers{file: file, digest: Digest(data), byKey: map[string][]*signer{}}
	var problems problem.List
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text := string(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))
		parsed, err := parseSigner(text)
		if err == nil && parsed != nil {
			parsed.line = number
			err = s.add(parsed)
		}
		if err != nil {
			problems = append(problems, placed(err, file, number))
		}
		if s.count > mostKeys {
			break
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return s, nil
}

// add lists a line under its key.
func (s *Signers) add(line *signer) error {
	if s.count++; s.count > mostKeys {
		return problem.Problem{Rule: problem.TooLarge,
			Message: fmt.Sprintf("a trust file lists at most %d keys", mostKeys),
			Mend:    "list a certificate authority (cert-authority) instead of each key"}
	}
	blob := string(line.key.Marshal())
	s.byKey[blob] = append(s.byKey[blob], line)
	return nil
}

// placed gives a problem its place.
func placed(err error, file string, line int) problem.Problem {
	var p problem.Problem
	if !errors.As(err, &p) {
		p = problem.Problem{Rule: problem.InvalidValue, Message: err.Error()}
	}
	p.File, p.Line = file, line
	return p
}

// Len is the number of keys that are listed.
func (s *Signers) Len() int {
	if s == nil {
		return 0
	}
	return s.count
}

// Digest identifies the file's bytes, for pinning: see the function Digest. A nil Signers has none.
func (s *Signers) Digest() string {
	if s == nil {
		return ""
	}
	return s.digest
}

// name is the file's path for messages.
func (s *Signers) name() string {
	if s == nil || s.file == "" {
		return "the trust file"
	}
	return s.file
}

// Digest identifies a trust file for pinning: "sha256:" and the hash of its raw bytes in hex. A change of a
// comment is a change too: what was reviewed is what is pinned.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// checkTrustText refuses what could look different to a person than to a program.
func checkTrustText(file string, data []byte) *problem.Problem {
	if len(data) > largestTrustFile {
		return &problem.Problem{File: file, Rule: problem.TooLarge,
			Message: fmt.Sprintf("the trust file has %d bytes, and at most %d are allowed", len(data), largestTrustFile)}
	}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return &problem.Problem{File: file, Line: 1, Rule: problem.InvalidText,
			Message: "the file begins with a byte order mark, which would become part of the first principal",
			Mend:    "save it as UTF-8 without a BOM"}
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if p := checkTrustLine(line); p != nil {
			p.File, p.Line = file, number
			return p
		}
	}
	return nil
}

// checkTrustLine refuses long lines, what is not UTF-8, and control characters.
func checkTrustLine(line []byte) *problem.Problem {
	if len(line) > longestLine {
		return &problem.Problem{Rule: problem.TooLarge,
			Message: fmt.Sprintf("the line has %d bytes, and at most %d are allowed", len(line), longestLine)}
	}
	if !utf8.Valid(line) {
		return &problem.Problem{Rule: problem.InvalidText, Message: "the line is not UTF-8"}
	}
	text := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if i := bytes.IndexFunc(text, isControl); i >= 0 {
		return &problem.Problem{Rule: problem.InvalidText,
			Message: fmt.Sprintf("the line has the control character %q, which can hide what it says", text[i])}
	}
	return nil
}

// isControl is true for control characters other than the tab.
func isControl(r rune) bool {
	return r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0)
}
