package check

import (
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/policies"
)

// changeText is the kind of change with the releases.
func (u Unit) changeText() string {
	switch {
	case u.PreviousRelease == "" || u.PreviousRelease == u.Release:
		return strings.TrimSpace(u.Change + " " + u.Release)
	case u.Release == "":
		return u.Change + " of " + u.PreviousRelease
	}
	return fmt.Sprintf("%s, %s to %s", u.Change, u.PreviousRelease, u.Release)
}

// sizes are GPUs and cost in a line.
func (u Unit) sizes() string {
	var parts []string
	if text := u.GPUs.text("%.0f"); text != "" {
		parts = append(parts, "GPUs: "+text)
	}
	if text := u.Cost.text("%.2f"); text != "" {
		parts = append(parts, "cost per hour: "+text)
	}
	return strings.Join(parts, "; ")
}

// text is a delta as in 2 to 4 (+2); empty when nothing is known or all is 0.
func (d Delta) text(format string) string {
	show := func(n *float64) string {
		if n == nil {
			return "unknown"
		}
		return fmt.Sprintf(format, *n)
	}
	switch {
	case d.Before == nil && d.After == nil, d.value() == [2]float64{}:
		return ""
	case d.Before != nil && d.After != nil && *d.Before == *d.After:
		return show(d.After)
	case d.Before != nil && d.After != nil:
		return fmt.Sprintf("%s to %s (%+"+format[1:]+")", show(d.Before), show(d.After), *d.After-*d.Before)
	case d.Before == nil:
		return show(d.After)
	}
	return show(d.Before) + " to " + show(d.After)
}

func (d Delta) value() (both [2]float64) {
	for i, n := range []*float64{d.Before, d.After} {
		if n != nil {
			both[i] = *n
		}
	}
	return both
}

// Summary is the report in a line.
func (r *Report) Summary() string {
	held, invalid, warned, changed := 0, 0, 0, 0
	for _, u := range r.Units {
		switch {
		case len(u.Problems) > 0:
			invalid++
		case u.holds():
			held++
		case u.warns():
			warned++
		}
		if u.Change != policies.ChangeNone || len(u.Objects) > 0 {
			changed++
		}
	}
	text := fmt.Sprintf("%s: %s, %d do not", map[policies.Verdict]string{
		policies.Admit: "admitted", policies.Warn: "admitted with warnings", policies.Hold: "held",
	}[r.Verdict], counted(changed, "unit changes", "units change"), r.Unaffected+len(r.Units)-changed)
	for _, part := range []struct {
		n    int
		what string
	}{{held, "held"}, {invalid, "invalid"}, {warned, "with warnings"}} {
		if part.n > 0 {
			text += fmt.Sprintf("; %d %s", part.n, part.what)
		}
	}
	if n := len(r.Problems); n > 0 {
		text += "; " + counted(n, "problem", "problems") + " with the repository"
	}
	if r.Rules != nil && !r.Rules.Accepted {
		text += "; the change of the rules is not accepted"
	}
	return text
}

// counted is a number with the word for it.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
