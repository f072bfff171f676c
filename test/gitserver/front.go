package gitserver

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Front is one way into a repository: an HTTP or an SSH server.
type Front struct {
	// URL to clone.
	URL string
	// Secret is what a client needs, by the field names of a Kubernetes
	// Secret: username, password, bearerToken, identity, known_hosts, ca.crt.
	Secret map[string]string

	ctx    context.Context // ends when the front closes
	cancel context.CancelFunc
	stop   func() error // closes listeners and connections
	joined sync.WaitGroup
	closed sync.Once

	mu          sync.Mutex
	fault       Fault
	requests    []Request
	connections int
}

// Request is one thing that a client asked for.
type Request struct {
	// Service is info/refs (over HTTP only), git-upload-pack or
	// git-receive-pack.
	Service string
	// Bytes is how much was sent in answer.
	Bytes int64
}

func newFront(url string) *Front {
	f := &Front{URL: url, Secret: map[string]string{}}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	return f
}

// Inject makes the front misbehave from the next request on. The zero Fault
// heals it.
func (f *Front) Inject(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// Requests returns everything that was asked since the last Reset, once it was
// answered.
func (f *Front) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Request(nil), f.requests...)
}

// Count returns how often a service was asked for since the last Reset.
func (f *Front) Count(service string) int {
	n := 0
	for _, r := range f.Requests() {
		if r.Service == service {
			n++
		}
	}
	return n
}

// Connections returns how many connections were made since the last Reset.
func (f *Front) Connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.connections
}

// Reset forgets what was counted.
func (f *Front) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests, f.connections = nil, 0
}

func (f *Front) connected() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.connections++
}

// begin counts a request, and returns the fault to inject and a function to
// count what is sent.
func (f *Front) begin(service string) (Fault, func(n int)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, all := len(f.requests), f.requests
	f.requests = append(all, Request{Service: service})
	current := &f.requests
	fault := f.fault
	if fault.Service != "" && fault.Service != service {
		fault = Fault{}
	}
	return fault, func(n int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if i < len(*current) {
			(*current)[i].Bytes += int64(n)
		}
	}
}

// WriteSecret writes Secret into a directory, one file a field, in the place
// of whatever fields were there.
func (f *Front) WriteSecret(dir string) error {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return err
	}
	for name, value := range f.Secret {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Close stops the server and waits until nothing of it runs. It may be called
// again.
func (f *Front) Close() (err error) {
	f.cancel()
	f.closed.Do(func() { err = f.stop() })
	f.joined.Wait()
	return err
}

// FaultKind is a way to misbehave.
type FaultKind int

// The ways to misbehave.
const (
	None     FaultKind = iota
	Refuse             // close the connection without an answer
	Hang               // accept the request and never answer
	Slow               // answer one byte at a time, Every so often
	Truncate           // answer the first Bytes bytes and close the connection
	Status             // answer with the HTTP status Code, and Body
	Redirect           // redirect to Location and the rest of the path
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
}

func (f *faultyWriter) Write(p []byte) (int, error) {
	switch f.fault.Kind {
	case Slow:
		return f.drip(p)
	case Truncate:
		if room := f.fault.Bytes - f.sent; int64(len(p)) > room {
			n, err := f.send(p[:max(room, 0)])
			f.flush()
			return n, errors.Join(err, errCut)
		}
	}
	return f.send(p)
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
