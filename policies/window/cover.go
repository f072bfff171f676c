package window

import "math"

// day is what is true of each minute of one day of UTC: a word of sixty bits for each hour.
type day [24]uint64

// cover adds the minutes of a day during which the window holds. Days are covered in order; what started before
// the first of them is told by rewind.
func (r *reader) cover(n int64, d *day) {
	*r.days++
	begin := n * dayMinutes
	if r.until <= begin && r.quiet(n) {
		return
	}
	for h := range d {
		hour := begin + int64(h)*60
		starts := r.starts(n*24 + int64(h))
		d[h] |= span(0, r.left(hour)) | stretched(starts, r.duration)
		if starts != 0 {
			r.until = max(r.until, hour+highest(starts)+r.duration)
		}
	}
}

// left is how many minutes of what started before are left.
func (r *reader) left(minute int64) int64 {
	if r.until <= minute {
		return 0
	}
	return r.until - minute
}

// rewind prepares for cover to begin with a day. It returns the last start before the day that holds in it,
// or up to it.
func (r *reader) rewind(n int64) (last int64, ok bool) {
	r.until = math.MinInt64
	begin := n * dayMinutes
	last, ok = r.lastStart(begin, begin-r.duration)
	if ok {
		r.until = last + r.duration
	}
	return last, ok
}

// stretched makes each bit as long as a duration, up to the end of the hour.
func stretched(word uint64, duration int64) uint64 {
	duration = min(duration, 60)
	for long := int64(1); long < duration; {
		more := min(long, duration-long)
		word |= word << more
		long += more
	}
	return word & hourBits
}

// lastHole is the last minute up to one, counted from the begin of the day, that is not covered.
func (d *day) lastHole(upTo int64) (int64, bool) {
	for h := upTo / 60; h >= 0; h-- {
		if holes := ^d[h] & span(0, upTo-h*60+1); holes != 0 {
			return h*60 + highest(holes), true
		}
	}
	return 0, false
}
