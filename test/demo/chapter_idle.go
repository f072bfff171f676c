package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/test/controlplane"
)

// idlePolls is how many polls the demo watches.
const idlePolls = 10

func idle(ctx context.Context, s *stage) error {
	s.say("Nobody pushes and nothing happens. Here is what %d polls cost, as the Git server and the API server's "+
		"audit log have counted.", idlePolls)
	if err := s.awaitReady(ctx); err != nil {
		return err
	}
	s.agentDoor.Reset()
	since := time.Now()
	err := s.await(ctx, fmt.Sprintf("%d polls", idlePolls), func(context.Context) (bool, string, error) {
		polls := s.agentDoor.Count("info/refs")
		return polls >= idlePolls, fmt.Sprintf("%d polls", polls), nil
	})
	if err != nil {
		return err
	}
	return s.proveIdle(since)
}

// proveIdle counts what the agent asked for since a time.
func (s *stage) proveIdle(since time.Time) error {
	listings := s.agentDoor.Count("info/refs")
	fetches := len(s.agentDoor.Requests()) - listings
	isLease := func(r controlplane.Request) bool { return r.Resource == "leases" }
	leases, err := s.agentRequests(since, isLease)
	if err != nil {
		return err
	}
	others, err := s.agentRequests(since, func(r controlplane.Request) bool { return !isLease(r) })
	if err != nil {
		return err
	}
	s.line("")
	for _, count := range []struct {
		what string
		n    int
	}{
		{"listings of the branch, of the Git server", listings},
		{"fetches, of the Git server", fetches},
		{"requests about objects, of the API server", len(others)},
		{"requests to keep the agent's lease", len(leases)},
	} {
		s.quote(fmt.Sprintf("%4d  %s", count.n, count.what))
	}
	if fetches > 0 {
		return fmt.Errorf("%d idle polls fetched %d times", listings, fetches)
	}
	if len(others) > 0 {
		return fmt.Errorf("%d idle polls cost %d requests, the first one %s %s", listings, len(others), others[0].Verb, others[0].URI)
	}
	s.line("")
	s.proven("An idle poll is one listing of the branch and nothing else.")
	return nil
}
