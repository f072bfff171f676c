package window

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/environments/problem"
)

// The rules that a window can break, beside those of package problem.
const (
	// InvalidSchedule: the schedule is not a cron expression of five fields.
	InvalidSchedule = "InvalidSchedule"
	// NeverStarts: the schedule names only dates that no calendar has, such as 30 February.
	NeverStarts = "NeverStarts"
	// InvalidDuration: the duration is not one, or beyond its bounds.
	InvalidDuration = "InvalidDuration"
	// UnknownTimeZone: the IANA database has no such zone.
	UnknownTimeZone = "UnknownTimeZone"
)

// ParseAll checks and compiles windows that decide together. Path is the field that holds them: problems are
// reported at path[0].schedule and so on; their file and line are the caller's to add. Names must differ. There
// are no windows when there are problems.
func ParseAll(path string, specs []Spec) (Windows, problem.List) {
	if len(specs) > MaxWindows {
		return nil, problem.List{{Field: path, Rule: problem.TooLarge,
			Message: fmt.Sprintf("there are %d windows; expected %d at most", len(specs), MaxWindows), Mend: "merge some of them"}}
	}
	var windows Windows
	var problems problem.List
	first := map[string]int{}
	for i, spec := range specs {
		w, found := Parse(spec)
		if other, twice := first[spec.Name]; twice && spec.Name != "" {
			found = append(found, problem.Problem{Field: "name", Rule: problem.DuplicateValue,
				Message: fmt.Sprintf("the name %q is that of %s[%d] already", short(spec.Name), path, other), Mend: "give each window a name of its own"})
		} else {
			first[spec.Name] = i
		}
		for _, p := range found {
			p.Field = fmt.Sprintf("%s[%d].%s", path, i, p.Field)
			problems = append(problems, p)
		}
		windows = append(windows, w)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return windows, nil
}

// Parse checks and compiles one window. Problems name the field of the spec (kind, name, schedule, duration,
// timeZone); their file and line are the caller's to add. The window is the zero value when there are any.
func Parse(spec Spec) (Window, problem.List) {
	var problems problem.List
	report := func(field string, p *problem.Problem) {
		if p != nil {
			p.Field = field
			problems = append(problems, *p)
		}
	}
	w := Window{Kind: spec.Kind, Name: spec.Name, Schedule: spec.Schedule, TimeZone: spec.TimeZone}
	var p *problem.Problem
	report("kind", checkKind(spec.Kind))
	report("name", checkName(spec.Name))
	w.starts, p = parseSchedule(spec.Schedule)
	report("schedule", p)
	w.Duration, p = parseDuration(spec.Duration)
	report("duration", p)
	w.zone, p = parseZone(spec.TimeZone)
	report("timeZone", p)
	if len(problems) > 0 {
		return Window{}, problems
	}
	return w, nil
}

func checkKind(kind Kind) *problem.Problem {
	switch kind {
	case Freeze, Promotion:
		return nil
	case "":
		return missing("the kind of the window", "say kind: Freeze or kind: Promotion")
	}
	return &problem.Problem{Rule: problem.InvalidValue, Mend: "correct the kind",
		Message: fmt.Sprintf("found the kind %q; expected Freeze or Promotion", short(string(kind)))}
}

func checkName(name string) *problem.Problem {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	switch {
	case strings.TrimSpace(name) == "":
		return missing("the name of the window", "give it a name, which reports will show")
	case utf8.RuneCountInString(name) > 100 || strings.ContainsFunc(name, unprintable):
		return &problem.Problem{Rule: problem.InvalidValue, Mend: "choose a shorter, plain name",
			Message: fmt.Sprintf("found the name %q; expected at most 100 printable characters", short(name))}
	}
	return nil
}

// parseDuration reads a duration of whole minutes, since cron knows nothing finer.
func parseDuration(text string) (time.Duration, *problem.Problem) {
	if text == "" {
		return 0, missing("the duration of the window", "say how long it holds, such as duration: 4h")
	}
	bad := &problem.Problem{Rule: InvalidDuration, Mend: "write hours and minutes, such as 36h or 1h30m; two days are 48h"}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		bad.Message = fmt.Sprintf("%q is not a duration", short(text))
	case d <= 0:
		bad.Message = fmt.Sprintf("the duration is %s; expected more than nothing", short(text))
	case d > MaxDuration:
		bad.Message = fmt.Sprintf("the duration is %s; expected a year at most, which is 8784h", short(text))
	case d%time.Minute != 0:
		bad.Message = fmt.Sprintf("the duration is %s; expected whole minutes", short(text))
	default:
		return d, nil
	}
	return 0, bad
}

func missing(what, mend string) *problem.Problem {
	return &problem.Problem{Rule: problem.MissingField, Message: what + " is missing", Mend: mend}
}

// short cuts what a stranger wrote to a length that a report can hold.
func short(text string) string {
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}
