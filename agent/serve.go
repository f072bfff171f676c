package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// serve answers /healthz, /readyz and /metrics until the context ends.
func (a *Agent) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	})
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	}
	return nil
}

func (a *Agent) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", answer(a.healthy))
	mux.HandleFunc("GET /readyz", answer(a.serving))
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}

func answer(check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// healthy says whether the process is worth keeping. A poll that hangs for far longer than its own
// timeouts allow is a fault that only a restart can mend.
func (a *Agent) healthy() error {
	if began := a.pollBegan.Load(); began != nil && time.Since(*began) > stuckPoll {
		return fmt.Errorf("a poll has not come back since %s", began.Format(time.RFC3339))
	}
	return nil
}

// serving says whether the agent does its work: it has read the repository, or it stands by while another
// replica holds the lease.
func (a *Agent) serving() error {
	if a.leading.Load() && a.current.Load() == nil {
		return errors.New("the repository has not been read yet")
	}
	return nil
}

// stuckPoll is longer than any poll may take: the source bounds a fetch at ten minutes.
const stuckPoll = 30 * time.Minute
