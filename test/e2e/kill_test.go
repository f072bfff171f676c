package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/penstock-dev/penstock/agent/records"
)

// An agent that is killed, again and again, at requests that a seed chooses, does in the end what one does that nobody
// touches: the same is deployed, the same is recorded, once, and the chain holds. PENSTOCK_SEED and PENSTOCK_KILLS choose
// others, and more.
func TestAnAgentThatIsKilledAgainAndAgainLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	seed, kills := number("PENSTOCK_SEED", 1), number("PENSTOCK_KILLS", 12)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs(), "  prune: {maxPercent: 100}\n")
	w.commit("Make dev", environment)
	e := newExecutioner(w, "--records-key-dir", key.dir)

	var want []records.Kind
	for round := range kills {
		version := fmt.Sprintf("v%d", round)
		w.commit("Serve "+version, steady(version, fmt.Sprintf("  scaling: {min: %d}\n", 1+round%3)))
		at, before := 1+random.IntN(16), random.IntN(2) == 0
		e.end()
		e.start(at, before)
		want = append(want, records.Admitted, records.Applied, records.Healthy)
		healthy := func() error {
			found, err := w.deployment(dev, "echo")
			if err != nil {
				return err
			}
			if n := len(w.facts("dev/echo")); found.Status.Releases == nil || found.Status.Releases[0].HealthySince == nil || n < len(want) || len(w.pending("dev")) > 0 {
				return fmt.Errorf("round %d, kill at %d: %d facts, want %d", round, at, n, len(want))
			}
			return nil
		}
		w.eventually(func() error { // killed, or done without as many requests
			if e.wasKilled() == "" {
				return healthy()
			}
			return nil
		})
		t.Logf("round %d: killed at request %d: %s", round, at, e.wasKilled())
		if e.wasKilled() != "" {
			e.start(0, false)
		}
		e.spare()
		w.eventually(healthy)
		found, err := w.deployment(dev, "echo")
		if err != nil {
			t.Fatal(err)
		}
		if n := w.replicas(dev, "echo"); n != int32(1+round%3) || found.Status.Rollback != nil {
			t.Errorf("round %d: %d replicas, and %+v", round, n, found.Status.Rollback)
		}
		if got := kindsOf(w.facts("dev/echo")); !slices.Equal(got, want) {
			t.Fatalf("round %d: told are %v, want %v", round, got, want)
		}
	}
	w.verifyOnce("dev", key)
}

// verifyOnce checks the chain, and that nothing is in it twice.
func (w *world) verifyOnce(environment string, key recordsKey) {
	w.t.Helper()
	w.verified(environment, key)
	ids := map[string]bool{}
	for _, f := range w.written(environment) {
		if ids[f.ID] {
			w.t.Errorf("%s about %s is there twice", f.Kind, f.Unit())
		}
		ids[f.ID] = true
	}
}

// number is that of a variable of the environment.
func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}
