package e2e

import (
	"testing"
	"time"
)

// The first promise: with nothing new, a poll is one ref listing, and the API server hears nothing but the
// lease being renewed.
func TestTenIdlePollsCostTenRefListingsAndNoObjectRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, _ := w.serve("echo")
	w.polls(2) // whatever the last transition brought is over

	w.front.Reset()
	since := time.Now()
	w.polls(10)
	if n := w.front.Count("git-upload-pack"); n != 0 {
		t.Errorf("%d fetches", n)
	}
	requests, err := w.cp.Requests(since)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requests {
		ours := r.Namespace == dev || r.Namespace == w.agentNS
		if ours && r.Resource != "leases" {
			t.Errorf("%s %s by %s", r.Verb, r.URI, r.UserAgent)
		}
	}
}
