package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/test/internal/tempdir"
)

// The processes that are called by name elsewhere.
const (
	apiServer = "kube-apiserver"
	kwok      = "kwok"
)

// stopGrace is how long a process may take to stop in order.
const stopGrace = 3 * time.Second

// A ControlPlane is a running Kubernetes control plane. Its methods may be
// called from any goroutine, but for StopAPIServer and StartAPIServer, which are
// for one at a time.
type ControlPlane struct {
	dir         *tempdir.Dir
	logDir      string
	binaries    Binaries
	credentials *credentials
	admin       *rest.Config
	etcdPort    int
	apiPort     int

	mu        sync.Mutex
	processes []*process // in the order in which they were started
	stopped   bool

	crds struct {
		sync.Mutex // held while CRDs are installed
		installed  map[CRD]bool
	}

	stop   func() error // what Stop does, once
	detach func() bool  // lets go of the context that Start was given
}

// Start builds the binaries if need be, and runs a control plane until Stop is
// called or ctx ends. When it returns, the API server is ready, pods can be
// created in the default namespace, and the nodes of Options.Fleet are ready.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	binaries, err := Build(ctx, options)
	if err != nil {
		return nil, err
	}
	c, err := prepare(options, binaries)
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx, options); err != nil {
		_ = c.stop() // what died is what err is about
		return nil, err
	}
	return c, nil
}

// prepare makes what the processes need on disk.
func prepare(options Options, binaries Binaries) (*ControlPlane, error) {
	dir, err := tempdir.New("penstock-controlplane-")
	if err != nil {
		return nil, doing("making it a place", err)
	}
	c := &ControlPlane{dir: dir, logDir: options.LogDir, binaries: binaries}
	c.stop = sync.OnceValue(c.stopAll)
	if c.logDir == "" {
		c.logDir = dir.Path
	}
	if err := os.MkdirAll(c.logDir, 0o755); err != nil {
		return nil, errors.Join(doing("making the directory for logs", err), dir.Remove())
	}
	c.credentials, err = newCredentials(dir.Path)
	if err != nil {
		return nil, errors.Join(err, dir.Remove())
	}
	return c, nil
}

// run starts the processes in the order in which they need each other.
func (c *ControlPlane) run(ctx context.Context, options Options) error {
	started := time.Now()
	for _, step := range []func(context.Context) error{c.startEtcd, c.newAPIServer, c.startControllers, c.addStorage} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if options.Fleet != nil {
		if err := ApplyFleet(ctx, c.admin, *options.Fleet); err != nil {
			return err
		}
	}
	c.detach = context.AfterFunc(ctx, func() { _ = c.stop() })
	fmt.Fprintf(options.Progress, "the control plane is ready after %s\n", time.Since(started).Round(100*time.Millisecond))
	return nil
}

// start starts a process and remembers it for Stop.
func (c *ControlPlane) start(command command) (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil, fmt.Errorf("control plane: starting %s: the control plane has been stopped", command.name)
	}
	if command.grace == 0 {
		command.grace = stopGrace
	}
	p, err := startProcess(command, c.dir.Path, c.logDir)
	if err != nil {
		return nil, err
	}
	// A process that is started again takes the place of the one that ended.
	if i := slices.IndexFunc(c.processes, named(command.name)); i >= 0 {
		c.processes[i] = p
	} else {
		c.processes = append(c.processes, p)
	}
	return p, nil
}

// find returns the process of this name, or nil.
func (c *ControlPlane) find(name string) *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.processes, named(name)); i >= 0 {
		return c.processes[i]
	}
	return nil
}

// all returns the processes in the order in which they were started.
func (c *ControlPlane) all() []*process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.processes)
}

func named(name string) func(*process) bool {
	return func(p *process) bool { return p.name == name }
}
