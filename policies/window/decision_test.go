package window

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// In each case the reasons are the sentences that a person reads, and next is "" for never within a year.
func TestDecisions(t *testing.T) {
	yearEnd := parsed(t, Freeze, "year-end", "0 0 20 12 *", "336h", "Europe/Berlin") // to 3 January
	weekend := parsed(t, Freeze, "weekend", "0 18 * * 5", "62h", "UTC")              // Friday 18:00 to Monday 08:00
	nightly := parsed(t, Promotion, "nightly", "0 22 * * *", "4h", "UTC")
	morning := parsed(t, Promotion, "morning", "0 6 * * 1-5", "3h", "Europe/Berlin")
	always := parsed(t, Freeze, "always", "* * * * *", "1m", "UTC")
	leap := parsed(t, Freeze, "leap", "0 0 29 2 *", "24h", "UTC")
	for name, test := range map[string]struct {
		windows Windows
		now     string
		open    bool
		because []string
		next    string
	}{
		"without windows it is open for ever":          {nil, "2026-05-05T05:05", true, nil, ""},
		"outside a freeze it is open until the freeze": {Windows{yearEnd}, "2026-05-05T05:05", true, nil, "2026-12-19T23:00"},
		"the first instant of a freeze is frozen": {Windows{yearEnd}, "2026-12-19T23:00", false,
			[]string{`frozen by "year-end" since 2026-12-20 00:00 CET, until 2027-01-03 00:00 CET`}, "2027-01-02T23:00"},
		"the last second of a freeze is frozen": {Windows{yearEnd}, "2027-01-02T22:59:59Z", false,
			[]string{`frozen by "year-end" since 2026-12-20 00:00 CET, until 2027-01-03 00:00 CET`}, "2027-01-02T23:00"},
		"the first instant after a freeze is open": {Windows{yearEnd}, "2027-01-02T23:00", true, nil, "2027-12-19T23:00"},
		"freezes that overlap end together, and each says since when": {Windows{yearEnd, weekend}, "2026-12-26T00:00", false,
			[]string{`frozen by "year-end" since 2026-12-20 00:00 CET, until 2027-01-04 09:00 CET`,
				`frozen by "weekend" since 2026-12-25 18:00 UTC, until 2027-01-04 08:00 UTC`}, "2027-01-04T08:00"},
		"in a promotion window it is open until its end": {Windows{nightly}, "2026-05-05T23:30", true,
			[]string{`the promotion window "nightly" is open since 2026-05-05 22:00 UTC, until 2026-05-06 02:00 UTC`}, "2026-05-06T02:00"},
		"outside promotion windows it is closed, and the next is named": {Windows{nightly, morning}, "2026-05-05T03:00", false,
			[]string{`no promotion window is open since 2026-05-05 04:00 CEST; "morning" opens at 2026-05-05 06:00 CEST`}, "2026-05-05T04:00"},
		"a freeze wins over a promotion window": {Windows{nightly, weekend}, "2026-05-08T23:00", false,
			[]string{`frozen by "weekend" since 2026-05-08 18:00 UTC, until 2026-05-11 08:00 UTC`,
				`the promotion window "nightly" is open since 2026-05-08 22:00 UTC, until 2026-05-09 02:00 UTC`}, "2026-05-11T22:00"},
		"what closes first is next": {Windows{weekend, parsed(t, Promotion, "day", "0 9 * * *", "12h", "UTC")}, "2026-05-08T10:00", true,
			[]string{`the promotion window "day" is open since 2026-05-08 09:00 UTC, until 2026-05-08 21:00 UTC`}, "2026-05-08T18:00"},
		"a freeze without end has none": {Windows{always}, "2026-05-05T05:05", false,
			[]string{`frozen by "always" for more than a year, for more than another year`}, ""},
		"a promotion window without end has none": {Windows{parsed(t, Promotion, "open", "0 0 1 * *", "8784h", "UTC")}, "2026-05-05T05:05", true,
			[]string{`the promotion window "open" is open for more than a year, for more than another year`}, ""},
		"promotion windows that freezes always cover never open": {Windows{nightly, parsed(t, Freeze, "nights", "0 22 * * *", "4h", "UTC")}, "2026-05-05T05:05", false,
			[]string{`no promotion window is open since 2026-05-05 02:00 UTC; "nightly" opens at 2026-05-05 22:00 UTC`}, ""},
		"a freeze that does not come within a year":    {Windows{leap}, "2026-05-05T05:05", true, nil, ""},
		"a freeze that comes exactly a year later":     {Windows{leap}, "2027-02-28T00:00", true, nil, "2028-02-29T00:00"},
		"a freeze that comes a minute later than that": {Windows{parsed(t, Freeze, "noon", "0 12 29 2 *", "24h", "UTC")}, "2027-02-28T11:59", true, nil, ""},
		"London: a day that begins in the evening of UTC, on the evening when clocks have changed": {Windows{parsed(t, Freeze, "w", "30 0 30 3 *", "1h", "Europe/London")}, "2026-03-29T23:45", false,
			[]string{`frozen by "w" since 2026-03-30 00:30 BST, until 2026-03-30 01:30 BST`}, "2026-03-30T00:30"},
		"a promotion window that does not come within a year": {Windows{parsed(t, Promotion, "leap", "0 0 29 2 *", "24h", "UTC")}, "2026-05-05T05:05", false,
			[]string{"no promotion window is open for more than a year, and none opens within a year"}, ""},
		"windows that touch are one": {Windows{parsed(t, Freeze, "am", "0 0 * * *", "12h", "UTC"), parsed(t, Freeze, "pm", "0 12 1 * *", "12h", "UTC")}, "2026-05-01T05:00", false,
			[]string{`frozen by "am" since 2026-05-01 00:00 UTC, until 2026-05-02 12:00 UTC`}, "2026-05-02T12:00"},
		"starts of one window that overlap are one": {Windows{parsed(t, Freeze, "week", "0 0 * * 1-5", "30h", "UTC")}, "2026-05-06T00:00", false,
			[]string{`frozen by "week" since 2026-05-04 00:00 UTC, until 2026-05-09 06:00 UTC`}, "2026-05-09T06:00"},
		"Berlin: four hours of elapsed time in spring": {Windows{parsed(t, Freeze, "w", "0 1 29 3 *", "4h", "Europe/Berlin")}, "2026-03-29T00:00", false,
			[]string{`frozen by "w" since 2026-03-29 01:00 CET, until 2026-03-29 06:00 CEST`}, "2026-03-29T04:00"},
		"Berlin: four hours of elapsed time in autumn": {Windows{parsed(t, Freeze, "w", "0 1 25 10 *", "4h", "Europe/Berlin")}, "2026-10-25T00:30", false,
			[]string{`frozen by "w" since 2026-10-25 01:00 CEST, until 2026-10-25 04:00 CET`}, "2026-10-25T03:00"},
		"Berlin: a freeze from a time that comes twice holds from the first to the end of the second": {
			Windows{parsed(t, Freeze, "w", "30 2 25 10 *", "1h", "Europe/Berlin")}, "2026-10-25T01:45", false,
			[]string{`frozen by "w" since 2026-10-25 02:30 CEST, until 2026-10-25 03:30 CET`}, "2026-10-25T02:30"},
		"Berlin: a freeze from a time that does not exist": {Windows{parsed(t, Freeze, "w", "30 2 29 3 *", "1h", "Europe/Berlin")}, "2026-03-29T01:00", false,
			[]string{`frozen by "w" since 2026-03-29 03:00 CEST, until 2026-03-29 04:00 CEST`}, "2026-03-29T02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.windows.At(at(t, test.now))
			var because []string
			for _, reason := range got.Because {
				because = append(because, reason.String())
			}
			next := ""
			if !got.Next.IsZero() {
				next = got.Next.Format("2006-01-02T15:04")
			}
			if got.Open != test.open || next != test.next {
				t.Errorf("open %t until %q; want %t until %q", got.Open, next, test.open, test.next)
			}
			if diff := cmp.Diff(test.because, because); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheZoneOfTheCallerMakesNoDifference(t *testing.T) {
	windows := Windows{parsed(t, Freeze, "w", "0 0 * * *", "1h", "Asia/Kolkata")}
	now := at(t, "2026-05-05T18:45")
	if diff := cmp.Diff(windows.At(now), windows.At(now.In(time.FixedZone("x", -9*3600)))); diff != "" {
		t.Error(diff)
	}
}

func TestAWindowThatNobodyCheckedKeepsEverythingClosed(t *testing.T) {
	for _, w := range []Window{{}, {Kind: Promotion, Name: "by hand"}, {Kind: Freeze, Name: "by hand", Schedule: "0 0 1 1 *", Duration: time.Hour}} {
		d := Windows{w}.At(at(t, "2026-05-05T05:05"))
		if d.Open || len(d.Because) != 1 || !strings.Contains(d.Because[0].String(), "was not checked") {
			t.Errorf("%+v: got %+v", w, d)
		}
	}
}

func TestTimesBeyondAllCalendarsAreAnswered(t *testing.T) {
	windows := Windows{parsed(t, Freeze, "w", "0 0 * * *", "1h", "Europe/Berlin")}
	for _, now := range []time.Time{{}, time.Unix(-1<<62, 0), time.Unix(1<<62, 0)} {
		windows.At(now)
	}
}
