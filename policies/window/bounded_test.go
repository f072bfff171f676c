package window

import (
	"fmt"
	"testing"
)

// extremes are schedules that start most often, most rarely, and that make searches longest.
var extremes = []struct{ schedule, duration string }{
	{"* * * * *", "1m"}, {"* * * * *", "8784h"}, {"*/2 * * * *", "1m"}, {"*/2 * * * *", "8784h"}, {"0-58 * * * *", "1m"}, {"0 0 29 2 *", "1m"},
	{"0 0 29 2 *", "8784h"}, {"59 23 31 12 *", "8784h"}, {"* * 31 12 *", "1m"}, {"0 0 1 * *", "744h"}, {"0 0 * * 1", "168h"}, {"*/2 0-22 * * *", "2m"},
}

// A search goes once over the year before and once over the year after, and there are a handful of searches.
// Each looks at a day of a window at most a few times, and a day is 24 words.
const mostDays = 16 * 367

func TestTheWorkIsBoundedByTheDaysOfAYearWhateverTheSchedule(t *testing.T) {
	for _, kind := range []Kind{Freeze, Promotion} {
		for _, e := range extremes {
			for _, now := range []string{"2026-05-05T05:05", "2027-12-31T23:58", "2028-02-29T00:00"} {
				w := parsed(t, kind, "w", e.schedule, e.duration, "Europe/Berlin")
				if _, days := (Windows{w}).decide(at(t, now)); days > mostDays {
					t.Errorf("%s %s %s at %s: looked at %d days, more than %d", kind, e.schedule, e.duration, now, days, mostDays)
				}
			}
		}
	}
}

func TestTheWorkGrowsWithTheNumberOfWindowsOnly(t *testing.T) {
	var windows Windows
	for i := range 20 {
		windows = append(windows,
			parsed(t, Freeze, fmt.Sprint("f", i), fmt.Sprintf("%d/2 * * * *", i%2), "1m", "Europe/Berlin"),
			parsed(t, Promotion, fmt.Sprint("p", i), "*/2 * * * *", "1m", "Asia/Kolkata"))
	}
	if _, days := windows.decide(at(t, "2026-05-05T05:05")); days > len(windows)*mostDays {
		t.Errorf("looked at %d days for %d windows", days, len(windows))
	}
}

func BenchmarkAt(b *testing.B) {
	now := at(b, "2026-05-05T05:05")
	for _, e := range extremes {
		for _, kind := range []Kind{Freeze, Promotion} {
			b.Run(fmt.Sprintf("%s %s %s", kind, e.schedule, e.duration), func(b *testing.B) {
				windows := Windows{parsed(b, kind, "w", e.schedule, e.duration, "Europe/Berlin")}
				b.ReportAllocs()
				for b.Loop() {
					windows.At(now)
				}
			})
		}
	}
	b.Run("a finance profile", func(b *testing.B) {
		windows := Windows{
			parsed(b, Freeze, "year-end", "0 0 20 12 *", "336h", "Europe/Berlin"), parsed(b, Freeze, "quarter-end", "0 0 28 3,6,9,12 *", "168h", "Europe/London"),
			parsed(b, Freeze, "weekend", "0 18 * * 5", "62h", "UTC"), parsed(b, Promotion, "nightly", "0 22 * * *", "4h", "America/New_York"),
		}
		b.ReportAllocs()
		for b.Loop() {
			windows.At(now)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse(good)
	}
}
