package window

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/problem"
)

var good = Spec{Kind: Freeze, Name: "year-end", Schedule: "0 0 20 12 *", Duration: "336h", TimeZone: "Europe/Berlin"}

func TestAGoodWindowIsWhatItsSpecSays(t *testing.T) {
	w, problems := Parse(good)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if w.Kind != Freeze || w.Name != "year-end" || w.Schedule != "0 0 20 12 *" || w.Duration != 14*24*time.Hour || w.TimeZone != "Europe/Berlin" {
		t.Errorf("got %+v", w)
	}
}

func TestWhatAWindowMaySay(t *testing.T) {
	for _, change := range []func(*Spec){
		func(s *Spec) { s.Kind = Promotion },
		func(s *Spec) { s.Name = "Année fiscale 2026 (fin)" },
		func(s *Spec) { s.Schedule = "  0   9-17/2  ?  JAN-mar,12  mon-FRI " },
		func(s *Spec) { s.Schedule = "5/10 * * * *" },
		func(s *Spec) { s.Schedule = "0 0 29 2 *" },
		func(s *Spec) { s.Schedule = "0 0 30 2 1" }, // each Monday in February
		func(s *Spec) { s.Schedule = "0 0 31 4,5 *" },
		func(s *Spec) { s.Duration = "1m" },
		func(s *Spec) { s.Duration = "8784h" },
		func(s *Spec) { s.Duration = "1h30m" },
		func(s *Spec) { s.TimeZone = "UTC" },
		func(s *Spec) { s.TimeZone = "America/Argentina/Buenos_Aires" },
		func(s *Spec) { s.TimeZone = "Etc/GMT+5" },
		func(s *Spec) { s.TimeZone = "America/Port-au-Prince" },
	} {
		spec := good
		change(&spec)
		if _, problems := Parse(spec); len(problems) > 0 {
			t.Errorf("%+v: %v", spec, problems)
		}
	}
}

func TestWhatAWindowMustNotSay(t *testing.T) {
	const five = "write minute, hour, day of month, month and day of week (0 to 6, 0 is Sunday), such as 0 22 * * 5"
	for _, test := range []struct {
		field, value, rule, message, mend string
	}{
		{"kind", "", "MissingField", "the kind of the window is missing", "say kind: Freeze or kind: Promotion"},
		{"kind", "freeze", "InvalidValue", `found the kind "freeze"; expected Freeze or Promotion`, "correct the kind"},
		{"name", " ", "MissingField", "the name of the window is missing", "give it a name, which reports will show"},
		{"name", "a\nb", "InvalidValue", `found the name "a\nb"; expected at most 100 printable characters`, "choose a shorter, plain name"},
		{"name", "a\u202eb", "InvalidValue", `found the name "a\u202eb"; expected at most 100 printable characters`, "choose a shorter, plain name"},
		{"name", strings.Repeat("é", 101), "InvalidValue",
			`found the name "` + strings.Repeat("é", 80) + `…"; expected at most 100 printable characters`, "choose a shorter, plain name"},

		{"schedule", "", "MissingField", "the schedule of the window is missing", "say when it starts, such as schedule: 0 22 * * 5"},
		{"schedule", "0 22 * *", "InvalidSchedule", `the schedule "0 22 * *" has the wrong number of fields, 4; expected 5`, five},
		{"schedule", "0 0 22 * * 5", "InvalidSchedule", `the schedule "0 0 22 * * 5" has the wrong number of fields, 6; expected 5`, five},
		{"schedule", "@daily", "InvalidSchedule", `the schedule "@daily" is a name`, "write its five fields; @daily is 0 0 * * *"},
		{"schedule", " @every 1h", "InvalidSchedule", `the schedule " @every 1h" is a name`, "write its five fields; @daily is 0 0 * * *"},
		{"schedule", "TZ=UTC", "InvalidSchedule", `the schedule "TZ=UTC" names a time zone`, "move it to timeZone"},
		{"schedule", "CRON_TZ=Asia/Tokyo 0 0 * * *", "InvalidSchedule", `the schedule "CRON_TZ=Asia/Tokyo 0 0 * * *" names a time zone`, "move it to timeZone"},
		{"schedule", "0 24 * * *", "InvalidSchedule", `"0 24 * * *" is not a schedule: end of range (24) above maximum (23): 24`, five},
		{"schedule", "60 0 * * *", "InvalidSchedule", `"60 0 * * *" is not a schedule: end of range (60) above maximum (59): 60`, five},
		{"schedule", "0 0 0 * *", "InvalidSchedule", `"0 0 0 * *" is not a schedule: beginning of range (0) below minimum (1): 0`, five},
		{"schedule", "0 0 * * 7", "InvalidSchedule", `"0 0 * * 7" is not a schedule: end of range (7) above maximum (6): 7`, five},
		{"schedule", "0 17-9 * * *", "InvalidSchedule", `"0 17-9 * * *" is not a schedule: beginning of range (17) beyond end of range (9): 17-9`, five},
		{"schedule", "*/0 * * * *", "InvalidSchedule", `"*/0 * * * *" is not a schedule: step of range should be a positive number: */0`, five},
		{"schedule", "0 0 * foo *", "InvalidSchedule", `"0 0 * foo *" is not a schedule: failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax`, five},
		{"schedule", "0 0 , * *", "InvalidSchedule", `in the schedule "0 0 , * *", the day of month is ",", which is not one`, five},
		{"schedule", "0 1,,2 * * *", "InvalidSchedule", `in the schedule "0 1,,2 * * *", the hour is "1,,2", which is not one`, five},
		{"schedule", "0 *-5 * * *", "InvalidSchedule", `in the schedule "0 *-5 * * *", the hour is "*-5", which is not one`, five},
		{"schedule", "+3 0 * * *", "InvalidSchedule", `in the schedule "+3 0 * * *", the minute is "+3", which is not one`, five},
		{"schedule", "0 0 * * L", "InvalidSchedule", `in the schedule "0 0 * * L", the day of week is "L", which is not one`, five},
		{"schedule", "0\t0 * * * 1", "InvalidSchedule", `in the schedule "0\t0 * * * 1", the minute is "0\t0", which is not one`, five},
		{"schedule", "*/90 * * * *", "InvalidSchedule", `in the schedule "*/90 * * * *", the minute has the step 90, but it has only 60 values, ` +
			"so it would mean something else than every 90", "name the values one by one"},
		{"schedule", "0 */24 * * *", "InvalidSchedule", `in the schedule "0 */24 * * *", the hour has the step 24, but it has only 24 values, ` +
			"so it would mean something else than every 24", "name the values one by one"},
		{"schedule", strings.Repeat("1,", 100) + "1 * * * *", "InvalidSchedule", "the schedule has 209 characters; expected 200 at most", "use ranges and steps, or several windows"},
		{"schedule", "0 0 30 2 *", "NeverStarts", `the schedule "0 0 30 2 *" names a date that never comes`, "choose a day that the month has"},
		{"schedule", "0 0 31 2,4,6,9,11 ?", "NeverStarts", `the schedule "0 0 31 2,4,6,9,11 ?" names a date that never comes`, "choose a day that the month has"},

		{"duration", "", "MissingField", "the duration of the window is missing", "say how long it holds, such as duration: 4h"},
		{"duration", "2d", "InvalidDuration", `"2d" is not a duration`, "write hours and minutes, such as 36h or 1h30m; two days are 48h"},
		{"duration", "0h", "InvalidDuration", "the duration is 0h; expected more than nothing", "write hours and minutes, such as 36h or 1h30m; two days are 48h"},
		{"duration", "-1h", "InvalidDuration", "the duration is -1h; expected more than nothing", "write hours and minutes, such as 36h or 1h30m; two days are 48h"},
		{"duration", "90s", "InvalidDuration", "the duration is 90s; expected whole minutes", "write hours and minutes, such as 36h or 1h30m; two days are 48h"},
		{"duration", "8785h", "InvalidDuration", "the duration is 8785h; expected a year at most, which is 8784h", "write hours and minutes, such as 36h or 1h30m; two days are 48h"},

		{"timeZone", "", "MissingField", "the time zone of the window is missing", "say timeZone: UTC or such as timeZone: Europe/Berlin"},
		{"timeZone", "Europe/Berln", "UnknownTimeZone", zoneMessage("Europe/Berln"), "look it up in the IANA time zone database"},
		{"timeZone", "Local", "UnknownTimeZone", zoneMessage("Local"), "look it up in the IANA time zone database"},
		{"timeZone", "EST", "UnknownTimeZone", zoneMessage("EST"), "look it up in the IANA time zone database"},
		{"timeZone", "right/Europe/Berlin", "UnknownTimeZone", zoneMessage("right/Europe/Berlin"), "look it up in the IANA time zone database"},
		{"timeZone", "posix/UTC", "UnknownTimeZone", zoneMessage("posix/UTC"), "look it up in the IANA time zone database"},
		{"timeZone", "Europe/../Europe/Berlin", "UnknownTimeZone", zoneMessage("Europe/../Europe/Berlin"), "look it up in the IANA time zone database"},
		{"timeZone", "/etc/localtime", "UnknownTimeZone", zoneMessage("/etc/localtime"), "look it up in the IANA time zone database"},
		{"timeZone", "America/Argentina", "UnknownTimeZone", zoneMessage("America/Argentina"), "look it up in the IANA time zone database"},
	} {
		want := problem.List{{Field: test.field, Rule: test.rule, Message: test.message, Mend: test.mend}}
		w, got := Parse(with(good, test.field, test.value))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %q: %s", test.field, test.value, diff)
		}
		if w != (Window{}) {
			t.Errorf("%s %q: got a window beside the problem", test.field, test.value)
		}
	}
}

func zoneMessage(name string) string {
	return fmt.Sprintf("there is no time zone %q; expected UTC or an area and a city, such as Europe/Berlin", name)
}

// with is a spec with another value in one field.
func with(spec Spec, field, value string) Spec {
	switch field {
	case "kind":
		spec.Kind = Kind(value)
	case "name":
		spec.Name = value
	case "schedule":
		spec.Schedule = value
	case "duration":
		spec.Duration = value
	case "timeZone":
		spec.TimeZone = value
	}
	return spec
}

func TestEveryProblemOfAWindowIsReportedAtOnce(t *testing.T) {
	_, problems := Parse(Spec{})
	var fields []string
	for _, p := range problems {
		fields = append(fields, p.Field)
	}
	if diff := cmp.Diff([]string{"kind", "name", "schedule", "duration", "timeZone"}, fields); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsOfSeveralWindowsNameTheWindow(t *testing.T) {
	bad := with(good, "duration", "0")
	windows, problems := ParseAll("params.windows", []Spec{with(good, "name", "other"), good, bad})
	want := problem.List{
		{Field: "params.windows[2].duration", Rule: "InvalidDuration", Message: "the duration is 0; expected more than nothing",
			Mend: "write hours and minutes, such as 36h or 1h30m; two days are 48h"},
		{Field: "params.windows[2].name", Rule: "DuplicateValue", Message: `the name "year-end" is that of params.windows[1] already`,
			Mend: "give each window a name of its own"},
	}
	if diff := cmp.Diff(want, problems); diff != "" || windows != nil {
		t.Errorf("%s and windows %v", diff, windows)
	}
}

func TestTooManyWindowsAreRefused(t *testing.T) {
	_, problems := ParseAll("windows", make([]Spec, MaxWindows+1))
	want := problem.List{{Field: "windows", Rule: "TooLarge", Message: "there are 101 windows; expected 100 at most", Mend: "merge some of them"}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}
