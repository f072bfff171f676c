package window

import (
	"math"
	"time"
)

// Decision is the answer for one moment.
type Decision struct {
	// Open: a change may go out.
	Open bool `json:"open"`
	// Because are the windows behind the answer, freezes first, in the order in which they were given. Without
	// any window there is no reason, and the answer is open.
	Because []Reason `json:"because,omitempty"`
	// Next is when the answer changes next, in UTC; zero when that is not within a year.
	Next time.Time `json:"next,omitzero"`
}

// At decides for a moment.
func (ws Windows) At(now time.Time) Decision {
	decision, _ := ws.decide(now)
	return decision
}

// decide also tells how many days of windows it looked at.
func (ws Windows) decide(now time.Time) (Decision, int) {
	for _, w := range ws {
		if w.zone == nil {
			return Decision{Because: []Reason{{Window: w.Name, Kind: w.Kind}}}, 0
		}
	}
	s := &search{freezes: ws.of(Freeze), promotions: ws.of(Promotion)}
	minute := quotient(clamp(now.Unix()), 60)
	frozen, promoted := s.active(s.freezes, minute), s.active(s.promotions, minute)
	d := Decision{
		Open:    len(frozen) == 0 && (len(promoted) > 0 || len(s.promotions) == 0),
		Because: append(frozen, promoted...),
	}
	if len(s.promotions) > 0 && len(promoted) == 0 {
		d.Because = append(d.Because, s.waiting(minute))
	}
	d.Next = s.next(minute, d.Open)
	return d, s.days
}

// clamp keeps a time in seconds where minutes and days can be counted without overflow: some 100,000 years.
func clamp(seconds int64) int64 { return max(-1<<42, min(seconds, 1<<42)) }

// next is when the answer is no longer what it is.
func (s *search) next(minute int64, open bool) time.Time {
	pick := func(frozen, promoted uint64) uint64 { return promoted &^ frozen }
	if len(s.promotions) == 0 {
		pick = func(frozen, _ uint64) uint64 { return ^frozen }
	}
	if open {
		opens := pick
		pick = func(frozen, promoted uint64) uint64 { return ^opens(frozen, promoted) }
	}
	return instant(s.first(minute, pick))
}

// active gives a reason for each window, all of one kind, that covers a minute.
func (s *search) active(windows Windows, minute int64) []Reason {
	var reasons []Reason
	var until time.Time
	for _, w := range windows {
		if !s.holds(w, minute) {
			continue
		}
		if len(reasons) == 0 {
			until = instant(s.end(windows, minute))
		}
		reasons = append(reasons, Reason{Window: w.Name, Kind: w.Kind, Active: true,
			Since: in(w.zone, instant(s.since(w, minute))), Until: in(w.zone, until)})
	}
	return reasons
}

// end is the first minute that none of the windows covers.
func (s *search) end(windows Windows, minute int64) (int64, bool) {
	one := &search{freezes: windows}
	defer func() { s.days += one.days }()
	return one.first(minute, func(covered, _ uint64) uint64 { return ^covered })
}

// waiting is the reason for being closed outside all promotion windows.
func (s *search) waiting(minute int64) Reason {
	one := &search{promotions: s.promotions}
	defer func() { s.days += one.days }()
	reason := Reason{Kind: Promotion, Since: instant(one.ended(one.promotions, minute))}
	start, ok := one.first(minute, func(_, promoted uint64) uint64 { return promoted })
	reason.Until = instant(start, ok)
	for _, w := range one.promotions {
		if ok && one.holds(w, start) {
			reason.Window, reason.Since, reason.Until = w.Name, in(w.zone, reason.Since), in(w.zone, reason.Until)
			break
		}
	}
	return reason
}

// instant is a minute as a time, or zero when there is none.
func instant(minute int64, ok bool) time.Time {
	if !ok || minute == math.MinInt64 {
		return time.Time{}
	}
	return time.Unix(minute*60, 0).UTC()
}

// in shows a time on the clock of a zone; zero remains zero.
func in(zone *time.Location, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}
