package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// errLeaseLost ends the process: whoever holds the lease now must be the only one to apply.
var errLeaseLost = errors.New("agent: lost the lease; another replica took over, or the API server could not be reached in time")

// lead runs the work while this replica holds the lease. When the context ends, the lease is given up only
// after the work has come back: a successor that starts at once never meets a write of ours.
func (a *Agent) lead(ctx context.Context, work func(context.Context) error) error {
	if a.config.NoLeaderElection {
		a.setLeading(true)
		return work(ctx)
	}
	acquired := make(chan context.Context, 1)
	elector, err := a.newElector(func(leading context.Context) { acquired <- leading })
	if err != nil {
		return fmt.Errorf("agent: preparing leader election: %w", err)
	}
	electing, release := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		elector.Run(electing)
	}()
	defer func() {
		release()
		<-ended
		a.setLeading(false)
	}()
	a.log.Info("waiting for the lease", "lease", a.config.Namespace+"/"+a.config.Name)
	select {
	case <-ctx.Done():
		return nil
	case leading := <-acquired:
		a.setLeading(true)
		return workWhile(ctx, leading, work)
	}
}

// workWhile runs the work until the context or the lease ends.
func workWhile(ctx, leading context.Context, work func(context.Context) error) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(leading, stop)()
	if err := work(working); err != nil {
		return err
	}
	if ctx.Err() == nil && leading.Err() != nil {
		return errLeaseLost
	}
	return nil
}

func (a *Agent) newElector(started func(context.Context)) (*leaderelection.LeaderElector, error) {
	return leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Name: a.config.Name,
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: a.config.Namespace, Name: a.config.Name},
			Client:     a.clients.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: a.config.Identity},
		},
		// client-go's own defaults, as kube-controller-manager runs with.
		LeaseDuration:   15 * time.Second,
		RenewDeadline:   10 * time.Second,
		RetryPeriod:     2 * time.Second,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: started,
			OnStoppedLeading: func() {},
			OnNewLeader:      func(identity string) { a.log.Info("leader elected", "leader", identity) },
		},
	})
}

func (a *Agent) setLeading(leads bool) {
	a.leading.Store(leads)
	a.metrics.leader.Set(map[bool]float64{true: 1}[leads])
}
