package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// Moment is what ran in an environment at a time.
type Moment struct {
	// Verification is that of the environment.
	Verification *Verification `json:"verification"`
	Environment  string        `json:"environment"`
	// At is the time that was asked for, and Asked how: see ParseTime.
	At    time.Time `json:"at"`
	Asked string    `json:"asked"`
	// Mark is empty if the records hold; see Standing.Mark.
	Mark string `json:"mark,omitempty"`
	// Running are the models, by name.
	Running []Running `json:"running"`
	// Notes are what a reader should know.
	Notes []string `json:"notes,omitempty"`
}

// Running is what ran of a model.
type Running struct {
	Model string `json:"model"`
	// Release is its short id, Digest all of it; Source, Revision and Image are what it consists of.
	Release  string `json:"release"`
	Digest   string `json:"digest"`
	Source   string `json:"source,omitempty"`
	Revision string `json:"revision,omitempty"`
	Image    string `json:"image,omitempty"`
	// Since is when this release began to run here, by the fact Applied.
	Since   *time.Time `json:"since,omitempty"`
	Applied uint64     `json:"applied,omitempty"`
	// Commit asked for what ran.
	Commit string `json:"commit,omitempty"`
	// State is Applied, Healthy, Degraded or Suspended, since StateSince.
	State      records.Kind `json:"state"`
	StateSince time.Time    `json:"stateSince"`
	// RolledBackFrom is the release that failed, if it was taken back.
	RolledBackFrom string `json:"rolledBackFrom,omitempty"`
	// Decisions are those that let the release in and changed its placement since, the newest first.
	Decisions []Decision `json:"decisions,omitempty"`
}

// Decision is who asked for something, who agreed, and what policy said.
type Decision struct {
	Sequence uint64       `json:"sequence"`
	Time     time.Time    `json:"time"`
	Kind     records.Kind `json:"kind"`
	Change   string       `json:"change,omitempty"`
	Verdict  string       `json:"verdict,omitempty"`
	Asked    []Asked      `json:"asked,omitempty"`
	Approved []Approved   `json:"approved,omitempty"`
	Reasons  []string     `json:"reasons,omitempty"`
}

func decisionOf(f records.Fact) Decision {
	d := Decision{Sequence: f.Sequence, Time: f.Time, Kind: f.Kind, Asked: askedBy(f), Approved: approvedBy(f), Reasons: reasons(f.Data.Decision)}
	if f.Data.Decision != nil {
		d.Change, d.Verdict = f.Data.Decision.Change, string(f.Data.Decision.Verdict)
	}
	return d
}

// mostLooked is how far back the story of one release is followed.
const mostLooked = 1000

// At tells what ran in an environment at a time. Asked is how the time was said.
func (a *Auditor) At(ctx context.Context, environment string, at time.Time, asked string, unverified bool) (*Moment, error) {
	if at.After(a.config.Now) {
		return nil, fmt.Errorf("%s is yet to come; now is %s", stamp(at), stamp(a.config.Now))
	}
	v, err := a.rely(ctx, unverified, environment)
	if err != nil {
		return nil, err
	}
	s := v.Standing(environment)
	m := &Moment{Verification: v, Environment: environment, At: at, Asked: asked, Mark: s.Mark()}
	m.note(s)
	tree, err := a.verifiedTree(s)
	if err != nil {
		return nil, err
	}
	running := s.ledger.At(at)
	for _, model := range slices.Sorted(maps.Keys(running)) {
		one, err := a.running(ctx, s, model, running[model], tree)
		if err != nil {
			return nil, fmt.Errorf("tell what ran of %s/%s: %w", environment, model, err)
		}
		m.Running = append(m.Running, one)
	}
	return m, nil
}

// note says what may be missing.
func (m *Moment) note(s *Standing) {
	if s.From == nil || m.At.Before(*s.From) {
		m.Notes = append(m.Notes, fmt.Sprintf("the records of %s begin at %s: what ran before is not told", s.Environment, stampOf(s.From)))
	}
	for _, gap := range s.Lost {
		if !gap.Time.After(m.At) {
			m.Notes = append(m.Notes, fmt.Sprintf("%s were lost before fact %d (%s): what ran may have been another thing meanwhile", counted(gap.Facts, "fact", "facts"), gap.Sequence, stamp(gap.Time)))
		}
	}
	if s.Status == Broken && s.Until != nil && m.At.After(*s.Until) {
		m.Notes = append(m.Notes, fmt.Sprintf("the branch is broken after fact %d of %s: what happened later is not known", s.Facts, stamp(*s.Until)))
	}
}
