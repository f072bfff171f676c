package audit

import (
	"bufio"
	"bytes"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies/trust"
)

// KeyFile is an auditor's own list of keys.
type KeyFile struct {
	// Name of the file.
	Name  string
	lines []keyLine
}

// keyLine is one key, and for whom it may sign.
type keyLine struct {
	principals string // as allowed_signers has them; empty for everybody
	key        v1alpha1.RecordKey
}

// maxKeyFile bounds the file, in bytes.
const maxKeyFile = 1 << 20

// ParseKeys reads a list of keys: on each line a public key as ssh-keygen writes it, which counts for all environments, or a line
// as in allowed_signers, whose principals are such as penstock@prod and whose options valid-after and valid-before are heeded.
// With a problem there is no list: trust that was read by half is no trust.
func ParseKeys(name string, data []byte) (*KeyFile, problem.List) {
	file := &KeyFile{Name: name}
	if len(data) > maxKeyFile {
		return nil, problem.List{{File: name, Rule: problem.TooLarge, Message: fmt.Sprintf("it has %d bytes", len(data)), Mend: "list only the keys that sign records"}}
	}
	var problems problem.List
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text := strings.TrimSpace(string(line))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		parsed, wrong := parseKeyLine(text)
		for _, p := range wrong {
			p.File, p.Line = name, number
			problems = append(problems, p)
		}
		file.lines = append(file.lines, parsed)
	}
	if len(problems) == 0 && len(file.lines) == 0 {
		problems = problem.List{{File: name, Rule: problem.MissingField, Message: "it lists no key", Mend: "write one public key a line, such as ssh-ed25519 AAAA…"}}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return file, nil
}

// parseKeyLine reads one line. What trust.ParseSigners refuses is refused, whatever form the line has.
func parseKeyLine(text string) (keyLine, problem.List) {
	line := keyLine{}
	rest, signers := text, "*@penstock "+text
	if key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(text)); err != nil || len(options) > 0 || key == nil {
		end := max(strings.IndexAny(text, " \t"), 0)
		line.principals, rest, signers = strings.Trim(text[:end], `"`), strings.TrimSpace(text[end:]), text
	}
	if _, problems := trust.ParseSigners("", []byte(signers+"\n")); len(problems) > 0 {
		return line, problems
	}
	key, comment, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return line, problem.List{{Rule: trust.InvalidPublicKey, Message: fmt.Sprintf("%.80q is no public key", rest), Mend: "write a line of a .pub file, or one of allowed_signers"}}
	}
	line.key.PublicKey = strings.TrimSpace(strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) + " " + comment)
	return line, line.setOptions(options)
}

// setOptions heeds when a key counts.
func (l *keyLine) setOptions(options []string) problem.List {
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "valid-after":
			l.key.ValidAfter = signerTime(value)
		case "valid-before":
			l.key.ValidBefore = signerTime(value)
		case "namespaces":
			if !matchList(value, trust.GitNamespace) {
				return problem.List{{Rule: problem.NotAllowed, Message: "the key may not sign for git", Mend: `add git to the option namespaces, or leave that out`}}
			}
		default: // cert-authority: records are signed with keys
			return problem.List{{Rule: problem.NotAllowed, Message: fmt.Sprintf("the option %.40q is not for keys that sign records", name), Mend: "list the key itself"}}
		}
	}
	return nil
}

// signerTime reads a time that trust.ParseSigners has checked.
func signerTime(text string) *metav1.Time {
	digits := strings.TrimSuffix(text, "Z")
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if t, err := time.Parse(layout, digits); err == nil && len(layout) == len(digits) {
			at := metav1.NewTime(t)
			return &at
		}
	}
	return nil
}

// matchList says whether a list of patterns, as in allowed_signers, has a name.
func matchList(patterns, name string) bool {
	found := false
	for pattern := range strings.SplitSeq(patterns, ",") {
		bare, negated := strings.CutPrefix(strings.TrimSpace(pattern), "!")
		if ok, err := path.Match(bare, name); err == nil && ok {
			if negated {
				return false
			}
			found = true
		}
	}
	return found
}

// For are the keys that may sign the records of an environment.
func (f *KeyFile) For(environment string) []v1alpha1.RecordKey {
	var keys []v1alpha1.RecordKey
	for _, line := range f.lines {
		if line.principals == "" || matchList(line.principals, "penstock@"+environment) {
			keys = append(keys, line.key)
		}
	}
	return keys
}

// keysOf shows keys, and which of them were used.
func keysOf(listed []v1alpha1.RecordKey, used map[string]bool) []Key {
	var keys []Key
	for _, one := range listed {
		key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(one.PublicKey))
		if err != nil {
			continue // NewKeys says it
		}
		shown := Key{Fingerprint: ssh.FingerprintSHA256(key), Type: key.Type(), Comment: comment}
		shown.Used = used[shown.Fingerprint]
		shown.ValidAfter, shown.ValidBefore = timeOf(one.ValidAfter), timeOf(one.ValidBefore)
		keys = append(keys, shown)
	}
	return keys
}

func timeOf(t *metav1.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC()
	return &at
}

// ParsePins reads pins, one a line, as penstock audit verify --pin prints them.
func ParsePins(data []byte) ([]Pin, error) {
	var pins []Pin
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		pin, err := ParsePin(text)
		if err != nil {
			return nil, err
		}
		pins = append(pins, pin)
	}
	return pins, lines.Err()
}
