package records

import (
	"maps"
	"slices"
)

// unit is what the facts about a model come to.
type unit struct {
	number   uint32
	releases map[string]release // by digest
	moments  []moment           // what ran from when on, and how it was
	current  string             // the digest of what runs; empty for nothing
	watched  bool               // somebody looks how it is
	parked   bool               // no replica may run
	unsure   bool               // facts were lost, and another release may run
}

// release is how one was when it ran here last.
type release struct {
	digest, id string
	order      int  // counts releases as they began to run
	since      when // healthy without a break
	failed     when
	drifted    when
	until      when // it was replaced
	wasHealthy bool // also when it ran before

	evaluations map[string]evaluated // by name; replaced as a whole
}

// when is the time that a fact claims, and which fact. The zero value is never.
type when struct {
	at       int64 // milliseconds since 1970
	sequence uint64
}

// moment is a change of what runs, or of how it is.
type moment struct {
	when
	digest string // shared with the release; empty for nothing
	commit objectID
	state  Kind // Applied, Healthy, Degraded, Suspended or Pruned
}

func newUnit() *unit { return &unit{releases: map[string]release{}} }

func (u *unit) clone() *unit {
	c := *u
	c.releases, c.moments = maps.Clone(u.releases), slices.Clip(u.moments)
	return &c
}

// tell takes up a fact. What a fact of another release than the one that runs says of health is old, and changes nothing.
func (u *unit) tell(f Fact) {
	at := when{f.Time.UnixMilli(), f.Sequence}
	switch f.Kind {
	case Applied:
		u.applied(f, at)
	case RolledBack:
		u.rolledBack(f, at)
	case Healthy:
		u.healthy(f, at)
	case Degraded:
		u.degraded(f, at)
	case Drifted:
		u.change(u.current, func(r *release) { r.drifted = at })
	case Refused, Suspended:
		u.watched = false
		u.note(at, f, Suspended)
	case Pruned:
		u.change(u.current, func(r *release) { r.until, r.since = at, when{} })
		u.current, u.watched, u.parked = "", false, false
		u.note(at, f, Pruned)
	case Evaluated:
		u.evaluated(f)
	}
}

// change changes a release that ran here.
func (u *unit) change(digest string, change func(r *release)) {
	if r, ok := u.releases[digest]; ok {
		change(&r)
		u.releases[digest] = r
	}
}

// note remembers what runs now.
func (u *unit) note(at when, f Fact, state Kind) {
	m := moment{when: at, state: state, digest: u.releases[u.current].digest}
	if f.Data.Source != nil {
		m.commit, _ = parseID(f.Data.Source.Commit)
	}
	if m.commit == (objectID{}) && len(u.moments) > 0 {
		m.commit = u.moments[len(u.moments)-1].commit
	}
	u.moments = append(u.moments, m)
}

// run has a release run from now on, if another one did.
func (u *unit) run(digest, id string, at when) {
	if digest == u.current {
		return
	}
	u.change(u.current, func(r *release) { r.until = at })
	r := u.releases[digest] // what failed when it ran before is not forgotten
	if r.digest == "" {
		r.digest = digest
	}
	if id != "" {
		r.id = id
	}
	r.order, r.since, r.until = len(u.moments)+1, when{}, when{}
	u.releases[digest], u.current = r, digest
}

func (u *unit) applied(f Fact, at when) {
	if f.Data.Release == nil {
		return
	}
	u.run(f.Data.Release.Digest, f.Data.Release.ID, at)
	u.parked, u.unsure = f.Data.Parked, false
	if u.parked {
		u.change(u.current, func(r *release) { r.since = when{} })
	}
	u.note(at, f, Applied)
}

func (u *unit) rolledBack(f Fact, at when) {
	if f.Data.Rollback == nil {
		return
	}
	u.change(f.Data.Rollback.From, func(r *release) { r.failed, r.since = at, when{} })
	u.run(f.Data.Rollback.To, "", at)
	u.note(at, f, Applied)
}

// healthy believes what is said of the release that runs.
func (u *unit) healthy(f Fact, at when) {
	if f.Data.Release == nil || u.parked || f.Data.Health != nil && f.Data.Health.Status != string(Healthy) {
		return
	}
	digest := f.Data.Release.Digest
	if digest != u.current && !u.unsure && u.current != "" {
		return
	}
	u.run(digest, f.Data.Release.ID, at)
	u.watched, u.unsure = true, false
	u.change(digest, func(r *release) {
		if r.since == (when{}) {
			r.since = at
		}
		r.wasHealthy = true
	})
	u.note(at, f, Healthy)
}

// degraded believes what is said of any release: what failed, failed.
func (u *unit) degraded(f Fact, at when) {
	digest := u.current
	if f.Data.Release != nil {
		digest = f.Data.Release.Digest
	}
	u.change(digest, func(r *release) {
		r.failed = at
		if r.until == (when{}) {
			r.since = when{}
		}
	})
	if digest == u.current {
		u.note(at, f, Degraded)
	}
}

// lose forgets what runs: a failure may be among the facts that were lost, or another release.
func (u *unit) lose() {
	u.unsure = true
	u.change(u.current, func(r *release) { r.since = when{} })
}
