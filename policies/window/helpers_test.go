package window

import (
	"testing"
	"time"
)

// parsed is a window that must be good.
func parsed(t testing.TB, kind Kind, name, schedule, duration, zone string) Window {
	t.Helper()
	w, problems := Parse(Spec{Kind: kind, Name: name, Schedule: schedule, Duration: duration, TimeZone: zone})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return w
}

// at reads a time: RFC 3339, or without zone and seconds for UTC.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04"} {
		if moment, err := time.Parse(layout, text); err == nil {
			return moment
		}
	}
	t.Fatalf("%q is not a time", text)
	return time.Time{}
}

// starts lists when a window starts in [from, to), in UTC.
func starts(w Window, from, to time.Time) []string {
	var list []string
	var days int
	r := w.reader(&days)
	for hour := quotient(from.Unix(), 3600); hour*3600 < to.Unix(); hour++ {
		for word := r.starts(hour); word != 0; word &= word - 1 {
			if start := time.Unix(hour*3600+lowest(word)*60, 0).UTC(); !start.Before(from) && start.Before(to) {
				list = append(list, start.Format("2006-01-02T15:04"))
			}
		}
	}
	return list
}
