package promote_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
)

// killed is the store and the forge of an agent that is killed before or after one of the steps that change something.
type killed struct {
	promote.Store
	forge.Forge
	at, step int
}

var errKilled = errors.New("killed")

func (k *killed) kill() {
	if k.step++; k.step == k.at {
		panic(errKilled)
	}
}

// around does a step, between two moments at which it may be killed.
func around[T any](k *killed, do func() (T, error)) (T, error) {
	k.kill()
	value, err := do()
	k.kill()
	return value, err
}

func (k *killed) Commit(ctx context.Context, parent *source.Snapshot, files map[string][]byte, message string) (string, error) {
	return around(k, func() (string, error) { return k.Store.Commit(ctx, parent, files, message) })
}

func (k *killed) Push(ctx context.Context, name, old, commit string) error {
	_, err := around(k, func() (int, error) { return 0, k.Store.Push(ctx, name, old, commit) })
	return err
}

func (k *killed) Delete(ctx context.Context, name, old string) error {
	_, err := around(k, func() (int, error) { return 0, k.Store.Delete(ctx, name, old) })
	return err
}

func (k *killed) Open(ctx context.Context, w forge.Wanted) (*forge.PullRequest, error) {
	return around(k, func() (*forge.PullRequest, error) { return k.Forge.Open(ctx, w) })
}

func (k *killed) Update(ctx context.Context, pr forge.PullRequest, w forge.Wanted) (*forge.PullRequest, error) {
	return around(k, func() (*forge.PullRequest, error) { return k.Forge.Update(ctx, pr, w) })
}

func (k *killed) Close(ctx context.Context, pr forge.PullRequest, comment string) error {
	_, err := around(k, func() (int, error) { return 0, k.Forge.Close(ctx, pr, comment) })
	return err
}

// TestKilledBetweenAnyTwoStepsTheEndIsTheSame goes through a life of a promotion, and kills the agent at one of its steps.
func TestKilledBetweenAnyTwoStepsTheEndIsTheSame(t *testing.T) {
	ends := map[string][]int{}
	kills := 0
	for at := 1; ; at++ {
		end, died := livedThrough(t, at)
		ends[end] = append(ends[end], at)
		if !died {
			break
		}
		kills++
	}
	if len(ends) != 1 || kills < 12 {
		t.Errorf("%d kills: %v", kills, ends)
	}
	t.Logf("%d kills, one end", kills)
}

// livedThrough is how things are after a promotion was proposed, overtaken, withdrawn, and the next one was proposed.
func livedThrough(t *testing.T, at int) (end string, died bool) {
	s := newStage(t)
	k := &killed{at: at}
	life := func() {
		s.Helper()
		defer func() {
			if reason := recover(); reason == errKilled {
				died = true
				s.agent, s.store = s.newAgent() // which remembers nothing
			} else if reason != nil {
				panic(reason)
			}
		}()
		k.Store, k.Forge = s.store, s.hub
		if _, err := promote.Reconcile(t.Context(), k, k, s.wanted(s.agent)); err != nil {
			t.Fatal(err)
		}
	}
	for _, change := range []func(){
		func() {}, func() { s.release("staging", "8192", "4096") }, func() { s.release("prod", "8192", "4096") }, func() { s.release("staging", "8192", "2048") },
	} {
		change()
		life()
		life() // after a kill, the next one; without, it does nothing
		if n := s.hub.open(); n > 1 {
			t.Fatalf("killed at %d: %d pull requests are open", at, n)
		}
	}
	var states []string
	for _, pr := range s.hub.all {
		states = append(states, fmt.Sprintf("#%d %s %v %s", pr.Number, pr.State, pr.Withdrawn, pr.Key))
	}
	data, err := s.Git(nil, "show", branch+":environments/prod/llama/release.yaml")
	if err != nil {
		t.Fatal(err)
	}
	count, _ := s.Git(nil, "rev-list", "--count", "main.."+branch)
	return strings.Join(states, "; ") + "; " + count + " commit; " + data, died
}
