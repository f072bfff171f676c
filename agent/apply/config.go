package apply

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// requestTimeout bounds one request. An admission webhook may take 30 seconds, the API server adds its own.
const requestTimeout = time.Minute

// Config is what an Applier needs. Only REST has no default.
type Config struct {
	// REST says which API server, and as whom. It is copied, never changed.
	REST *rest.Config
	// Version of Penstock, for the user agent; "dev" unless told.
	Version string
	// Recorder takes events; without it there are none. See NewRecorder.
	Recorder events.EventRecorder
	// Concurrency is how many objects of one unit are checked at once; 4 unless told.
	Concurrency int
	// Now is the clock; time.Now unless told.
	Now func() time.Time
}

// Applier applies units. It may be used for many units at once, but for one unit by one caller at a time.
type Applier struct {
	client      client.Client
	mapper      meta.RESTMapper
	recorder    events.EventRecorder
	concurrency int
	now         func() time.Time

	namespaces sync.Map // names of namespaces that are known to exist
	parents    parents
}

// New makes an Applier. It sends no request: what the API server serves is discovered when it is needed.
func New(config Config) (*Applier, error) {
	if config.REST == nil {
		return nil, errors.New("apply: no cluster is configured")
	}
	cfg := clientConfig(config.REST, config.Version)
	cfg.Timeout = cmp.Or(cfg.Timeout, requestTimeout)
	client, mapper, err := newClient(cfg)
	if err != nil {
		return nil, fmt.Errorf("apply: making a client for %s: %w", cfg.Host, err)
	}
	now := config.Now
	if now == nil {
		now = time.Now
	}
	return &Applier{
		client: client, mapper: mapper, recorder: config.Recorder,
		concurrency: cmp.Or(config.Concurrency, 4), now: now,
	}, nil
}

// Mapper knows which resource serves a kind. It discovers lazily, and again when it meets an unknown kind.
func (a *Applier) Mapper() meta.RESTMapper { return a.mapper }

// clientConfig lifts the client's own rate limit: the API server's priority and fairness knows better.
func clientConfig(base *rest.Config, version string) *rest.Config {
	cfg := rest.CopyConfig(base)
	cfg.QPS, cfg.Burst, cfg.RateLimiter = -1, 0, nil
	cfg.UserAgent = "penstock/" + cmp.Or(version, "dev")
	cfg.WarningHandler, cfg.WarningHandlerWithContext = nil, rest.NoWarnings{}
	return cfg
}

func newClient(cfg *rest.Config) (client.Client, meta.RESTMapper, error) {
	httpClient, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(cfg, httpClient)
	if err != nil {
		return nil, nil, err
	}
	types := runtime.NewScheme()
	if err := errors.Join(scheme.AddToScheme(types), v1alpha1.AddToScheme(types)); err != nil {
		return nil, nil, err
	}
	c, err := client.New(cfg, client.Options{
		HTTPClient: httpClient, Scheme: types, Mapper: mapper,
		Log: logr.New(log.NullLogSink{}), // what it would log is in the errors
	})
	return c, mapper, err
}
