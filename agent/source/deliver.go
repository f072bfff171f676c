package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/storage/memory"
)

// writer is the way to push.
type writer struct {
	access
	able  *capability.List // what the server said at the last push; of remote
	of    remote
	whole bool // send also what the server ought to have, since it did not
}

// deliver brings a push to the server. Over HTTP the listing is left out where
// it would tell nothing new: the server can the same as at the last push, and
// the branch is where a listing or a push has shown it. Should that be wrong,
// the server compares all the same.
func (r *Repository) deliver(ctx context.Context, p *push) error {
	w := &r.writer
	if _, web := w.remote.(*webRemote); web && w.of == w.remote && !w.whole && !p.old.IsZero() && p.old == r.branches.tips()[p.branch] {
		s, err := w.remote.connect(ctx, receivePack)
		if err != nil {
			return err
		}
		defer s.close()
		err = r.hand(ctx, s, p, nil)
		if err == nil || s.arrived() {
			return err
		}
		r.log.Info("pushing again with a listing", "reason", r.explain(ctx, work{"push to", p.branch, w.auth}, err))
	}
	c, err := w.converse(ctx, receivePack, r.cfg.Timeout)
	if err != nil {
		return r.noRight(err)
	}
	defer c.close()
	w.able, w.of = c.refs.Capabilities, w.remote
	there := c.refs.References[p.ref().String()]
	switch {
	case there == p.new:
		return nil // An earlier push did it, whose answer was lost.
	case there != p.old:
		return overtaken(there)
	}
	return r.noRight(r.hand(ctx, c, p, c.refs))
}

// overtaken says that the branch is elsewhere than was thought.
func overtaken(there plumbing.Hash) error {
	problem := "somebody deleted it meanwhile"
	if !there.IsZero() {
		problem = fmt.Sprintf("somebody moved it to %s meanwhile", there)
	}
	return &Error{Kind: PushOvertaken, Tip: idText(there), Problem: problem, Mend: "take up what is there, and push again"}
}

// hand sends the request and waits for the report.
func (r *Repository) hand(ctx context.Context, s session, p *push, refs *packp.AdvRefs) error {
	request, err := r.pushRequest(ctx, p, refs)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, r.cfg.FetchTimeout)
	defer cancel()
	body, err := s.send(within, request)
	if err == nil {
		defer body.Close()
		var said string
		if said, err = p.report(r.writer.able, body); err == nil {
			return nil
		}
		var no declined
		if errors.As(err, &no) {
			return r.judge(ctx, p, no.why, said)
		}
	}
	if !s.arrived() {
		return ended(within, err, "not pushed within %s", r.cfg.FetchTimeout)
	}
	return unknownOutcome(within, err)
}

// unknownOutcome says that the server may have done it.
func unknownOutcome(ctx context.Context, err error) error {
	problem := err.Error()
	if e := (*Error)(nil); errors.As(err, &e) {
		problem = e.Problem
	}
	if ctx.Err() != nil {
		problem = "no answer in time"
	}
	return &Error{Kind: PushUnknown, Err: ctx.Err(), Problem: "everything was sent, and whether it was done is not known: " + problem,
		Mend: "ask where the branch is before pushing again"}
}

// pushRequest is the command, and a pack of what the server lacks. Without refs
// it lacks what is not behind the tips that are known here.
func (r *Repository) pushRequest(ctx context.Context, p *push, refs *packp.AdvRefs) ([]byte, error) {
	able := r.writer.able
	switch {
	case !able.Supports(capability.ReportStatus):
		return nil, &Error{Kind: ServerFailed, Problem: "the server does not report what became of a push"}
	case p.remove && !able.Supports(capability.DeleteRefs):
		return nil, &Error{Kind: PushRefused, Problem: "the server lets nobody delete branches"}
	}
	req := packp.NewReferenceUpdateRequestFromCapabilities(able)
	for _, c := range []capability.Capability{capability.Sideband64k, capability.Atomic, capability.Quiet, capability.OFSDelta} {
		if able.Supports(c) {
			_ = req.Capabilities.Set(c)
		}
	}
	req.Commands = []*packp.Command{{Name: p.ref(), Old: p.old, New: p.new}}
	var b bytes.Buffer
	if err := req.Encode(&b); err != nil || p.remove {
		return b.Bytes(), err
	}
	missing, err := r.outgoing(ctx, p, refs)
	if err == nil {
		err = writePack(&b, p.all, missing, able.Supports(capability.OFSDelta))
	}
	return b.Bytes(), err
}

const (
	// maxPush bounds the objects of one push, which are in memory.
	maxPush = 256 << 20
	// packWindow is how many objects each is compared with, as git's pack.window.
	packWindow = 10
)

// writePack writes objects as a pack.
func writePack(b *bytes.Buffer, all *objects, ids []plumbing.Hash, offsets bool) error {
	packed, left := memory.NewStorage(), int64(maxPush)
	for _, id := range ids {
		o, err := all.load(id, left)
		if errors.As(err, new(errTooLarge)) {
			return &Error{Kind: TooLarge, Problem: "the push is larger than " + size(maxPush), Mend: "push fewer files at a time"}
		}
		if err != nil {
			return all.damage("reading "+id.String(), err)
		}
		left -= int64(len(o.data))
		if _, err := packed.SetEncodedObject(o.encoded()); err != nil {
			return err
		}
	}
	_, err := packfile.NewEncoder(b, packed, !offsets).Encode(ids, packWindow)
	return err
}
