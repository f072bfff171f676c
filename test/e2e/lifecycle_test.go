package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// stateSays waits until the agent's state tells of a problem with all these words.
func (w *world) stateSays(words ...string) {
	w.t.Helper()
	w.eventually(func() error {
		state, err := agent.LoadState(w.t.Context(), w.clients, w.agentNS, agent.DefaultName)
		if err != nil {
			return err
		}
		for _, word := range words {
			if !strings.Contains(state.Problem, word) {
				return fmt.Errorf("the state does not say %q: %+v", word, state)
			}
		}
		return nil
	})
}

// startControlPlane starts one that the test may harm.
func startControlPlane(t *testing.T) *controlplane.ControlPlane {
	t.Helper()
	fleet := controlplane.DefaultFleet()
	cp, err := controlplane.Start(context.Background(), controlplane.Options{Fleet: &fleet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	return cp
}

func TestARestartedAgentChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, stop := w.serve("echo")
	before := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	stop()

	since := time.Now()
	w.start(w.config())
	w.polls(4)
	for _, write := range writes(t, w.cp, since, dev) {
		t.Errorf("%s %s", write.Verb, write.URI)
	}
	after, err := w.deployment(dev, "echo")
	if err != nil {
		t.Fatal(err)
	}
	if after.ResourceVersion != before.ResourceVersion {
		t.Errorf("the ModelDeployment changed:\n%+v\n%+v", before.Status, after.Status)
	}
}

func TestOnlyTheLeaderActsAndTheNextTakesOverAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, stop := w.serve("echo")
	standby := w.config()
	standby.Identity = "agent-1"
	w.start(standby)

	stop() // gives the lease up: the other need not wait for it to expire
	began := time.Now()
	commit := w.commit("Change it", map[string]string{"environments/dev/echo/model.yaml": echo("echo", `args: ["--loud"]`)})
	w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Commit != commit {
			return fmt.Errorf("at %s", found.Status.Commit)
		}
		return nil
	})
	lease, err := w.clients.CoordinationV1().Leases(w.agentNS).Get(t.Context(), agent.DefaultName, metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != "agent-1" {
		t.Errorf("the lease is not the standby's: %v, %+v", err, lease.Spec)
	}
	t.Logf("taken over in %s", time.Since(began))
}

// Without its memory of the last commit the agent would follow a rewound branch, so it neither starts nor
// gives up while that memory cannot be read.
func TestAStateThatCannotBeReadIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve a model", merged(environment, map[string]string{"environments/dev/echo/model.yaml": echo("echo")}))
	kubectl := func(args ...string) {
		if _, err := w.cp.Kubectl(t.Context(), nil, append(args, "-n", w.agentNS)...); err != nil {
			t.Fatal(err)
		}
	}
	kubectl("create", "configmap", agent.DefaultName, "--from-literal=state.json=nonsense")
	began := time.Now()
	w.start(w.config())
	w.eventually(func() error { // it has asked more often than once
		requests, err := w.cp.Requests(began)
		asked := 0
		for _, r := range requests {
			if r.Namespace == w.agentNS && r.Verb == "get" && r.Resource == "configmaps" {
				asked++
			}
		}
		if asked < 3 {
			return fmt.Errorf("asked %d times for its state (%v)", asked, err)
		}
		return nil
	})
	if n := w.front.Count("info/refs"); n != 0 {
		t.Errorf("%d polls without a memory of the last commit", n)
	}
	kubectl("delete", "configmap", agent.DefaultName)
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

func TestAnAgentServesTheEnvironmentsThatItIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, devFile := w.environment("dev")
	prod, prodFile := w.environment("prod")
	w.commit("Serve a model twice", merged(devFile, prodFile, map[string]string{
		"environments/dev/echo/model.yaml":  echo("echo"),
		"environments/prod/echo/model.yaml": echo("echo"),
	}))
	config := w.config()
	config.Environments = []string{"prod"}
	w.start(config)
	w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	if found, err := w.deployment(dev, "echo"); err == nil {
		t.Errorf("dev was served too: %+v", found)
	}
}
