package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// Poll asks the server where the branch is and returns the Snapshot of its
// head. If nothing is new, that is all it does, and the Snapshot is the one
// that the last Poll returned: compare pointers. After an error, Current is
// still what it was.
func (r *Repository) Poll(ctx context.Context) (*Snapshot, error) {
	r.polling.Lock()
	defer r.polling.Unlock()
	snap, err := r.poll(ctx)
	if err != nil {
		return nil, r.explain(ctx, err)
	}
	return snap, nil
}

// poll advances, and if the store turns out to be damaged, does so once more
// with an empty one.
func (r *Repository) poll(ctx context.Context) (*Snapshot, error) {
	if err := r.loadAuth(); err != nil {
		return nil, err
	}
	if !r.store.healthy(r.head()) {
		if err := r.repair("it was deleted or altered"); err != nil {
			return nil, err
		}
	}
	snap, err := r.advance(ctx)
	if err != nil && r.store.damaged.Load() && ctx.Err() == nil {
		if err := r.repair(err.Error()); err != nil {
			return nil, err
		}
		snap, err = r.advance(ctx)
	}
	return snap, err
}

// head returns the commit that the store must have.
func (r *Repository) head() plumbing.Hash {
	if snap := r.current.Load(); snap != nil {
		return snap.commit.id
	}
	return plumbing.ZeroHash
}

// repair empties the store, to be filled by what follows.
func (r *Repository) repair(why string) error {
	r.log.Warn("removing the cache, it is cloned again", "reason", why)
	r.refused = nil
	return r.store.reset()
}

// advance is one conversation with the server.
func (r *Repository) advance(ctx context.Context) (*Snapshot, error) {
	listing, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	s, err := r.remote.connect(listing)
	if err != nil {
		return nil, ended(listing, err, "no answer within %s", r.cfg.Timeout)
	}
	defer s.close()
	refs, err := listRefs(listing, s)
	if err != nil {
		return nil, ended(listing, err, "no complete list of refs within %s", r.cfg.Timeout)
	}
	tip, err := r.tip(refs)
	if err != nil {
		return nil, err
	}
	snap := r.current.Load()
	switch {
	case r.refused != nil && r.refused.To == tip.String():
		return nil, r.refused
	case snap != nil && snap.commit.id == tip && r.store.has(tip):
		return snap, nil
	}
	fetching, cancel := context.WithTimeout(ctx, r.cfg.FetchTimeout)
	defer cancel()
	snap, err = r.move(fetching, s, refs, tip)
	return snap, ended(fetching, err, "not fetched within %s", r.cfg.FetchTimeout)
}

// tip finds the branch among the refs.
func (r *Repository) tip(refs *packp.AdvRefs) (plumbing.Hash, error) {
	if tip, ok := refs.References["refs/heads/"+r.cfg.Branch]; ok {
		return tip, nil
	}
	return plumbing.ZeroHash, &Error{Kind: BranchMissing, Problem: "the repository has no such branch; it has " + branchesOf(refs),
		Mend: "push the branch or configure another"}
}

// branchesOf names a few branches.
func branchesOf(refs *packp.AdvRefs) string {
	var names []string
	for ref := range refs.References {
		if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	const few = 5
	switch {
	case len(names) == 0:
		return "no branches"
	case len(names) > few:
		return fmt.Sprintf("%q and %d more", names[:few], len(names)-few)
	}
	return fmt.Sprintf("%q", names)
}

// move goes from the accepted commit to tip, if that is forward.
func (r *Repository) move(ctx context.Context, s session, refs *packp.AdvRefs, tip plumbing.Hash) (*Snapshot, error) {
	if !r.store.has(tip) {
		if err := r.fetch(ctx, s, refs, tip); err != nil {
			return nil, err
		}
	}
	if err := r.onlyForward(ctx, tip); err != nil {
		return nil, err
	}
	return r.accept(tip)
}

// fetch brings tip and all that it needs into the store.
func (r *Repository) fetch(ctx context.Context, s session, refs *packp.AdvRefs, tip plumbing.Hash) error {
	start := time.Now()
	haves := r.store.haves(r.accepted)
	wish, err := request(refs, tip, haves)
	if err != nil {
		return err
	}
	body, err := s.fetch(ctx, wish)
	if err != nil {
		return err
	}
	defer body.Close()
	pack, err := packOf(refs, body)
	if err != nil {
		return err
	}
	objects, err := r.store.receive(ctx, pack)
	if err != nil {
		return err
	}
	if !r.store.has(tip) {
		return &Error{Kind: ServerFailed, Problem: fmt.Sprintf("the server's pack lacks %s, which was asked for", tip)}
	}
	r.log.Info("fetched", "commit", tip.String(), "objects", objects, "incremental", len(haves) > 0, "took", time.Since(start))
	return nil
}

// onlyForward is what a refspec without a plus means: the branch may only move
// to a commit that contains the one it was at.
func (r *Repository) onlyForward(ctx context.Context, tip plumbing.Hash) error {
	if r.accepted.IsZero() {
		return nil
	}
	forward, err := r.store.contains(ctx, tip, r.accepted)
	if forward || err != nil {
		return err
	}
	from, to := r.accepted.String(), tip.String()
	if r.allowed != nil && r.allowed.From == from && r.allowed.To == to {
		r.log.Warn("rewinding, as was allowed", "from", from, "to", to)
		return nil
	}
	r.refused = &RewindError{URL: r.end.String(), Branch: r.cfg.Branch, From: from, To: to}
	r.log.Warn("refused a branch that was rewound", "from", from, "to", to)
	return r.refused
}

// accept makes tip current. The ref on disk comes last, so that a process that
// is killed before it finds the old head, or none, and fetches again.
func (r *Repository) accept(tip plumbing.Hash) (*Snapshot, error) {
	snap, err := r.snapshot(tip)
	if err != nil {
		return nil, err
	}
	if _, err := r.store.tree(snap.commit.tree); err != nil {
		return nil, err
	}
	if err := r.store.setHead(tip); err != nil {
		return nil, err
	}
	if old := r.current.Load(); old != nil && old.commit.id == tip {
		snap = old // The store was repaired, nothing is new.
	}
	r.accepted, r.refused, r.allowed = tip, nil, nil
	r.current.Store(snap)
	return snap, nil
}

// loadAuth reads the Secret and makes a new remote if it has changed.
func (r *Repository) loadAuth() error {
	auth, err := LoadAuth(r.cfg.AuthDir)
	if err != nil {
		return err
	}
	if r.remote != nil && reflect.DeepEqual(auth, r.auth) {
		return nil
	}
	if err := auth.check(r.end); err != nil {
		return err
	}
	made, err := newRemote(r.end, auth)
	if err != nil {
		return err
	}
	if r.remote != nil {
		r.remote.close()
	}
	r.auth, r.remote = auth, made
	return nil
}

func newRemote(end endpoint, auth Auth) (remote, error) {
	if end.scheme == "ssh" {
		return newShellRemote(end, auth)
	}
	return newWebRemote(end, auth), nil
}

// ended replaces whatever an operation says after its time was up, which is
// that a connection was closed, by the fact that the time was up.
func ended(ctx context.Context, err error, problem string, limit time.Duration) error {
	if err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return &Error{Kind: TimedOut, Problem: fmt.Sprintf(problem, limit), Mend: "check that the server is well", Err: context.DeadlineExceeded}
}

// explain turns any error into one that says what was being done, to what, and
// that is safe to show. It is the only way out of a Repository.
func (r *Repository) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var rewind *RewindError
	if errors.As(err, &rewind) {
		return rewind
	}
	var known *Error
	if !errors.As(err, &known) {
		known = r.classify(err)
	}
	shown := *known
	if cause := ctx.Err(); errors.Is(cause, context.Canceled) || cause != nil && shown.Kind != TimedOut {
		shown = Error{Kind: Canceled, Problem: "the poll was ended by its caller", Err: cause}
	}
	shown.URL, shown.Branch = r.end.String(), r.cfg.Branch
	shown.Problem = r.auth.redact(shown.Problem)
	return &shown
}

// classify explains errors of the network and of the libraries.
func (r *Repository) classify(err error) *Error {
	var network net.Error
	var dial *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &network) && network.Timeout():
		return &Error{Kind: TimedOut, Problem: "no answer: " + err.Error(), Mend: "check that the server is well"}
	case errors.As(err, &name), errors.As(err, &dial) && dial.Op == "dial":
		return &Error{Kind: Unreachable, Problem: "no connection: " + err.Error(), Mend: "check the URL, the network and its policies"}
	}
	return &Error{Kind: ServerFailed, Problem: "the server's answer broke off or makes no sense: " + err.Error()}
}
