package capacity

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// A MissingRight is why a kind cannot be watched.
type MissingRight struct {
	// Resource is what the agent may not list and watch, such as nodes or resourceslices.resource.k8s.io.
	Resource string
	// Err is what the API server said.
	Err error
}

// Error implements error.
func (m *MissingRight) Error() string {
	return fmt.Sprintf("the agent may not watch %[1]s: %[2]v; give it list and watch on %[1]s in a ClusterRole. Until then %[3]s", m.Resource, m.Err, m.cost())
}

// cost is what does not work without the right.
func (m *MissingRight) cost() string {
	if m.Resource == "nodes" || m.Resource == "pods" {
		return "it does not know what is free: rollouts never surge, and what does not fit is found out only by the scheduler"
	}
	return "it does not know the devices of dynamic resource allocation: rollouts of units that claim some never surge"
}

// Unwrap gives what the API server said.
func (m *MissingRight) Unwrap() error { return m.Err }

// gate lets the requests of one kind through, but for what the API server forbids only now and then: an informer
// by itself would try again every half minute.
type gate struct {
	resource string
	retry    time.Duration
	changed  func(*gate) // when the right was taken or given

	mu      sync.Mutex
	last    error     // of the last request
	refusal error     // of the API server, until a watch begins
	until   time.Time // when the next request may be made
}

// through makes a request when the gate is open. A watch that begins shows that nothing is forbidden; a list does
// not, for a role may well have forgotten the verb watch.
func through[T any](ctx context.Context, g *gate, conclusive bool, request func() (T, error)) (T, error) {
	var none T
	if closed := g.closed(); closed > 0 && !sleep(ctx, closed) {
		return none, ctx.Err()
	}
	result, err := request()
	if ctx.Err() != nil {
		return none, ctx.Err()
	}
	if g.ended(err, conclusive) {
		g.changed(g)
	}
	return result, err
}

// closed is how long no request may be made.
func (g *gate) closed() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.until)
}

// ended notes how a request ended, and says whether the right was taken or given.
func (g *gate) ended(err error, conclusive bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.refusal != nil
	g.last = err
	switch {
	case apierrors.IsForbidden(err):
		g.refusal, g.until = err, time.Now().Add(g.retry)
	case err == nil && conclusive:
		g.refusal = nil
	}
	return was != (g.refusal != nil)
}

func (g *gate) forbidden() bool { return g.missing() != nil }

// missing is the right that is missing, or nil.
func (g *gate) missing() *MissingRight {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refusal == nil {
		return nil
	}
	return &MissingRight{Resource: g.resource, Err: g.refusal}
}

// failure is why the last request failed, whatever the reason.
func (g *gate) failure() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}
