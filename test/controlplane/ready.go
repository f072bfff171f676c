package controlplane

import (
	"context"
	"fmt"
	"time"
)

// patience is how long anything may take to become ready. It is ten times what
// a small machine needs; a loaded one must not fail a test.
const patience = 90 * time.Second

// pollEvery is how often a condition is looked at.
const pollEvery = 50 * time.Millisecond

// await polls check until it holds. It gives up when ctx ends, when patience
// does, or as soon as a process dies; the error says what was missing last.
func await(ctx context.Context, what string, processes []*process, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		missing := check(ctx)
		if missing == nil {
			return nil
		}
		for _, p := range processes {
			if err := p.died(); err != nil {
				return err
			}
		}
		if err := pause(ctx, pollEvery); err != nil {
			return fmt.Errorf("control plane: waiting for %s: %w; last: %w", what, err, missing)
		}
	}
}

// pause waits for d, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
