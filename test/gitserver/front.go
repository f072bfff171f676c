package gitserver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
)

// Front is one way into a repository: an HTTP or an SSH server.
type Front struct {
	// URL to clone.
	URL string
	// Secret is what a client needs, by the field names of a Kubernetes
	// Secret: username, password, bearerToken, identity, known_hosts, ca.crt.
	Secret map[string]string
	// PushSecret is the same for a client that pushes, if that needs another.
	PushSecret map[string]string

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

// Pushes returns how often something was pushed, or was tried to be, since the
// last Reset. Over HTTP a listing is none.
func (f *Front) Pushes() int { return f.Count(receivePack) }

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
func (f *Front) WriteSecret(dir string) error { return writeSecret(dir, f.Secret) }

// WritePushSecret does so with PushSecret.
func (f *Front) WritePushSecret(dir string) error { return writeSecret(dir, f.PushSecret) }

func writeSecret(dir string, fields map[string]string) error {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return err
	}
	for name, value := range fields {
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
