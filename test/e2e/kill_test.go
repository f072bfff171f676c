package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
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

// The same with promotions: whenever it is killed, in the end one branch proposes what staging has, it is recorded once, and
// no proposal is left over.
func TestAnAgentThatIsKilledWhilePromotingProposesEachReleaseOnce(t *testing.T) {
	t.Parallel()
	seed, kills := number("PENSTOCK_SEED", 3), number("PENSTOCK_KILLS", 6)
	random := rand.New(rand.NewPCG(uint64(seed), 1))
	w, key := newWorld(t), newRecordsKey(t)
	staging, first := w.environment("staging", key.signs())
	prod, second := w.environment("prod", "  promotedFrom: staging\n  promotion: {auto: true}\n  policies: [{name: promoted-from}]\n", key.signs(), key.trusted("staging"))
	w.commit("Serve echo", merged(first, second, unit("staging", "v0"), unit("prod", "v0")))
	e := newExecutioner(w, "--records-key-dir", key.dir)
	e.start(0, false)
	w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	proposed := map[string]bool{}
	for round := range kills {
		pushed := w.commit(fmt.Sprintf("Try v%d", round+1), release("staging", fmt.Sprintf("v%d", round+1)))
		at, before := 1+random.IntN(24), random.IntN(2) == 0
		e.end()
		e.start(at, before)
		var tip string
		settled := func() error {
			found, err := w.deployment(staging, "echo")
			if err != nil {
				return err
			}
			if found.Status.Commit != pushed {
				return fmt.Errorf("round %d: staging is at %s, want %s", round, found.Status.Commit, pushed)
			}
			var claim promote.Claim
			if tip, claim, err = w.proposal("prod"); err != nil || claim.Digest != found.Status.Releases[0].Digest {
				return fmt.Errorf("round %d: proposed is %s (%v), and staging has %s", round, claim.ReleaseID, err, found.Status.Release)
			}
			if left := append(w.pending("prod"), w.pending("staging")...); len(left) > 0 || found.Status.Releases[0].HealthySince == nil {
				return fmt.Errorf("round %d: still to be written are %v", round, kindsOf(left))
			}
			return nil
		}
		w.eventually(func() error {
			if e.wasKilled() != "" {
				return nil
			}
			return settled()
		})
		t.Logf("round %d: killed at request %d: %s", round, at, e.wasKilled())
		if e.wasKilled() != "" {
			e.start(0, false)
		}
		e.spare()
		w.eventually(settled)
		if proposed[tip] {
			t.Errorf("round %d: %s was proposed before", round, tip)
		}
		proposed[tip] = true
	}
	w.eventually(func() error { // the last one may be there and not be told yet
		opened := map[string]int{}
		for _, f := range w.written("prod") {
			if f.Kind == records.Promoted && f.Data.Promotion.Action == "opened" {
				opened[f.Data.Promotion.Commit]++
			}
		}
		for tip := range proposed {
			if opened[tip] != 1 {
				return fmt.Errorf("that %s is proposed is recorded %d times", tip, opened[tip])
			}
		}
		return nil
	})
	w.verifyOnce("prod", key)
	w.verifyOnce("staging", key)
}

// proposal is what the branch of a promotion of echo claims.
func (w *world) proposal(to string) (tip string, claim promote.Claim, err error) {
	w.t.Helper()
	clone, err := source.OpenClone(w.repo.Dir())
	if err != nil {
		return "", claim, err
	}
	defer clone.Close()
	at, err := clone.Resolve("refs/heads/" + promote.Branch(to, "echo"))
	if err != nil {
		return "", claim, err
	}
	claim, _ = promote.ReadClaim(at.Commit())
	return at.Commit().Hash, claim, nil
}
