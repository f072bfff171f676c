package trust

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
)

const optionsMend = `the options are cert-authority, namespaces="…", valid-after="YYYYMMDD[HHMM[SS]]Z" and valid-before="…", separated by commas`

// invalidOption is the problem of one option.
func invalidOption(format string, args ...any) problem.Problem {
	return problem.Problem{Rule: InvalidOption, Message: fmt.Sprintf(format, args...), Mend: optionsMend}
}

// parseOptions reads the field of options into the line.
func (s *signer) parseOptions(text string) error {
	seen := map[string]bool{}
	for {
		name, value, rest, err := cutOption(text)
		if err != nil {
			return err
		}
		if seen[name] {
			return invalidOption("the option %s is said twice", name)
		}
		seen[name] = true
		if err := s.setOption(name, value); err != nil {
			return err
		}
		if rest == "" {
			break
		}
		text = rest[1:] // without the comma
	}
	if !s.after.IsZero() && !s.before.IsZero() && !s.after.Before(s.before) {
		return invalidOption("the key is never valid: valid-before is not later than valid-after")
	}
	return nil
}

// cutOption takes the first option of a list; rest begins with a comma or is empty. A flag has no value.
func cutOption(text string) (name string, value *string, rest string, err error) {
	end := strings.IndexAny(text, "=,")
	if end < 0 {
		end = len(text)
	}
	name, rest = strings.ToLower(text[:end]), text[end:]
	if name == "" {
		return "", nil, "", invalidOption("the options have a comma too many")
	}
	if quoted, ok := strings.CutPrefix(rest, "="); ok {
		var content string
		if content, rest, ok = cutQuoted(quoted); !ok {
			return "", nil, "", invalidOption("the value of %s is not quoted", name)
		}
		value = &content
	}
	if rest != "" && rest[0] != ',' {
		return "", nil, "", invalidOption("after the option %s comes %q and not a comma", name, rest)
	}
	return name, value, rest, nil
}

// cutQuoted takes a quoted string, in which \" is a quote.
func cutQuoted(text string) (content, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], `\"`):
			i++
			b.WriteByte('"')
		case text[i] == '"':
			return b.String(), text[i+1:], true
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}

// setOption takes one option. Their names do not depend on the case.
func (s *signer) setOption(name string, value *string) (err error) {
	switch {
	case name == "cert-authority" && value == nil:
		s.authority = true
	case name == "namespaces" && value != nil:
		if s.namespaces, err = parsePatterns(*value); err != nil {
			return invalidOption("the namespaces: %v", err)
		}
	case name == "valid-after" && value != nil:
		s.after, err = parseTimestamp(name, *value)
	case name == "valid-before" && value != nil:
		s.before, err = parseTimestamp(name, *value)
	case name == "cert-authority":
		return invalidOption("the option %s takes no value", name)
	case name == "namespaces" || name == "valid-after" || name == "valid-before":
		return invalidOption("the option %s needs a value", name)
	default:
		return invalidOption("%q is neither an option of a signer nor a type of key", name)
	}
	return err
}

// timestampLayouts by the number of digits: a date, with minutes, with seconds.
var timestampLayouts = map[int]string{8: "20060102", 12: "200601021504", 14: "20060102150405"}

// parseTimestamp reads YYYYMMDD[HHMM[SS]][Z]. Without Z, OpenSSH takes the zone of the machine; here it is UTC
// too, since a verdict must not depend on where it is made.
func parseTimestamp(option, text string) (time.Time, error) {
	digits := strings.TrimSuffix(text, "Z")
	layout, ok := timestampLayouts[len(digits)]
	if !ok {
		return time.Time{}, invalidOption("%s is %q, which is no timestamp", option, text)
	}
	t, err := time.Parse(layout, digits)
	if err != nil || t.Unix() <= 0 {
		return time.Time{}, invalidOption("%s is %q, which is no day after 1970 in the calendar", option, text)
	}
	return t, nil
}
