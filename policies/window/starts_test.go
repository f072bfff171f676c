package window

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The instants were computed by hand from the rules of each zone. Clocks change in Berlin on 29 March and 25
// October 2026 at 01:00 UTC, in New York on 8 March at 07:00 and 1 November at 06:00, on Lord Howe (half an
// hour) on 4 April at 15:00 and 3 October at 15:30, in Beirut (at midnight) on 28 March at 22:00. Samoa left out
// 30 December 2011.
func TestWhenWindowsStart(t *testing.T) {
	for name, test := range map[string]struct {
		schedule, zone, from, to string
		want                     []string
	}{
		"Berlin: a time that does not exist is the moment when clocks go forward": {"30 2 * * *", "Europe/Berlin", "2026-03-28T00:00", "2026-03-31T00:00",
			[]string{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"}},
		"Berlin: also the first minute that does not exist": {"0 2 * * *", "Europe/Berlin", "2026-03-29T00:00", "2026-03-30T00:00",
			[]string{"2026-03-29T01:00"}},
		"Berlin: many times that do not exist are one start": {"*/10 2 * * *", "Europe/Berlin", "2026-03-29T00:00", "2026-03-30T00:00",
			[]string{"2026-03-29T01:00"}},
		"Berlin: only the day that is meant": {"30 2 28 3 *", "Europe/Berlin", "2026-03-28T00:00", "2026-03-31T00:00",
			[]string{"2026-03-28T01:30"}},
		"Berlin: a time that comes twice starts twice": {"30 2 * * *", "Europe/Berlin", "2026-10-24T00:00", "2026-10-27T00:00",
			[]string{"2026-10-24T00:30", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-26T01:30"}},
		"Berlin: around the repeated hour times come once": {"59 1,3 25 10 *", "Europe/Berlin", "2026-10-24T00:00", "2026-10-27T00:00",
			[]string{"2026-10-24T23:59", "2026-10-25T02:59"}},
		"Berlin: an hourly schedule has no hour that does not exist": {"30 * * * *", "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T03:00",
			[]string{"2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"}},
		"Berlin: every second hour does not lose the one that does not exist": {"0 */2 * * *", "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T05:00",
			[]string{"2026-03-28T23:00", "2026-03-29T01:00", "2026-03-29T02:00", "2026-03-29T04:00"}},
		"New York: spring": {"30 2 * * *", "America/New_York", "2026-03-07T00:00", "2026-03-10T00:00",
			[]string{"2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30"}},
		"New York: autumn": {"30 1 * * *", "America/New_York", "2026-10-31T00:00", "2026-11-03T00:00",
			[]string{"2026-10-31T05:30", "2026-11-01T05:30", "2026-11-01T06:30", "2026-11-02T06:30"}},
		"Lord Howe: half an hour does not exist": {"15 2 * * *", "Australia/Lord_Howe", "2026-10-02T00:00", "2026-10-05T00:00",
			[]string{"2026-10-02T15:45", "2026-10-03T15:30", "2026-10-04T15:15"}},
		"Lord Howe: what follows the missing half hour": {"0 3,12 4 10 *", "Australia/Lord_Howe", "2026-10-02T00:00", "2026-10-06T00:00",
			[]string{"2026-10-03T16:00", "2026-10-04T01:00"}},
		"Lord Howe: half an hour comes twice": {"45 1 * * *", "Australia/Lord_Howe", "2026-04-03T00:00", "2026-04-06T00:00",
			[]string{"2026-04-03T14:45", "2026-04-04T14:45", "2026-04-04T15:15", "2026-04-05T15:15"}},
		"Beirut: the morning after a midnight that does not exist": {"0 9 * * 0", "Asia/Beirut", "2026-03-23T00:00", "2026-04-01T00:00",
			[]string{"2026-03-29T06:00"}},
		"Beirut: a midnight that does not exist": {"0 0 * * *", "Asia/Beirut", "2026-03-27T00:00", "2026-03-30T00:00",
			[]string{"2026-03-27T22:00", "2026-03-28T22:00", "2026-03-29T21:00"}},
		"Samoa: a day that does not exist": {"0 9 * * *", "Pacific/Apia", "2011-12-29T00:00", "2011-12-31T00:00",
			[]string{"2011-12-29T19:00", "2011-12-30T10:00", "2011-12-30T19:00"}},
		"Kolkata: a zone of half an hour": {"0 9 * * 1", "Asia/Kolkata", "2026-01-01T00:00", "2026-01-13T00:00",
			[]string{"2026-01-05T03:30", "2026-01-12T03:30"}},
		"Chatham: a zone of three quarters": {"0,50 9 7 7 *", "Pacific/Chatham", "2026-07-01T00:00", "2026-07-13T00:00",
			[]string{"2026-07-06T20:15", "2026-07-06T21:05"}},
		"UTC: 29 February": {"0 0 29 2 *", "UTC", "2026-01-01T00:00", "2034-01-01T00:00",
			[]string{"2028-02-29T00:00", "2032-02-29T00:00"}},
		"UTC: the 31st of months that have it": {"0 0 31 2-4 *", "UTC", "2026-01-01T00:00", "2027-01-01T00:00",
			[]string{"2026-03-31T00:00"}},
		"UTC: either day when both are restricted": {"0 0 13 * 5", "UTC", "2026-02-09T00:00", "2026-02-21T00:00",
			[]string{"2026-02-13T00:00", "2026-02-20T00:00"}},
		"UTC: both days when one is a star": {"0 0 * * 5", "UTC", "2026-02-09T00:00", "2026-02-21T00:00",
			[]string{"2026-02-13T00:00", "2026-02-20T00:00"}},
		"UTC: a step is a restriction of the day": {"0 0 */30 2 1", "UTC", "2026-02-01T00:00", "2026-02-16T00:00",
			[]string{"2026-02-01T00:00", "2026-02-02T00:00", "2026-02-09T00:00"}},
		"UTC: before 1970": {"0 12 * * 3", "UTC", "1969-12-25T00:00", "1970-01-01T00:00",
			[]string{"1969-12-31T12:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := parsed(t, Freeze, "w", test.schedule, "1h", test.zone)
			if diff := cmp.Diff(test.want, starts(w, at(t, test.from), at(t, test.to))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
