package gitserver

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"
)

// FaultKind is a way to misbehave.
type FaultKind int

// The ways to misbehave.
const (
	None       FaultKind = iota
	Refuse               // close the connection without an answer
	Hang                 // accept the request and never answer
	Slow                 // answer one byte at a time, Every so often
	Truncate             // answer the first Bytes bytes and close the connection
	Status               // answer with the HTTP status Code, and Body
	Redirect             // redirect to Location and the rest of the path
	Swallow              // do what is asked, and close the connection without an answer
	CutRequest           // take the first Bytes bytes of what is asked, and close the connection
)

// Fault is how a front misbehaves.
type Fault struct {
	Kind     FaultKind
	Service  string // only this service; any if empty
	Every    time.Duration
	Bytes    int64
	Code     int
	Body     string
	Location string
}

var errCut = errors.New("cut by a fault")

// writer returns w as the fault lets it through.
func (fault Fault) writer(ctx context.Context, w io.Writer, count func(int)) io.Writer {
	return &faultyWriter{ctx: ctx, w: w, fault: fault, count: count}
}

type faultyWriter struct {
	ctx   context.Context
	w     io.Writer
	fault Fault
	count func(int)
	sent  int64

	seen   []byte // not sent yet
	silent bool
}

func (f *faultyWriter) Write(p []byte) (int, error) {
	switch f.fault.Kind {
	case Slow:
		return f.drip(p)
	case Swallow:
		return f.announce(p)
	case Truncate:
		if room := f.fault.Bytes - f.sent; int64(len(p)) > room {
			n, err := f.send(p[:max(room, 0)])
			f.flush()
			return n, errors.Join(err, errCut)
		}
	}
	return f.send(p)
}

// announce lets the list of refs through, which ends with a flush packet, and
// nothing after it.
func (f *faultyWriter) announce(p []byte) (int, error) {
	if f.silent {
		return len(p), nil
	}
	f.seen = append(f.seen, p...)
	for len(f.seen) >= 4 {
		n, err := strconv.ParseUint(string(f.seen[:4]), 16, 16)
		if n == 0 || err != nil {
			f.silent = true
			n = 4
		}
		if len(f.seen) < int(n) {
			break
		}
		if _, err := f.send(f.seen[:n]); err != nil {
			return 0, err
		}
		if f.seen = f.seen[n:]; f.silent {
			break
		}
	}
	return len(p), nil
}

func (f *faultyWriter) send(p []byte) (int, error) {
	n, err := f.w.Write(p)
	f.sent += int64(n)
	f.count(n)
	return n, err
}

func (f *faultyWriter) drip(p []byte) (int, error) {
	for i := range p {
		select {
		case <-f.ctx.Done():
			return i, f.ctx.Err()
		case <-time.After(f.fault.Every):
		}
		if _, err := f.send(p[i : i+1]); err != nil {
			return i, err
		}
		f.flush()
	}
	return len(p), nil
}

// flush pushes out what an HTTP server would rather collect.
func (f *faultyWriter) flush() {
	if flusher, ok := f.w.(interface{ Flush() }); ok {
		flusher.Flush()
	}
}

// reader returns what a client asks, as the fault lets it through.
func (fault Fault) reader(r io.Reader) io.Reader {
	if fault.Kind != CutRequest {
		return r
	}
	return io.MultiReader(io.LimitReader(r, fault.Bytes), cut{})
}

// cut is where a request is cut.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, errCut }
