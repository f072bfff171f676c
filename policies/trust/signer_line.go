package trust

import (
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
)

// Rules that a line of a trust file can break.
const (
	// InvalidSigner: a line of the trust file is not principals, options and key.
	InvalidSigner = "InvalidSigner"
	// InvalidPrincipals: the patterns of a line say nothing or never match.
	InvalidPrincipals = "InvalidPrincipals"
	// InvalidOption: an option of a line is unknown, said twice, or has a wrong value.
	InvalidOption = "InvalidOption"
	// InvalidPublicKey: the key of a line cannot be read.
	InvalidPublicKey = "InvalidPublicKey"
	// WeakKey: a key can be forged with what an attacker can afford.
	WeakKey = "WeakKey"
)

const lineMend = `write: principals [options] keytype base64-key, such as alice@example.com ssh-ed25519 AAAA…`

// parseSigner reads one line; a comment or an empty line is neither a signer nor an error.
func parseSigner(text string) (*signer, error) {
	rest := strings.TrimLeft(text, " \t")
	if rest == "" || rest[0] == '#' {
		return nil, nil
	}
	names, rest, err := cutPrincipals(rest)
	if err != nil {
		return nil, err
	}
	line := &signer{}
	if line.principals, err = parsePatterns(names); err != nil {
		return nil, problem.Problem{Rule: InvalidPrincipals, Message: "the principals: " + err.Error(), Mend: lineMend}
	}
	if !isKeyType(firstWord(rest)) {
		var options string
		if options, rest, err = cutOptions(rest); err != nil {
			return nil, err
		}
		if err := line.parseOptions(options); err != nil {
			return nil, err
		}
	}
	line.key, err = parseKey(rest)
	return line, err
}

// cutPrincipals takes the first field, which may be quoted as a whole. Quotes elsewhere in it, which OpenSSH
// joins in a way that nobody expects, are refused.
func cutPrincipals(text string) (names, rest string, err error) {
	invalid := problem.Problem{Rule: InvalidSigner, Message: "the principals are not quoted as a whole", Mend: lineMend}
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		names, rest, ok = strings.Cut(quoted, `"`)
		if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			return "", "", invalid
		}
	} else {
		names = firstWord(text)
		rest = text[len(names):]
		if strings.Contains(names, `"`) {
			return "", "", invalid
		}
	}
	rest = strings.TrimLeft(rest, " \t")
	if isKeyType(names) {
		return "", "", problem.Problem{Rule: InvalidSigner, Message: "the line begins with a key, and does not say whose it is", Mend: lineMend}
	}
	if rest == "" {
		return "", "", problem.Problem{Rule: InvalidSigner, Message: fmt.Sprintf("there is no key after %q", names), Mend: lineMend}
	}
	return names, rest, nil
}

// firstWord is the text before the first space or tab.
func firstWord(text string) string {
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i]
	}
	return text
}

// cutOptions takes the field of options: up to the first space that is not within quotes.
func cutOptions(text string) (options, rest string, err error) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], `\"`):
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && (text[i] == ' ' || text[i] == '\t'):
			return text[:i], strings.TrimLeft(text[i:], " \t"), nil
		}
	}
	if quoted {
		return "", "", problem.Problem{Rule: InvalidOption, Message: "a quote in the options is never closed", Mend: `write namespaces="git"`}
	}
	return "", "", problem.Problem{Rule: InvalidSigner, Message: fmt.Sprintf("%q is no key type, and no key follows it", text), Mend: lineMend}
}
