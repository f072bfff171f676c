package window

import (
	"math"
	"time"
)

// reader finds the starts of one window. It works in minutes since 1970, in UTC, and remembers which offset
// its zone has there. It belongs to one call of At.
type reader struct {
	schedule
	duration int64 // minutes
	zone     *time.Location
	now      stretch
	asked    int64 // the day of the calendar that was asked for last, and whether the schedule starts on it
	starting bool
	until    int64 // the end of what started before; see cover
	days     *int  // counts the days that were looked at
}

// stretch is the time between two changes of a zone's clocks: [from, to).
type stretch struct {
	from, to       int64
	offset, before int64 // minutes east of UTC in it, and just before it
}

func (w Window) reader(days *int) *reader {
	return &reader{schedule: w.starts, duration: int64(w.Duration / time.Minute), zone: w.zone, until: math.MinInt64, asked: math.MinInt64, days: days}
}

// at is the stretch that holds a minute.
func (r *reader) at(minute int64) stretch {
	if minute >= r.now.from && minute < r.now.to {
		return r.now
	}
	t := time.Unix(minute*60, 0).In(r.zone)
	from, to := t.ZoneBounds()
	s := stretch{from: math.MinInt64, to: math.MaxInt64, offset: offset(t)}
	s.before = s.offset
	if !from.IsZero() {
		s.from, s.before = quotient(from.Unix(), 60), offset(from.Add(-time.Second))
	}
	if !to.IsZero() {
		s.to = max(quotient(to.Unix(), 60), minute+1)
	}
	r.now = s
	return s
}

func offset(t time.Time) int64 {
	_, seconds := t.Zone()
	return quotient(int64(seconds), 60)
}

// starts is the minutes at which the window starts in an hour of UTC.
func (r *reader) starts(hour int64) uint64 {
	begin, word := hour*60, uint64(0)
	for minute := begin; minute < begin+60; {
		s := r.at(minute)
		to := min(s.to, begin+60)
		word |= r.local(begin+s.offset) & span(minute-begin, to-begin)
		if minute == s.from && r.skipped(s) {
			word |= 1 << (minute - begin)
		}
		minute = to
	}
	return word
}

// local is the minutes at which the schedule starts in the sixty minutes from a minute of the wall clock.
func (r *reader) local(wall int64) uint64 {
	hour, rest := quotient(wall, 60), modulo(wall, 60)
	word := r.hour(hour) >> rest
	if rest > 0 { // zones of half an hour
		word |= r.hour(hour+1) << (60 - rest)
	}
	return word & hourBits
}

// hour is the minutes at which the schedule starts in an hour of the calendar, counted from 1 January 1970.
func (r *reader) hour(n int64) uint64 {
	if r.hours>>modulo(n, 24)&1 == 0 || !r.day(quotient(n, 24)) {
		return 0
	}
	return r.minutes
}

// day is schedule.day, and remembers its last answer.
func (r *reader) day(n int64) bool {
	if n != r.asked {
		r.asked, r.starting = n, r.schedule.day(n)
	}
	return r.starting
}

// skipped reports whether a start is among the times that did not exist when the clocks went forward. Days that
// a zone left out when it crossed the date line are such times too.
func (r *reader) skipped(s stretch) bool {
	if r.everyHour() {
		return false
	}
	for wall := s.from + s.before; wall < s.from+s.offset; wall = (quotient(wall, 60) + 1) * 60 {
		end := min((quotient(wall, 60)+1)*60, s.from+s.offset)
		if r.hour(quotient(wall, 60))&span(modulo(wall, 60), modulo(end-1, 60)+1) != 0 {
			return true
		}
	}
	return false
}

// quiet reports whether the window certainly does not start on a day of UTC.
func (r *reader) quiet(day int64) bool {
	*r.days++
	begin := day * dayMinutes
	s := r.at(begin)
	if s.from >= begin || s.to < begin+dayMinutes {
		return false
	}
	first, last := quotient(begin+s.offset, dayMinutes), quotient(begin+dayMinutes-1+s.offset, dayMinutes)
	return !r.day(first) && (first == last || !r.day(last))
}

// lastStart is the last start before a minute, not before limit.
func (r *reader) lastStart(before, limit int64) (int64, bool) {
	for day := quotient(before-1, dayMinutes); (day+1)*dayMinutes > limit; day-- {
		if r.quiet(day) {
			continue
		}
		for hour := day*24 + 23; hour >= day*24; hour-- {
			if word := r.starts(hour) & span(0, before-hour*60); word != 0 {
				start := hour*60 + highest(word)
				return start, start >= limit
			}
		}
	}
	return 0, false
}

const dayMinutes = 24 * 60

// span is the bits [from, to) of an hour; to may lie outside it.
func span(from, to int64) uint64 {
	from, to = max(from, 0), min(to, 60)
	if to <= from {
		return 0
	}
	return (1<<to - 1) &^ (1<<from - 1)
}
