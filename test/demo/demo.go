package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Run plays the demo. It returns nil only if every chapter's story was borne out. When it returns, nothing
// of the demo is left: no process, no goroutine, and no file but the agent's log after a failure. It ends
// within seconds when the context does.
//
// The Kubernetes libraries have one logger for a whole process. Run points it at the agent's log, so one
// process can play one demo at a time.
func Run(ctx context.Context, options Options) error {
	s, err := newStage(options.withDefaults())
	if err != nil {
		return err
	}
	err = s.play(ctx)
	if s.options.Keep && !errors.Is(err, errInterrupted) {
		s.keep(ctx, err)
	}
	return s.strike(err)
}

// play sets the stage and plays one chapter after the other, up to the first that fails.
func (s *stage) play(ctx context.Context) error {
	playing, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s.fail = fail
	err := s.playAll(playing)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errInterrupted
	case playing.Err() != nil:
		return context.Cause(playing) // whatever came of it
	}
	return err
}

func (s *stage) playAll(ctx context.Context) error {
	s.say("Penstock deploys AI models from Git. This demo runs it against a real Kubernetes control plane " +
		"with simulated GPU nodes, and a real Git server.")
	s.line("")
	if err := s.set(ctx); err != nil {
		return fmt.Errorf("setting the stage: %w", err)
	}
	began := time.Now()
	for i, c := range chapters {
		s.chapter(i+1, c.title)
		if err := errors.Join(c.play(ctx, s), s.err); err != nil {
			return fmt.Errorf("chapter %d, %q: %w", i+1, c.title, err)
		}
	}
	s.say("All %d chapters held, in %s.", len(chapters), time.Since(began).Round(time.Second))
	return s.err
}

// errInterrupted is what comes of a demo that was not played to its end.
var errInterrupted = errors.New("the demo was interrupted")

// strike takes the set down. The agent's log outlives a failure that somebody may look into, and only that.
func (s *stage) strike(played error) error {
	if played != nil && !errors.Is(played, errInterrupted) && s.err == nil {
		s.keepLog = true
		played = fmt.Errorf("%w\nthe agent's log is in %s", played, s.log.Name())
	}
	return errors.Join(played, s.close())
}
