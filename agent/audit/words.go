package audit

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// oneLine is text on one line, without anything that could command a terminal or pass for another line: what a repository says
// is not ours.
func oneLine(text string) string {
	return strings.Map(harmless, strings.Join(strings.Fields(text), " "))
}

func harmless(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// stamp is a time as it is shown: in UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func stampOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return stamp(*t)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// counted is as in 1 fact or 2 facts.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// grouped is a number as in 100,000.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// lasting is a span of time, as in 3d 4h, to the two largest units.
func lasting(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	var parts []string
	for _, u := range units {
		if n := d / u.size; n > 0 && len(parts) < 2 {
			parts, d = append(parts, fmt.Sprintf("%d%s", n, u.name)), d%u.size
		} else if len(parts) > 0 {
			break
		}
	}
	if len(parts) == 0 {
		return "0s"
	}
	return strings.Join(parts, " ")
}
