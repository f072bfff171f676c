package evaluate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/apply"
)

// Config is what a Runner needs. Only REST has no default.
type Config struct {
	// REST says which API server, and as whom. It is copied, never changed.
	REST *rest.Config
	// Version of Penstock, for the user agent; "dev" unless told.
	Version string
	// Image of Penstock, which hands on results in files. Without it such evaluations wait, and say so.
	Image string
	// OnChange is called when a Job or a pod of an evaluation of a unit changed: often, from several goroutines, and it must
	// not block. Put the unit into a workqueue, which coalesces.
	OnChange func(apply.Ref)
	// Now is the clock; time.Now unless told.
	Now func() time.Time
}

// Runner runs evaluations. Its methods may be called by several goroutines, but for one unit by one at a time.
type Runner struct {
	config  Config
	clients kubernetes.Interface
	parents metadata.Interface

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	watches map[string]*watch             // by namespace
	looked  map[string]bool               // namespaces without evaluations that have been looked through
	begun   map[apply.Ref]map[string]*try // by the name of the Job
}

// try is what this process knows of a Job beside what the cluster has of it.
type try struct {
	begun   int    // how often it was created
	pending bool   // it was created, and the watch has not seen it yet
	ran     bool   // a pod of it ran, when one was last seen
	last    string // what kept it, when that was last known
}

// note keeps what a Job under way tells of itself. When its time is over its pods are deleted, so that having none says
// something only of a Job that never had any.
func (t *try) note(message string, how progress) {
	switch how {
	case free:
		t.ran, t.last = true, ""
	case kept:
		t.ran, t.last = false, message
	case unknown:
		if !t.ran && t.last == "" {
			t.last = message
		}
	}
}

// requestTimeout bounds one request. An admission webhook may take 30 seconds, the API server adds its own.
const requestTimeout = time.Minute

// New makes a Runner that watches nothing yet. Close ends it.
func New(config Config) (*Runner, error) {
	if config.REST == nil {
		return nil, errors.New("evaluate: no cluster is configured")
	}
	cfg := rest.CopyConfig(config.REST)
	cfg.QPS, cfg.Burst, cfg.RateLimiter = -1, 0, nil // the API server's priority and fairness knows better
	cfg.UserAgent = "penstock/" + cmp.Or(config.Version, "dev")
	cfg.WarningHandler, cfg.WarningHandlerWithContext = nil, rest.NoWarnings{}
	clients, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("evaluate: making a client: %w", err)
	}
	parents, err := metadata.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("evaluate: making a client: %w", err)
	}
	if config.OnChange == nil {
		config.OnChange = func(apply.Ref) {}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	r := &Runner{config: config, clients: clients, parents: parents, watches: map[string]*watch{}, looked: map[string]bool{}, begun: map[apply.Ref]map[string]*try{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// Close stops all watches and waits until they have ended.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	watches := r.watches
	r.mu.Unlock()
	r.cancel()
	for _, w := range watches {
		w.close()
	}
}

// triesOf are what is known of a unit's Jobs, by name: of those that are wanted, each one, and of no others.
func (r *Runner) triesOf(unit apply.Ref, wanted map[string]bool) map[string]*try {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := map[string]*try{}
	for name := range wanted {
		kept[name] = cmp.Or(r.begun[unit][name], &try{})
	}
	r.begun[unit] = kept
	return kept
}
