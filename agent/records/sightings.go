package records

import (
	"slices"
	"sort"
	"time"
)

// Sightings are when a reader looked at a branch, by the reader's own clock, and what was there. A fact that was not there
// at a look happened after it, whatever it claims. The zero value has seen nothing, and believes all claims. It can be kept
// as JSON, of some 20 KiB.
type Sightings struct {
	// First is the first commit of the branch: a branch that was begun anew was never looked at.
	First string `json:"first,omitempty"`
	// Looks are in the order of time.
	Looks []Look `json:"looks,omitempty"`
}

// Look is the last one at which a fact was the newest; or several, of which the numbers of the first and the time of the last
// are remembered, so that facts in between seem younger than they are, and never older.
type Look struct {
	// Sequence of the newest fact, and At when that was seen last.
	Sequence uint64    `json:"sequence"`
	At       time.Time `json:"at"`
	// From is the time of the first look, if there are several.
	From time.Time `json:"from,omitzero"`
}

func (l Look) from() time.Time {
	if l.From.IsZero() {
		return l.At
	}
	return l.From
}

const (
	// Looks are kept so close that what they tell of a fact is at most one part in so many of its age too late.
	fineness = 20
	// finest is how close looks are kept at most.
	finest = time.Minute
	// oldestLook is the age from which on a claim is believed: no policy asks for more.
	oldestLook = 400 * 24 * time.Hour
)

// See is what is known after one more look. A look belongs to each time when the branch was found to be as it was, or grown,
// and verified; also when nothing is new.
func (s Sightings) See(l *Ledger, now time.Time) Sightings {
	now = wholeTime(now)
	if first := l.FirstCommit(); s.First != first && first != "" {
		s = Sightings{First: first}
	}
	looks := slices.Clone(s.Looks)
	for i := range looks {
		if looks[i].At.After(now) {
			looks[i].At, looks[i].From = now, time.Time{} // the clock was wrong
		}
	}
	if sequence := l.Head().Sequence; len(looks) > 0 && looks[len(looks)-1].Sequence >= sequence {
		looks[len(looks)-1].At = now
	} else {
		looks = append(looks, Look{Sequence: sequence, At: now})
	}
	s.Looks = thinned(looks, now)
	return s
}

// thinned joins looks that are so close to each other that it makes little difference, and leaves out the oldest. The last
// one stays by itself.
func thinned(looks []Look, now time.Time) []Look {
	kept := looks[:0]
	for i, look := range looks {
		last := len(kept) - 1
		switch {
		case i+1 < len(looks) && now.Sub(looks[i+1].At) > oldestLook:
			continue // the one after it is old enough
		case i == len(looks)-1 || last < 0 || look.At.Sub(kept[last].from()) > gap(now.Sub(look.At)):
			kept = append(kept, look)
		default:
			kept[last].From, kept[last].At = kept[last].from(), look.At
		}
	}
	return kept
}

// gap is how far looks of an age are kept apart.
func gap(age time.Duration) time.Duration { return max(finest, age/fineness) }

// After is the last look at which a fact was not there; zero if there is none.
func (s Sightings) After(sequence uint64) time.Time {
	i := sort.Search(len(s.Looks), func(i int) bool { return s.Looks[i].Sequence >= sequence })
	if i == 0 {
		return time.Time{}
	}
	return s.Looks[i-1].At
}

// timeOf is when something happened at the earliest; nil for never.
func (s Sightings) timeOf(w when) *time.Time {
	if w == (when{}) {
		return nil
	}
	at := time.UnixMilli(w.at).UTC()
	if after := s.After(w.sequence); at.Before(after) {
		at = after
	}
	return &at
}
