package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// ended replaces whatever an operation says after its time was up, which is
// that a connection was closed, by the fact that the time was up.
func ended(ctx context.Context, err error, problem string, limit time.Duration) error {
	if err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return &Error{Kind: TimedOut, Problem: fmt.Sprintf(problem, limit), Mend: "check that the server is well", Err: context.DeadlineExceeded}
}

// work is what is being done, for those who read of its failure.
type work struct {
	doing  string // empty for following
	branch string
	auth   Auth // whose secrets must not show
}

// explain turns any error into one that says what was being done, to what, and
// that is safe to show. It is the only way out of a Repository.
func (r *Repository) explain(ctx context.Context, w work, err error) error {
	if err == nil {
		return nil
	}
	var rewind *RewindError
	if errors.As(err, &rewind) {
		return rewind
	}
	var known *Error
	if !errors.As(err, &known) {
		known = classify(err)
	}
	shown := *known
	if cause := ctx.Err(); cause != nil && shown.Kind != PushUnknown {
		shown = Error{Kind: Canceled, Problem: "it was ended by its caller", Err: cause}
	}
	shown.Doing, shown.URL, shown.Branch = w.doing, r.end.String(), w.branch
	shown.Problem, shown.said = w.auth.redact(shown.Problem), ""
	return &shown
}

// following is the work of a poll.
func (r *Repository) following() work {
	return work{branch: r.cfg.Branch, auth: r.reading.auth}
}

// classify explains errors of the network and of the libraries.
func classify(err error) *Error {
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
