package audit

import (
	"fmt"
	"time"
)

// ParseTime reads a time as people write it: RFC 3339 as in 2026-11-23T14:00:00+01:00, a day as in 2026-11-23, or now. Days are
// those of UTC, since that is what records are in; a day stands for its beginning, or with end for its last millisecond. It
// returns the words for what was understood, too.
func ParseTime(text string, end bool, now time.Time) (at time.Time, words string, err error) {
	now = now.Truncate(time.Millisecond) // as facts have it
	if text == "now" {
		return now.UTC(), "now", nil
	}
	if at, err = time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), stamp(at), nil
	}
	if at, err = time.Parse(time.DateOnly, text); err != nil {
		return time.Time{}, "", fmt.Errorf("%.60q is no time; expected one as in 2026-11-23T14:00:00Z or 2026-11-23T15:00:00+01:00, a day as in 2026-11-23, or now", text)
	}
	if !end {
		return at, "the beginning of " + text + " in UTC", nil
	}
	if at = at.Add(24*time.Hour - time.Millisecond); at.After(now) && at.Sub(now) < 24*time.Hour {
		return now.UTC(), text + " so far, in UTC", nil
	}
	return at, "the end of " + text + " in UTC", nil
}
