package window

import (
	"testing"
	"time"
)

// FuzzParse: whatever a spec says, Parse neither panics nor accepts what At cannot answer.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"* * * * *", "TZ=", "CRON_TZ=x", "TZ=UTC 0 0 * * *", "@every 1ns", "0 0 30 2 *", "*/99999999999999999999 * * * *", "? ? ? ? ?", ", , , , ,", "0 0 1-31/9 feb SUN-sat"} {
		f.Add("Freeze", "name", s, "1h", "UTC")
	}
	f.Add("Promotion", "\xff", "* * * * *", "9223372036854775807ns", "../UTC")
	f.Fuzz(func(t *testing.T, kind, name, schedule, duration, zone string) {
		w, problems := Parse(Spec{Kind(kind), name, schedule, duration, zone})
		for _, p := range problems {
			if p.Rule == "" || p.Field == "" || p.Message == "" || p.Mend == "" || len(p.Message) > 1000 {
				t.Fatalf("a poor problem: %+v", p)
			}
		}
		if (w == Window{}) != (len(problems) > 0) {
			t.Fatalf("got %+v with problems %v", w, problems)
		}
		if len(problems) == 0 {
			Windows{w}.At(time.Unix(1780000000, 0))
		}
	})
}

var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Beirut", "Africa/Cairo", "America/Sao_Paulo",
	"America/Havana", "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "America/Santiago", "Antarctica/Troll", "Asia/Kathmandu", "America/St_Johns"}

// FuzzAt: the next change is after now, is a change, and is the first; and the reasons hold when they say.
func FuzzAt(f *testing.F) {
	for i, zone := range zones {
		_ = zone
		f.Add("30 2 * * *", "0 22 * * 1-5", uint32(60), uint32(240), uint8(i), uint8(i+3), int64(1774742400+i*7777777), uint32(i*997))
		f.Add("*/7 * 29 2 *", "* * * * *", uint32(1+i), uint32(527040), uint8(i), uint8(2*i), int64(1793000000+i*77777), uint32(i*997))
		f.Add("0 */2 * * *", "0 1-23/2 * * *", uint32(120), uint32(119+i), uint8(i), uint8(i), int64(1774742400+i*604800), uint32(i*77))
	}
	f.Fuzz(func(t *testing.T, freeze, promotion string, long1, long2 uint32, zone1, zone2 uint8, now int64, within uint32) {
		var windows Windows
		for _, spec := range []Spec{{Freeze, "f", freeze, minutes(long1), zones[int(zone1)%len(zones)]}, {Promotion, "p", promotion, minutes(long2), zones[int(zone2)%len(zones)]}} {
			if w, problems := Parse(spec); len(problems) == 0 {
				windows = append(windows, w)
			}
		}
		moment := time.Unix(now%(1<<33), int64(within))
		d, days := windows.decide(moment)
		if days > len(windows)*mostDays {
			t.Fatalf("looked at %d days", days)
		}
		checkNext(t, windows, moment, d, int64(within))
		for _, r := range d.Because {
			checkReason(t, windows.of(r.Kind), moment, r)
		}
	})
}

func minutes(n uint32) string { return (time.Duration(n%527040+1) * time.Minute).String() }

func checkNext(t *testing.T, windows Windows, now time.Time, d Decision, within int64) {
	if d.Next.IsZero() {
		if windows.At(now.Add(MaxDuration-time.Minute)).Open != d.Open {
			t.Fatalf("at %s: %+v is not for ever", now, d)
		}
		return
	}
	if !d.Next.After(now) {
		t.Fatalf("at %s the next change is at %s", now, d.Next)
	}
	if windows.At(d.Next).Open == d.Open {
		t.Errorf("at %s, open is %t, and it is still at %s", now, d.Open, d.Next)
	}
	between := now.Add(time.Duration(within) % d.Next.Sub(now))
	for _, before := range []time.Time{d.Next.Add(-1), between} {
		if windows.At(before).Open != d.Open {
			t.Errorf("at %s, open is %t until %s, but not at %s", now, d.Open, d.Next, before)
		}
	}
}

func checkReason(t *testing.T, windows Windows, now time.Time, r Reason) {
	active := func(windows Windows, moment time.Time) bool {
		var days int
		s := search{days: days}
		return len(s.active(windows, quotient(moment.Unix(), 60))) > 0
	}
	if r.Since.After(now) || !r.Until.IsZero() && !r.Until.After(now) {
		t.Errorf("at %s: since %s, until %s", now, r.Since, r.Until)
	}
	if !r.Since.IsZero() && (active(windows, r.Since) != r.Active || active(windows, r.Since.Add(-1)) == r.Active) {
		t.Errorf("at %s: not since %s", now, r.Since)
	}
	if !r.Until.IsZero() && (active(windows, r.Until) == r.Active || active(windows, r.Until.Add(-1)) != r.Active) {
		t.Errorf("at %s: not until %s", now, r.Until)
	}
}

// FuzzStarts: the starts are those that a walk over all minutes finds and, in UTC, those of robfig/cron.
func FuzzStarts(f *testing.F) {
	for i := range zones {
		f.Add("*/15 * * * *", uint8(i), int64(1774742400))
		f.Add("30 2 29 * 0", uint8(i), int64(1774742400+i*86400))
		f.Add("0,15,45 0-3 * * ?", uint8(i), int64(1793000000+i*86400))
	}
	f.Fuzz(func(t *testing.T, schedule string, zone uint8, now int64) {
		w, problems := Parse(Spec{Freeze, "w", schedule, "1m", zones[int(zone)%len(zones)]})
		if len(problems) > 0 {
			return
		}
		from := time.Unix(now%(1<<32)/60*60, 0)
		if from.Year() < 1975 {
			return
		}
		to := from.Add(26 * time.Hour)
		got, walked := starts(w, from, to), walk(t, w, from, to)
		if len(got) != len(walked) {
			t.Fatalf("%s %s from %s: got %v, want %v", schedule, w.TimeZone, from, got, walked)
		}
		for i := range got {
			if got[i] != walked[i] {
				t.Fatalf("%s %s from %s: got %v, want %v", schedule, w.TimeZone, from, got, walked)
			}
		}
		if next := robfig(t, w).Next(from.Add(-1)); w.TimeZone == "UTC" && next.Before(to) && !next.IsZero() && (len(got) == 0 || got[0] != next.UTC().Format("2006-01-02T15:04")) {
			t.Fatalf("%s from %s: got %v, but robfig/cron says %s", schedule, from, got, next)
		}
	})
}

// walk finds the starts in [from, to) minute by minute, by what a clock on the wall shows.
func walk(t *testing.T, w Window, from, to time.Time) []string {
	spec := robfig(t, w)
	matches := func(wall time.Time) bool {
		day, weekday := spec.Dom>>wall.Day()&1 == 1, spec.Dow>>wall.Weekday()&1 == 1
		days := day && weekday
		if spec.Dom>>63 == 0 && spec.Dow>>63 == 0 {
			days = day || weekday
		}
		return days && spec.Month>>wall.Month()&1 == 1 && spec.Hour>>wall.Hour()&1 == 1 && spec.Minute>>wall.Minute()&1 == 1
	}
	wall := func(t time.Time) time.Time {
		t = t.In(w.zone)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	}
	var list []string
	for minute := from; minute.Before(to); minute = minute.Add(time.Minute) {
		start := matches(wall(minute))
		if spec.Hour&allHours != allHours {
			for gone := wall(minute.Add(-time.Minute)).Add(time.Minute); gone.Before(wall(minute)); gone = gone.Add(time.Minute) {
				start = start || matches(gone)
			}
		}
		if start {
			list = append(list, minute.UTC().Format("2006-01-02T15:04"))
		}
	}
	return list
}
