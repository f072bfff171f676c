package source

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// bring fetches the tip and the branches that have moved, all at once. If that
// fails, the tip is fetched alone, so that no other branch can stop it.
func (r *Repository) bring(ctx context.Context, c *conversation, tip plumbing.Hash, round *round) error {
	wants := r.lacking(steps(round.together)...)
	if len(wants) == 0 {
		err := r.fetch(ctx, c, r.lacking(tip), r.cfg.MaxSize)
		r.settle(ctx, round, round.together)
		return err
	}
	err := r.fetch(ctx, c, r.lacking(append(wants, tip)...), r.spare())
	switch {
	case err == nil:
		r.settle(ctx, round, round.together)
		return nil
	case ctx.Err() != nil:
		return err
	}
	round.suspect(func(branch string) error { return r.explain(ctx, r.watching(branch), err) })
	r.log.Warn("the branches are fetched one by one, since they could not be at once", "reason", r.explain(ctx, r.following(), err))
	return r.fetchAnew(ctx, tip, r.cfg.MaxSize)
}

// bringAlone fetches branches that were at fault before, or could have been, in
// the time of one fetch.
func (r *Repository) bringAlone(ctx context.Context, round *round) {
	within, cancel := context.WithTimeout(ctx, r.cfg.FetchTimeout)
	defer cancel()
	for _, s := range round.alone {
		if err := r.fetchAnew(within, s.to, r.spare()); err != nil {
			round.settle(s, r.explain(ctx, r.watching(s.branch), err))
		} else {
			r.settle(ctx, round, []step{s})
		}
	}
}

// settle believes that branches are here once their commits can be read. It
// does not call the store damaged if they cannot: the server may be at fault,
// and fetching everything again would not help.
func (r *Repository) settle(ctx context.Context, round *round, fetched []step) {
	for _, s := range fetched {
		round.settle(s, r.explain(ctx, r.watching(s.branch), r.store.sound(s.to)))
	}
}

// watching is the work on a watched branch.
func (r *Repository) watching(branch string) work {
	return work{doing: "watch", branch: branch, auth: r.reading.auth}
}

// spare is how large the store may become by other branches than the followed
// one, for which an eighth is kept.
func (r *Repository) spare() int64 { return r.cfg.MaxSize - r.cfg.MaxSize/8 }

func steps(all []step) []plumbing.Hash {
	var ids []plumbing.Hash
	for _, s := range all {
		ids = append(ids, s.to)
	}
	return ids
}

// lacking returns those of the commits that are not in the store, each once.
func (r *Repository) lacking(ids ...plumbing.Hash) []plumbing.Hash {
	var lack []plumbing.Hash
	for _, id := range ids {
		if !slices.Contains(lack, id) && !r.store.has(id) {
			lack = append(lack, id)
		}
	}
	return lack
}

// fetchAnew fetches a commit in a conversation of its own.
func (r *Repository) fetchAnew(ctx context.Context, want plumbing.Hash, limit int64) error {
	if r.store.has(want) {
		return nil
	}
	c, err := r.reading.converse(ctx, uploadPack, r.cfg.Timeout)
	if err != nil {
		return err
	}
	defer c.close()
	return r.fetch(ctx, c, []plumbing.Hash{want}, limit)
}

// fetch brings commits and all that they need into the store, within a limit of
// time, and of what the store takes.
func (r *Repository) fetch(ctx context.Context, c *conversation, wants []plumbing.Hash, limit int64) error {
	if len(wants) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.FetchTimeout)
	defer cancel()
	return ended(ctx, r.receive(ctx, c, wants, limit), "not fetched within %s", r.cfg.FetchTimeout)
}

// receive is fetch while there is time.
func (r *Repository) receive(ctx context.Context, c *conversation, wants []plumbing.Hash, limit int64) error {
	start := time.Now()
	haves := r.haves()
	wish, err := request(c.refs, wants, haves)
	if err != nil {
		return err
	}
	body, err := c.send(ctx, wish)
	if err != nil {
		return err
	}
	defer body.Close()
	pack, err := packOf(c.refs, body)
	if err != nil {
		return err
	}
	objects, err := r.store.receive(ctx, pack, limit)
	if err != nil {
		return err
	}
	if lack := r.lacking(wants...); len(lack) > 0 {
		return &Error{Kind: ServerFailed, Problem: fmt.Sprintf("the server's pack lacks %s, which was asked for", lack[0])}
	}
	r.log.Info("fetched", "commits", fmt.Sprint(wants), "objects", objects, "incremental", len(haves) > 0, "took", time.Since(start))
	return nil
}

// haves returns what to tell the server that is here.
func (r *Repository) haves() []plumbing.Hash {
	haves := r.store.haves(r.accepted)
	for _, tip := range r.branches.tips() {
		for _, id := range r.store.haves(tip) {
			if !slices.Contains(haves, id) {
				haves = append(haves, id)
			}
		}
	}
	return haves
}

// keepTips lets the tips outlive the process.
func (r *Repository) keepTips() {
	if err := r.store.keepTips(r.branches.tips()); err != nil {
		r.log.Warn("the tips of watched branches are not kept for the next start", "reason", reason(err))
	}
}
