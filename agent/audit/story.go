package audit

import (
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// Stay is the time that a release ran of a model in an environment, without another one between.
type Stay struct {
	Environment string `json:"environment"`
	Model       string `json:"model"`
	// Release is its short id, and Digest all of it.
	Release string `json:"release"`
	Digest  string `json:"digest"`
	// From is when it was applied, by the fact Sequence, and Until when that ended; absent while it runs.
	From     time.Time  `json:"from"`
	Sequence uint64     `json:"sequence"`
	Until    *time.Time `json:"until,omitempty"`
	// End says how it ended: replaced, rolled back or deleted; empty while it runs. By is the release that came after it.
	End string `json:"end,omitempty"`
	By  string `json:"by,omitempty"`
	// FirstHealthy and LastFailure are absent if it never was so.
	FirstHealthy *time.Time `json:"firstHealthy,omitempty"`
	LastFailure  *time.Time `json:"lastFailure,omitempty"`
	// Soaked is how long it was healthy, in whole seconds, until Until or the time of asking.
	Soaked int64 `json:"soakedSeconds"`
	// Segments are how it was.
	Segments []Segment `json:"segments"`
}

// Segment is a time in which the state was the same.
type Segment struct {
	From  time.Time    `json:"from"`
	Until *time.Time   `json:"until,omitempty"`
	State records.Kind `json:"state"`
}

// story makes stays of the facts about one environment, which are told in their order.
type story struct {
	environment string
	stays       []*Stay
	current     map[string]*Stay // by model
}

func newStory(environment string) *story {
	return &story{environment: environment, current: map[string]*Stay{}}
}

// tell takes up a fact.
func (s *story) tell(f records.Fact) {
	if f.Kind == records.Lost { // what was lost may have been a failure
		for model, stay := range s.current {
			if f.Model == "" || f.Model == model {
				stay.turn(f.Time, records.Lost)
			}
		}
		return
	}
	now := s.current[f.Model]
	switch f.Kind {
	case records.Applied:
		s.run(f, "replaced")
	case records.RolledBack:
		s.run(f, "rolled back")
	case records.Pruned:
		if now != nil {
			now.end(f.Time, "deleted", "")
			delete(s.current, f.Model)
		}
	case records.Healthy:
		if now != nil && now.isOf(f) {
			now.turn(f.Time, records.Healthy)
		}
	case records.Degraded:
		if now != nil && now.isOf(f) {
			now.turn(f.Time, records.Degraded)
		}
	case records.Refused, records.Suspended: // nobody looks how it is
		if now != nil {
			now.turn(f.Time, records.Suspended)
		}
	}
}

// isOf says whether a fact is about the release that runs.
func (s *Stay) isOf(f records.Fact) bool {
	return f.Data.Release == nil || bare(f.Data.Release.Digest) == bare(s.Digest)
}

// run has a release run from now on, if another one did.
func (s *story) run(f records.Fact, how string) {
	if f.Data.Release == nil {
		return
	}
	release := *f.Data.Release
	now := s.current[f.Model]
	if now != nil && now.isOf(f) {
		return
	}
	if now != nil {
		now.end(f.Time, how, release.ID)
	}
	stay := &Stay{Environment: s.environment, Model: f.Model, Release: release.ID, Digest: release.Digest, From: f.Time, Sequence: f.Sequence}
	stay.Segments = []Segment{{From: f.Time, State: records.Applied}}
	s.stays, s.current[f.Model] = append(s.stays, stay), stay
}

// turn begins another segment.
func (s *Stay) turn(at time.Time, state records.Kind) {
	last := &s.Segments[len(s.Segments)-1]
	if state == records.Degraded {
		s.LastFailure = pointer(at)
	}
	if last.State == state {
		return
	}
	if state == records.Healthy && s.FirstHealthy == nil {
		s.FirstHealthy = pointer(at)
	}
	s.close(at)
	s.Segments = append(s.Segments, Segment{From: at, State: state})
}

// close ends the last segment, and counts how long it was healthy.
func (s *Stay) close(at time.Time) {
	last := &s.Segments[len(s.Segments)-1]
	last.Until = pointer(at)
	if last.State == records.Healthy {
		s.Soaked += int64(at.Sub(last.From) / time.Second)
	}
}

func (s *Stay) end(at time.Time, how, by string) {
	s.close(at)
	s.Until, s.End, s.By = pointer(at), how, by
}

// finish counts up to now, for what still runs.
func (s *story) finish(now time.Time) []*Stay {
	for _, stay := range s.current {
		last := stay.Segments[len(stay.Segments)-1]
		if last.State == records.Healthy && now.After(last.From) {
			stay.Soaked += int64(now.Sub(last.From) / time.Second)
		}
	}
	return s.stays
}

// SoakedFor is how long it was healthy.
func (s *Stay) SoakedFor() time.Duration { return time.Duration(s.Soaked) * time.Second }

// bare is a digest without the name of its hash.
func bare(digest string) string { return strings.TrimPrefix(digest, "sha256:") }
