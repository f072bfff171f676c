package window

import (
	"fmt"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/penstock-dev/penstock/environments/problem"
)

// schedule is a cron expression as sets: bit n stands for the value n. The zero value never starts.
type schedule struct {
	minutes, hours, days, months, weekdays uint64
	// eitherDay: a day needs to be in days or in weekdays; otherwise it must be in both.
	eitherDay bool
}

const (
	star     = 1 << 63   // how robfig/cron marks a field that is * or ?
	allHours = 1<<24 - 1 // every hour of a day
	hourBits = 1<<60 - 1 // every minute of an hour
	longest  = 200       // characters of a schedule
	maxDay   = 1<<32 - 1 // the days of a month, bits 1 to 31
	leapFeb  = 1<<30 - 1 // the days of a February
	thirty   = 1<<31 - 1 // the days of April, June, September, November
)

// field is what stands in each place: items with commas between them. robfig/cron lets pass what nobody
// means (an empty item, *-5, +3), and would panic on some prefixes.
var (
	value = `([0-9]{1,2}|[A-Za-z]{3})`
	item  = `([*?]|` + value + `(-` + value + `)?)(/[0-9]{1,2})?`
	field = regexp.MustCompile(`^` + item + `(,` + item + `)*$`)
)

// spans are how many values each field has, by place.
var spans = [5]int{60, 24, 31, 12, 7}

var places = [5]string{"minute", "hour", "day of month", "month", "day of week"}

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

func parseSchedule(text string) (schedule, *problem.Problem) {
	if strings.TrimSpace(text) == "" {
		return schedule{}, missing("the schedule of the window", "say when it starts, such as schedule: 0 22 * * 5")
	}
	if bad := checkSyntax(text); bad != nil {
		return schedule{}, bad
	}
	parsed, err := parser.Parse(text)
	if err != nil {
		return schedule{}, invalidSchedule(fmt.Sprintf("%q is not a schedule: %v", text, err), fiveFields)
	}
	spec := parsed.(*cron.SpecSchedule)
	s := schedule{
		minutes: spec.Minute &^ star, hours: spec.Hour &^ star, months: spec.Month &^ star,
		days: spec.Dom &^ star, weekdays: spec.Dow &^ star,
		eitherDay: spec.Dom&star == 0 && spec.Dow&star == 0,
	}
	if s.never() {
		return schedule{}, &problem.Problem{Rule: NeverStarts, Mend: "choose a day that the month has",
			Message: fmt.Sprintf("the schedule %q names a date that never comes", text)}
	}
	return s, nil
}

const fiveFields = "write minute, hour, day of month, month and day of week (0 to 6, 0 is Sunday), such as 0 22 * * 5"

func invalidSchedule(message, mend string) *problem.Problem {
	return &problem.Problem{Rule: InvalidSchedule, Message: message, Mend: mend}
}

// checkSyntax refuses what is not five fields, before robfig/cron sees it.
func checkSyntax(text string) *problem.Problem {
	fields := strings.Split(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }), " "), " ")
	switch {
	case len(text) > longest:
		return invalidSchedule(fmt.Sprintf("the schedule has %d characters; expected %d at most", len(text), longest), "use ranges and steps, or several windows")
	case strings.Contains(text, "TZ="):
		return invalidSchedule(fmt.Sprintf("the schedule %q names a time zone", short(text)), "move it to timeZone")
	case strings.HasPrefix(strings.TrimSpace(text), "@"):
		return invalidSchedule(fmt.Sprintf("the schedule %q is a name", short(text)), "write its five fields; @daily is 0 0 * * *")
	case len(fields) != len(spans):
		return invalidSchedule(fmt.Sprintf("the schedule %q has the wrong number of fields, %d; expected 5", short(text), len(fields)), fiveFields)
	}
	for i, f := range fields {
		if !field.MatchString(f) {
			return invalidSchedule(fmt.Sprintf("in the schedule %q, the %s is %q, which is not one", text, places[i], f), fiveFields)
		}
		if step := longStep(f, spans[i]); step != "" {
			return invalidSchedule(fmt.Sprintf("in the schedule %q, the %s has the step %s, but it has only %d values, "+
				"so it would mean something else than every %s", text, places[i], step, spans[i], step), "name the values one by one")
		}
	}
	return nil
}

// longStep finds a step that is longer than the field: */90 minutes would be every hour.
func longStep(field string, span int) string {
	for _, item := range strings.Split(field, ",") {
		if _, step, ok := strings.Cut(item, "/"); ok {
			if n, err := strconv.Atoi(step); err != nil || n >= span {
				return step
			}
		}
	}
	return ""
}

// never reports whether every date that the schedule names is one like 30 February.
func (s schedule) never() bool {
	if s.eitherDay {
		return false
	}
	for month := range 13 {
		if s.months>>month&1 == 1 && s.days&daysOf(time.Month(month)) != 0 {
			return false
		}
	}
	return true
}

// daysOf is the set of days that a month can have.
func daysOf(month time.Month) uint64 {
	switch month {
	case time.February:
		return leapFeb
	case time.April, time.June, time.September, time.November:
		return thirty
	}
	return maxDay
}

// everyHour: the schedule starts in each hour of its days.
func (s schedule) everyHour() bool { return s.hours == allHours }

// day reports whether the schedule starts on a day of the calendar, counted from 1 January 1970.
func (s schedule) day(n int64) bool {
	_, month, day := time.Unix(n*86400, 0).UTC().Date()
	if s.months>>month&1 == 0 {
		return false
	}
	inMonth, inWeek := s.days>>day&1 == 1, s.weekdays>>modulo(n+4, 7)&1 == 1 // that day was a Thursday
	if s.eitherDay {
		return inMonth || inWeek
	}
	return inMonth && inWeek
}

// quotient and modulo are those of Euclid: times before 1970 are negative.
func quotient(a, b int64) int64 { return (a - modulo(a, b)) / b }

func modulo(a, b int64) int64 { return (a%b + b) % b }

// highest is the highest bit that is set, of at least one.
func highest(word uint64) int64 { return int64(63 - bits.LeadingZeros64(word)) }

// lowest is the lowest bit that is set, of at least one.
func lowest(word uint64) int64 { return int64(bits.TrailingZeros64(word)) }
