package writer

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
)

// commit writes facts on top of the branch, as far as they go into one commit, and returns the others.
func (w *Writer) commit(ctx context.Context, environment string, keys *records.Keys, signer ssh.Signer, facts []records.Fact) (rest []records.Fact, err error) {
	ledger, err := w.verify(ctx, environment, keys)
	if err != nil {
		return nil, err
	}
	base, written, err := w.there(ledger.Head(), facts)
	if err != nil {
		return nil, err
	}
	made, err := records.Append(ledger.Head(), environment, facts, written, w.config.Now())
	if made == nil || err != nil {
		return nil, err
	}
	id, objects, err := build(base, made, signer)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := w.config.Repository.Push(ctx, records.Branch(environment), made.Parent, id, objects...); err != nil {
		return nil, err
	}
	w.advance(environment, made.Committed(id))
	if w.ends[environment].ledger, err = ledger.Extend(ctx, w.config.Repository, id, w.config.Now()); err != nil {
		return nil, fmt.Errorf("what was just written is not right: %w", err)
	}
	if w.config.Wrote != nil {
		w.config.Wrote(len(made.Facts))
	}
	w.config.Log.Info("recorded", "environment", environment, "commit", id, "facts", len(made.Facts), "sequence", made.Head.Sequence,
		"took", time.Since(began).Round(time.Millisecond).String())
	return made.Rest, nil
}

// verify brings what is known of the branch up to date with its tip.
func (w *Writer) verify(ctx context.Context, environment string, keys *records.Keys) (ledger *records.Ledger, err error) {
	branch := records.Branch(environment)
	if err := w.config.Repository.Problem(branch); err != nil {
		return nil, err
	}
	known, tip := w.ends[environment], w.config.Repository.Tip(branch)
	if known.ledger != nil {
		ledger, err = known.ledger.Extend(ctx, w.config.Repository, tip, w.config.Now())
	} else {
		head := w.Heads()[environment]
		ledger, err = records.Verify(ctx, w.config.Repository, tip, records.Options{
			Environment: environment, Keys: keys, Known: head, FromKnown: head.Commit != "", Now: w.config.Now(),
		})
	}
	if err != nil {
		return nil, fmt.Errorf("nothing is added to a branch that is not as it was left: %w", err)
	}
	known.ledger = ledger
	return ledger, nil
}

// there is the tip of the branch, and which facts are on it already.
func (w *Writer) there(head records.Head, facts []records.Fact) (*source.Snapshot, map[string]bool, error) {
	if head.Commit == "" {
		return nil, nil, nil
	}
	tip, err := w.config.Repository.At(head.Commit)
	if err != nil {
		return nil, nil, err
	}
	written, err := records.Written(tip, facts)
	return tip, written, err
}

// build makes the objects of a commit.
func build(base *source.Snapshot, made *records.Commit, signer ssh.Signer) (id string, objects []source.Object, err error) {
	builder := source.NewBuilder(base)
	for name, data := range made.Files {
		if err := builder.Put(name, data); err != nil {
			return "", nil, err
		}
	}
	draft := source.Draft{
		Author: source.Person{Name: made.Name, Email: made.Email, When: made.Time}, Message: made.Message,
		Sign: func(payload []byte) ([]byte, error) { return records.Sign(signer, payload) },
	}
	if made.Parent != "" {
		draft.Parents = []string{made.Parent}
	}
	if id, err = builder.Commit(draft); err != nil {
		return "", nil, err
	}
	return id, builder.Objects(), nil
}

// advance notes what is written now.
func (w *Writer) advance(environment string, head records.Head) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heads[environment] = head
}

// Heads are where the branches end, as far as this Writer or one before it wrote them.
func (w *Writer) Heads() map[string]records.Head {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[string]records.Head, len(w.heads))
	for environment, head := range w.heads {
		all[environment] = head
	}
	return all
}

// Problems are why records are not written, by environment.
func (w *Writer) Problems() map[string]error {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[string]error, len(w.problems))
	for environment, err := range w.problems {
		all[environment] = err
	}
	return all
}
