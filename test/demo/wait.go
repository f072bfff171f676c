package demo

import (
	"context"
	"fmt"
	"time"
)

// lookEvery is how often a condition is looked at. It bounds how exact the times are that the demo shows.
const lookEvery = 50 * time.Millisecond

// look says whether something holds by now and, if not, what was seen in its place. An error is something
// seen too: it may pass.
type look func(ctx context.Context) (holds bool, seen string, err error)

// wait looks until something holds. When it takes longer than patience, the error says what was waited for
// and what was seen last.
func wait(ctx context.Context, patience time.Duration, what string, look look) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		holds, seen, err := look(ctx)
		if holds && err == nil {
			return nil
		}
		if err != nil {
			seen = err.Error()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline.C:
			return fmt.Errorf("waited %s for %s; last seen: %s", patience, what, seen)
		case <-again.C:
		}
	}
}
