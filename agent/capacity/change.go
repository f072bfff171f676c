package capacity

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// changed notes that something changed, and has OnChange called if it matters.
func (w *Watch) changed(how weight) {
	if how == nothing {
		return
	}
	w.version.Add(1)
	if how == matters {
		w.tellLater()
	}
}

// changedDevices notes that what drivers offer changed.
func (w *Watch) changedDevices(how weight) {
	if how != nothing {
		w.deviceVersion.Add(1)
	}
	w.changed(how)
}

// rightChanged notes that a right was taken or given.
func (w *Watch) rightChanged(g *gate) {
	if missing := g.missing(); missing != nil {
		w.config.Log.Warn("the capacity of the cluster is not known", "resource", g.resource, "error", missing, "retry", w.config.Retry)
	} else {
		w.config.Log.Info("the right to watch is there again", "resource", g.resource)
	}
	w.version.Add(1)
	w.tellLater()
}

func (w *Watch) tellLater() {
	select {
	case w.poke <- struct{}{}:
	default: // it is due already
	}
}

// tell calls OnChange, once for all that changes within the time to settle. Nobody wants to hear of what is not
// yet known: the list of a large cluster comes in pieces.
func (w *Watch) tell() {
	for {
		select {
		case <-w.poke:
		case <-w.ctx.Done():
			return
		}
		if !w.known() && w.Problem() == nil {
			continue // when it is known, there will be another
		}
		if !sleep(w.ctx, w.config.Settle) {
			return
		}
		select { // what came meanwhile is told now
		case <-w.poke:
		default:
		}
		w.config.OnChange()
	}
}

// offersDevices asks whether the API server serves resource.k8s.io/v1, until it answers or the context ends.
func (w *Watch) offersDevices(ctx context.Context) (bool, error) {
	const first, longest = time.Second, time.Minute
	for wait := first; ; wait = min(2*wait, longest) {
		err := w.client.ResourceV1().RESTClient().Get().AbsPath("/apis/resource.k8s.io/v1").Do(ctx).Error()
		switch {
		case err == nil:
			return true, nil
		case apierrors.IsNotFound(err):
			return false, nil
		}
		if !sleep(ctx, wait) {
			return false, fmt.Errorf("asking whether the API server serves resource.k8s.io/v1: %w", err)
		}
	}
}

// sleep waits; it is false when the context ends before.
func sleep(ctx context.Context, long time.Duration) bool {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
