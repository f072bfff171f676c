package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/capacity"
	"github.com/penstock-dev/penstock/agent/evaluate"
	"github.com/penstock-dev/penstock/agent/journal"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records/writer"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/render"
)

// Agent follows one repository and keeps the environments that it serves as Git has them.
type Agent struct {
	config  Config
	log     *slog.Logger
	metrics *metrics
	clients kubernetes.Interface
	applier *apply.Applier
	health  *apply.HealthWatch

	evaluations *evaluate.Runner

	fleet   *capacity.Watch // nil when the agent is not to look
	planner planner
	queue   queue

	repository   *source.Repository // nil before it works
	journal      *journal.Journal   // nil when there are no records
	installation atomic.Value       // text that tells facts
	scribe       *writer.Writer     // nil when there are no records
	recordsNews  chan struct{}      // tells that what kept records from being written may be over

	promotions    promote.Store     // nil before it works
	promotionNews chan struct{}     // tells that promotions may be other ones
	proposed      map[string]string // commits that were recorded as proposed, by unit; of keepPromotions alone

	stopEvents func()

	fleetSettled chan struct{} // closed when the fleet is known, or known to be out of sight
	fleetOnce    sync.Once

	leading   atomic.Bool
	pollBegan atomic.Pointer[time.Time] // nil while no poll is under way
	current   atomic.Pointer[plan]      // nil until the repository was read
	state     State                     // as last written; only the polling goroutine touches it

	mu    sync.Mutex
	units map[string]*progress // by unit id
	gone  map[string]departure // deployed units that left Git and may be removed, by id

	watched     []string              // branches beside the followed one that were fetched
	testimonies map[string]*testimony // what the records of other environments are worth, by testimonyKey
}

// New checks the configuration and prepares an agent. It talks to nobody yet.
func New(config Config) (*Agent, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	a := &Agent{
		config:  config,
		log:     config.Log,
		metrics: newMetrics(),
		queue:   newQueue(config.Backoff),
		units:   map[string]*progress{},
		gone:    map[string]departure{},

		fleetSettled: make(chan struct{}),
		recordsNews:  make(chan struct{}, 1),

		promotionNews: make(chan struct{}, 1),
		proposed:      map[string]string{},
	}
	a.planner = planner{
		path: config.Path, serves: config.Environments, renderer: render.New(), metrics: a.metrics,
		rulebook: &rulebook{layout: config.layout(), pinned: config.TrustDigest},
	}
	return a, a.connect()
}

// connect makes the clients. Their requests are counted, and they are not limited on this side: the API
// server's priority and fairness is the judge of what it can take.
func (a *Agent) connect() error {
	cluster := rest.CopyConfig(a.config.Cluster)
	cluster.QPS = -1
	cluster.Wrap(a.metrics.countRequests)
	var err error
	if a.clients, err = kubernetes.NewForConfig(cluster); err != nil {
		return fmt.Errorf("agent: preparing the API client: %w", err)
	}
	recorder, stop, err := apply.NewRecorder(cluster, a.config.Version)
	if err != nil {
		return fmt.Errorf("agent: preparing events: %w", err)
	}
	a.stopEvents = stop
	a.applier, err = apply.New(apply.Config{REST: cluster, Version: a.config.Version, Recorder: recorder})
	if err != nil {
		return fmt.Errorf("agent: preparing to apply: %w", err)
	}
	a.health, err = apply.NewHealthWatch(apply.HealthConfig{
		REST: cluster, Version: a.config.Version, Mapper: a.applier.Mapper(),
		OnChange: a.healthChanged,
	})
	if err != nil {
		return err
	}
	a.evaluations, err = evaluate.New(evaluate.Config{REST: cluster, Version: a.config.Version, Image: a.config.Image, OnChange: a.healthChanged})
	if err != nil || a.config.NoFleet {
		return err
	}
	a.metrics.registry.MustRegister(newFleetCollector(a.known))
	a.fleet, err = capacity.New(capacity.Config{REST: cluster, Version: a.config.Version, Log: a.log, OnChange: a.fleetChanged})
	return err
}

// healthChanged queues a unit whose workloads changed; unless it waits to be tried again after a failure,
// since a crashing pod must not shorten that wait.
func (a *Agent) healthChanged(ref apply.Ref) {
	if a.queue.NumRequeues(ref.ID()) == 0 {
		a.queue.Add(ref.ID())
	}
}

// Run works until the context ends, which is a clean stop and returns nil, or until the lease is lost.
func (a *Agent) Run(ctx context.Context) error {
	defer a.stopEvents()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, working := errgroup.WithContext(ctx)
	if a.config.Address != "" {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.config.Address)
		if err != nil {
			return fmt.Errorf("agent: listening on %s: %w", a.config.Address, err)
		}
		group.Go(func() error { return a.serve(working, listener) })
	}
	group.Go(func() error {
		defer stop() // nothing is served when the work is over
		return a.lead(working, a.work)
	})
	return group.Wait()
}

// work is what the leader does: it polls, and its workers take units from the queue. Whatever it started
// has come back when it returns.
func (a *Agent) work(ctx context.Context) error {
	repository, err := a.open(ctx)
	if ctx.Err() != nil {
		return nil // it was stopped before it began
	}
	if err != nil {
		return err
	}
	defer repository.Close()
	a.repository, a.promotions = repository, promote.OfRepository(repository, a.draft)
	if err := a.openJournal(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	defer a.watchFleet(ctx)()
	var workers sync.WaitGroup
	defer workers.Wait()
	workers.Go(func() { a.keepRecords(ctx) })
	workers.Go(func() { a.keepPromotions(ctx) })
	defer a.health.Close()
	defer a.evaluations.Close()
	defer a.queue.ShutDown()
	for range a.config.Concurrency {
		workers.Go(func() { a.takeUnits(ctx) })
	}
	a.pollOnSchedule(ctx, repository)
	return nil
}

// open opens the repository, telling it the last commit that any agent accepted. An API server that
// is down is waited for: without that memory a rewound branch would be followed.
func (a *Agent) open(ctx context.Context) (*source.Repository, error) {
	err := wait.PollUntilContextCancel(ctx, statePatience, true, func(ctx context.Context) (bool, error) {
		state, uid, err := loadState(ctx, a.clients, a.config.Namespace, a.config.Name)
		if err != nil {
			a.log.Warn("waiting for the agent's state", "error", err)
			return false, nil
		}
		a.state = state
		a.installation.Store(string(uid))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	from := a.config.Source
	from.Logger = a.log
	if a.state.URL == from.URL && a.state.Branch == from.Branch {
		from.LastCommit = a.state.Commit
	}
	return source.Open(from)
}

// statePatience is how often an API server that is not there, or a state that cannot be read, is asked for
// again. It is asked for ever.
const statePatience = 2 * time.Second
