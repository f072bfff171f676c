package window

// year is how far searches go, in minutes.
const year = int64(MaxDuration / 60e9)

// search looks through the time around one moment.
type search struct {
	freezes, promotions Windows
	days                int // how many days of windows were looked at: the measure of the work
}

// first finds the first minute after one, within a year, that pick marks. It is shown, hour by hour, which
// minutes a freeze covers and which a promotion window does.
func (s *search) first(after int64, pick func(frozen, promoted uint64) uint64) (int64, bool) {
	begin := quotient(after+1, dayMinutes)
	freezes, promotions := s.readers(s.freezes, begin), s.readers(s.promotions, begin)
	for n := begin; n*dayMinutes <= after+year; n++ {
		var frozen, promoted day
		for _, r := range freezes {
			r.cover(n, &frozen)
		}
		for _, r := range promotions {
			r.cover(n, &promoted)
		}
		for h := range frozen {
			hour := n*dayMinutes + int64(h)*60
			if found := pick(frozen[h], promoted[h]) & span(after+1-hour, 60); found != 0 {
				minute := hour + lowest(found)
				return minute, minute <= after+year
			}
		}
	}
	return 0, false
}

func (s *search) readers(windows Windows, begin int64) []*reader {
	readers := make([]*reader, len(windows))
	for i, w := range windows {
		readers[i] = w.reader(&s.days)
		readers[i].rewind(begin)
	}
	return readers
}

// holds reports whether a window covers a minute.
func (s *search) holds(w Window, minute int64) bool {
	r := w.reader(&s.days)
	_, ok := r.lastStart(minute+1, minute+1-r.duration)
	return ok
}

// since is the first minute of the stretch that a window has covered without a hole up to one that it covers.
// It is not known when that was more than a year before.
func (s *search) since(w Window, minute int64) (int64, bool) {
	r, limit := w.reader(&s.days), minute-year
	for minute > limit {
		n := quotient(minute, dayMinutes)
		last, ok := r.rewind(n)
		var d day
		r.cover(n, &d)
		if hole, found := d.lastHole(modulo(minute, dayMinutes)); found {
			return n*dayMinutes + hole + 1, true
		}
		if !ok {
			return n * dayMinutes, true
		}
		minute = last // that start covers all that lies between
	}
	return 0, false
}

// ended is when the last of the windows ended that none of them covers, within the year before a minute.
func (s *search) ended(windows Windows, minute int64) (int64, bool) {
	var end int64
	var any bool
	for _, w := range windows {
		r := w.reader(&s.days)
		if last, ok := r.lastStart(minute, minute-year); ok && (!any || last+r.duration > end) {
			end, any = last+r.duration, true
		}
	}
	return end, any
}
