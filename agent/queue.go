package agent

import (
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/workqueue"
)

// queue hands out units by their id: each at most once at a time, and again if it was asked for meanwhile.
type queue = workqueue.TypedRateLimitingInterface[string]

func newQueue(backoff Backoff) queue {
	return workqueue.NewTypedRateLimitingQueue[string](jittered{newLimiter(backoff)})
}

func newLimiter(backoff Backoff) workqueue.TypedRateLimiter[string] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[string](backoff.Min, backoff.Max)
}

// jittered lengthens every wait by up to a fifth, so that units that failed together, as when the API
// server was away, do not all return at the same instant.
type jittered struct {
	workqueue.TypedRateLimiter[string]
}

func (j jittered) When(id string) time.Duration {
	return wait.Jitter(j.TypedRateLimiter.When(id), 0.2)
}
