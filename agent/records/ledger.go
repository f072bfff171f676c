package records

import (
	"maps"
	"slices"
	"time"
)

// Ledger is what was verified of a branch, as far as questions need it: for each fact a few bytes, and what follows from all
// of them for each model. It does not change once it is returned, and may be read by several goroutines. The facts
// themselves stay in Git: see Facts.
type Ledger struct {
	opts  Options
	first string
	head  Head

	before  uint64 // number of the last fact that is not in here
	notes   []note // by number
	commits []brought
	keys    []string // fingerprints
	models  []string // by their numbers; the first is the environment
	units   map[string]*unit
	lost    int

	shared *sharing
	own    map[*unit]bool // those that were made for this ledger, and may be changed while it is made
}

// note is a fact.
type note struct {
	at    int64 // milliseconds since 1970
	model uint32
	kind  uint8
}

// brought is a commit.
type brought struct {
	id   objectID
	last uint64 // the number of its last fact
	key  uint8
}

// sharing is how far the arrays behind several ledgers are filled, each of which sees the beginning that it had.
type sharing struct{ notes, commits int }

func newLedger(opts Options) *Ledger {
	return &Ledger{opts: opts, models: []string{""}, units: map[string]*unit{}, shared: &sharing{}, own: map[*unit]bool{}}
}

// clone is a ledger to which facts can be added, while this one stays as it is.
func (l *Ledger) clone() *Ledger {
	c := *l
	c.keys, c.models = slices.Clip(c.keys), slices.Clip(c.models)
	c.units, c.own = maps.Clone(l.units), map[*unit]bool{}
	return &c
}

// add takes up the facts of a commit.
func (l *Ledger) add(facts []Fact, from *link, head Head) {
	if *l.shared != (sharing{len(l.notes), len(l.commits)}) { // another ledger went on from here already
		l.notes, l.commits, l.shared = slices.Clip(l.notes), slices.Clip(l.commits), &sharing{}
	}
	for _, f := range facts {
		u := l.unit(f.Model)
		l.notes = append(l.notes, note{at: f.Time.UnixMilli(), model: u.number, kind: uint8(numberOf(f.Kind))})
		if f.Kind == Lost {
			l.lose(f)
			continue
		}
		u.tell(f)
	}
	l.commits = append(l.commits, brought{id: from.id, last: from.last, key: l.key(from.key)})
	*l.shared = sharing{len(l.notes), len(l.commits)}
	l.head = head
}

// unit is what is known of a model, to be changed.
func (l *Ledger) unit(model string) *unit {
	u := l.units[model]
	if u != nil && l.own[u] {
		return u
	}
	if u != nil {
		u = u.clone()
	} else {
		u = newUnit()
		if model != "" {
			u.number = uint32(len(l.models))
			l.models = append(l.models, model)
		}
	}
	l.units[model], l.own[u] = u, true
	return u
}

// lose forgets what nobody can be sure of any more.
func (l *Ledger) lose(f Fact) {
	l.lost += max(1, f.Data.Lost)
	for _, model := range slices.Sorted(maps.Keys(l.units)) {
		if f.Model == "" || f.Model == model {
			l.unit(model).lose()
		}
	}
}

// key is the place of a fingerprint. There are 32 keys at most: see v1alpha1.Records.
func (l *Ledger) key(fingerprint string) uint8 {
	i := slices.Index(l.keys, fingerprint)
	if i < 0 {
		i = len(l.keys)
		l.keys = append(l.keys, fingerprint)
	}
	return uint8(min(i, 255))
}

// Environment is whose facts these are.
func (l *Ledger) Environment() string { return l.opts.Environment }

// Head is the newest commit that was verified, and its last fact. It can be kept, and be Known to a later Verify.
func (l *Ledger) Head() Head { return l.head }

// FirstCommit is what the branch begins with; empty where the Ledger does not go back to there.
func (l *Ledger) FirstCommit() string { return l.first }

// Len is how many facts are in the Ledger, and Commits how many commits brought them.
func (l *Ledger) Len() int { return len(l.notes) }

// Commits is how many commits there are.
func (l *Ledger) Commits() int { return len(l.commits) }

// LostFacts is how many facts were dropped before they could be written.
func (l *Ledger) LostFacts() int { return l.lost }

// Keys are the fingerprints of the keys that signed, in the order of their first commits.
func (l *Ledger) Keys() []string { return slices.Clone(l.keys) }

// Models are those that facts are about, by their names.
func (l *Ledger) Models() []string { return slices.Sorted(slices.Values(l.models[1:])) }

// Began is when the first fact of the Ledger happened; zero if there is none.
func (l *Ledger) Began() time.Time {
	if len(l.notes) == 0 {
		return time.Time{}
	}
	return time.UnixMilli(l.notes[0].at).UTC()
}
