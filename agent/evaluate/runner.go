package evaluate

import (
	"context"

	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/apply"
)

// Config is what a Runner needs. Only REST has no default.
type Config struct {
	// REST says which API server, and as whom. It is copied, never changed.
	REST *rest.Config
	// Version of Penstock, for the user agent.
	Version string
	// Image of Penstock, which hands on results in files. Without it such evaluations wait, and say so.
	Image string
	// OnChange is called when a Job or a pod of an evaluation of a unit changed: often, from several goroutines, and it must
	// not block. Put the unit into a workqueue, which coalesces.
	OnChange func(apply.Ref)
}

// Runner runs evaluations. Its methods may be called by several goroutines, but for one unit by one at a time.
type Runner struct{}

// New makes a Runner that watches nothing yet. Close ends it.
func New(config Config) (*Runner, error) { return &Runner{}, nil }

// Close stops all watches and waits until they have ended.
func (r *Runner) Close() {}

// Step begins what is to be run, stops what nobody waits for any more, and says how far the evaluations of a release are.
// An error is about the API server, and passes.
func (r *Runner) Step(ctx context.Context, request Request) (State, error) {
	return State{Phase: Nothing}, nil
}

// Stop stops whatever runs for a unit, such as one that is suspended or is going to be removed. Of a unit that was removed
// nothing is left: its Jobs belong to its ModelDeployment.
func (r *Runner) Stop(ctx context.Context, unit apply.Ref) error { return nil }
