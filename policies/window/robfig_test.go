package window

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// Why robfig/cron parses schedules here, but does not walk them: see doc.go. A case that fails after an upgrade
// is good news.
func TestRobfigMissesStarts(t *testing.T) {
	for name, test := range map[string]struct{ schedule, zone, from, want, robfig string }{
		"a time that does not exist": {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:00", "2026-03-30T00:30"},
		"a time that comes twice":    {"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T01:30"},
		"the Sunday whose midnight does not exist": {"0 9 * * 0", "Asia/Beirut", "2026-03-23T12:00",
			"2026-03-29T06:00", "2026-04-05T06:00"},
		"the wrong day": {"0 5 * * 6", "Asia/Beirut", "2026-03-28T12:00", "2026-04-04T02:00", "2026-03-29T02:00"},
		"noon on the day that lost half an hour": {"0 12 * * *", "Australia/Lord_Howe", "2026-10-03T15:00",
			"2026-10-04T01:00", "2026-10-05T01:00"},
	} {
		t.Run(name, func(t *testing.T) {
			from, w := at(t, test.from), parsed(t, Freeze, "w", test.schedule, "1m", test.zone)
			if got := starts(w, from.Add(time.Minute), from.AddDate(0, 0, 15)); got[0] != test.want {
				t.Errorf("got %s, want %s", got[0], test.want)
			}
			if got := robfig(t, w).Next(from).UTC().Format("2006-01-02T15:04"); got != test.robfig {
				t.Errorf("robfig/cron says %s, and no longer %s", got, test.robfig)
			}
		})
	}
}

// robfig is the schedule of a window as robfig/cron walks it.
func robfig(t testing.TB, w Window) *cron.SpecSchedule {
	t.Helper()
	s, err := parser.Parse(w.Schedule)
	if err != nil {
		t.Fatal(err)
	}
	spec := s.(*cron.SpecSchedule)
	spec.Location = w.zone
	return spec
}
