package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
)

// Repository follows one branch. Make one with Open.
type Repository struct {
	cfg   Config
	end   endpoint
	log   *slog.Logger
	store *store
	past  *History

	current atomic.Pointer[Snapshot]

	branches branches
	reads    atomic.Bool // the server has let us read

	polling  sync.Mutex    // held by Poll; guards what follows
	reading  access        // to fetch
	accepted plumbing.Hash // the newest commit that was ever accepted, or zero
	refused  *RewindError  // the rewind that was refused last
	allowed  *RewindError  // the rewind that AllowRewind permits

	pushing sync.Mutex // held by Push and Ask; guards what follows
	writer  writer     // to push
}

// Open checks the configuration and looks at the cache in its Dir. It contacts
// nobody. If the cache holds an accepted commit, that is Current at once, so
// that an agent that restarts while the server is down still knows its tree.
func Open(cfg Config) (*Repository, error) {
	cfg = cfg.withDefaults()
	end, err := cfg.check()
	if err != nil {
		return nil, err
	}
	r := &Repository{
		cfg:      cfg,
		end:      end,
		log:      cfg.Logger.With("url", end.String(), "branch", cfg.Branch),
		accepted: plumbing.NewHash(cfg.LastCommit),
		store:    newStore(filepath.Join(cfg.Dir, storeName), end.String(), cfg.Branch),
	}
	r.past = newHistory(r.store.objects)
	r.reading = access{end: end, dir: cfg.AuthDir}
	r.writer.access = access{end: end, dir: cmp.Or(cfg.PushAuthDir, cfg.AuthDir)}
	if err := r.reading.load(); err != nil {
		return nil, r.explain(context.Background(), r.following(), err)
	}
	err = r.resume()
	r.branches.recall(r.store.recallTips())
	return r, err
}

// resume takes up what an earlier process left, if it is of use.
func (r *Repository) resume() error {
	head, err := r.store.open()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.log.Warn("removing the cache, it will be cloned again", "reason", reason(err))
		}
		return r.store.reset()
	}
	if !r.accepted.IsZero() {
		// The caller's word outlives the cache. A cache that is ahead of
		// it is that of an agent that was killed before it could say so.
		ahead, err := r.store.contains(context.Background(), head, r.accepted)
		if err != nil || !ahead {
			return nil
		}
	}
	snap, err := r.snapshot(head)
	if err != nil {
		return nil // The next Poll finds the damage and mends it.
	}
	r.accepted = head
	r.current.Store(snap)
	return nil
}

// Current returns the Snapshot that was accepted last, or nil before the first.
func (r *Repository) Current() *Snapshot { return r.current.Load() }

// At returns the Snapshot of any commit that was fetched or pushed: of the
// branch's history, of a watched branch's, also where that is no longer, or one
// that was refused as a rewind. It is given by its full id. It contacts nobody.
func (r *Repository) At(hash string) (*Snapshot, error) {
	id, here := plumbing.NewHash(hash), work{branch: r.cfg.Branch} // No server has a word in it.
	if !fullHash.MatchString(hash) || !r.store.has(id) {
		return nil, r.explain(context.Background(), here, &Error{Kind: CommitMissing,
			Problem: fmt.Sprintf("commit %q is not in the cache", hash), Mend: "give the full id of a commit that was fetched"})
	}
	snap, err := r.snapshot(id)
	return snap, r.explain(context.Background(), here, err)
}

// History returns what the commits in the cache say of the past. It contacts
// nobody.
func (r *Repository) History() *History { return r.past }

// AllowRewind permits one move of the branch that is not forward, exactly from
// one commit to another, at the next Poll that sees it. Whoever calls it must
// have checked that somebody entitled to it has asked for it.
func (r *Repository) AllowRewind(from, to string) {
	r.polling.Lock()
	defer r.polling.Unlock()
	r.allowed = &RewindError{From: from, To: to}
	r.refused = nil
}

// Close drops connections. The Repository and its Snapshots remain usable.
func (r *Repository) Close() {
	r.polling.Lock()
	r.reading.close()
	r.polling.Unlock()
	r.pushing.Lock()
	r.writer.close()
	r.pushing.Unlock()
}

// snapshot shows a commit of the store.
func (r *Repository) snapshot(id plumbing.Hash) (*Snapshot, error) {
	c, err := r.store.commit(id)
	if err != nil {
		return nil, err
	}
	return &Snapshot{objects: r.store.objects, commit: c, maxFile: r.cfg.MaxFileSize}, nil
}
