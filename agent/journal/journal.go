package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/penstock-dev/penstock/agent/records"
)

// DefaultLimit is how many bytes of facts are kept unless told, which is about 3,000 facts.
const DefaultLimit = 8 << 20

// Config is what a journal needs to know.
type Config struct {
	// ConfigMaps are those of the agent's own namespace.
	ConfigMaps v1.ConfigMapInterface
	// Name of the agent, which tells its journal from those of others in the namespace.
	Name string
	// Limit is how many bytes of facts are kept; DefaultLimit unless told. Beyond it the oldest give way, and a fact of
	// the kind Lost says how many.
	Limit int
}

// Journal is the facts that are not in Git yet. Make one with Open. All methods may be called at the same time.
type Journal struct {
	config Config
	added  chan struct{}

	writing sync.Mutex // one batch is stored at a time

	mu      sync.Mutex
	next    *appending // gathers while another batch is being stored
	entries []Entry    // by number
	ids     map[string]bool
	last    uint64 // number of the newest entry
	size    int
}

// Entry is a batch of facts about one environment, as it is stored.
type Entry struct {
	// Number orders entries; Facts are at least one.
	Number      uint64
	Environment string
	Facts       []records.Fact

	size int
	uid  types.UID // a number may be given again, an object is not
}

// appending is what several callers have to tell.
type appending struct {
	facts []records.Fact
	done  chan struct{}
	err   error
}

// Open takes up what an earlier agent left.
func Open(ctx context.Context, config Config) (*Journal, error) {
	if config.Limit == 0 {
		config.Limit = DefaultLimit
	}
	j := &Journal{config: config, added: make(chan struct{}, 1), ids: map[string]bool{}}
	entries, err := config.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		j.keep(entry)
	}
	return j, nil
}

// Append stores facts. They are durable when it returns nil. A fact that is stored already, by its id, is not stored
// again; one that is too large is stored as far as it will be written. After an error some may be stored; append them again.
func (j *Journal) Append(ctx context.Context, facts ...records.Fact) error {
	if len(facts) == 0 {
		return nil
	}
	batch, leads := j.join(facts)
	if leads {
		j.writing.Lock()
		j.mu.Lock()
		j.next = nil
		j.mu.Unlock()
		batch.err = j.store(ctx, batch.facts)
		j.writing.Unlock()
		close(batch.done)
		return batch.err
	}
	select {
	case <-batch.done:
		return batch.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join adds facts to the batch that gathers. Whoever begins one has to store it.
func (j *Journal) join(facts []records.Fact) (batch *appending, leads bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.next == nil {
		j.next, leads = &appending{done: make(chan struct{})}, true
	}
	j.next.facts = append(j.next.facts, facts...)
	return j.next, leads
}

// store writes what is not there yet, one entry for each environment.
func (j *Journal) store(ctx context.Context, facts []records.Fact) error {
	byEnvironment, names := j.divide(facts)
	for _, name := range names {
		for chunk := range chunks(byEnvironment[name]) {
			if err := j.create(ctx, name, chunk); err != nil {
				return fmt.Errorf("keeping %d facts about %s in the cluster: %w", len(chunk), name, err)
			}
		}
	}
	if len(names) > 0 {
		select {
		case j.added <- struct{}{}:
		default:
		}
	}
	return j.makeRoom(ctx)
}

// divide sorts out what is there already, and tells the rest by environment, in the order in which they come.
func (j *Journal) divide(facts []records.Fact) (map[string][]records.Fact, []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	all, names, seen := map[string][]records.Fact{}, []string{}, map[string]bool{}
	for _, f := range facts {
		if j.ids[f.ID] || seen[f.ID] {
			continue
		}
		seen[f.ID] = true
		if all[f.Environment] == nil {
			names = append(names, f.Environment)
		}
		all[f.Environment] = append(all[f.Environment], f.Bounded()) // one that no ConfigMap takes would never be stored
	}
	return all, names
}

// create stores one entry under the next free number.
func (j *Journal) create(ctx context.Context, environment string, facts []records.Fact) error {
	j.mu.Lock()
	number := j.last + 1
	j.mu.Unlock()
	entry, err := j.config.create(ctx, Entry{Number: number, Environment: environment, Facts: facts})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.keep(entry)
	return nil
}

// keep takes an entry into memory.
func (j *Journal) keep(entry Entry) {
	j.entries = append(j.entries, entry)
	j.last = max(j.last, entry.Number)
	j.size += entry.size
	for _, f := range entry.Facts {
		j.ids[f.ID] = true
	}
}

// Added tells when there is something new to take.
func (j *Journal) Added() <-chan struct{} { return j.added }

// Pending are the entries of an environment, oldest first.
func (j *Journal) Pending(environment string) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var pending []Entry
	for _, entry := range j.entries {
		if entry.Environment == environment {
			pending = append(pending, entry)
		}
	}
	return pending
}

// Environments are those that have facts pending, sorted, with how many.
func (j *Journal) Environments() map[string]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	counts := map[string]int{}
	for _, entry := range j.entries {
		counts[entry.Environment] += len(entry.Facts)
	}
	return counts
}

// Has says whether a fact is pending.
func (j *Journal) Has(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ids[id]
}

// Drop deletes entries whose facts have arrived where they belong.
func (j *Journal) Drop(ctx context.Context, entries ...Entry) error {
	for _, entry := range entries {
		if err := j.config.delete(ctx, entry); err != nil {
			return fmt.Errorf("dropping facts about %s that are written: %w", entry.Environment, err)
		}
		j.forget(entry)
	}
	return nil
}

func (j *Journal) forget(entry Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := slices.IndexFunc(j.entries, func(e Entry) bool { return e.Number == entry.Number })
	if at < 0 {
		return
	}
	j.size -= j.entries[at].size
	j.entries = slices.Delete(j.entries, at, at+1)
	for _, f := range entry.Facts {
		delete(j.ids, f.ID)
	}
}
