package e2e

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestABrokenUnitKeepsWhatRunsAndStopsNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	good := w.commit("Serve two models", merged(environment, map[string]string{
		"environments/dev/broken/model.yaml": echo("broken"),
		"environments/dev/fine/model.yaml":   echo("fine"),
	}))
	w.start(w.config())
	before := w.ready(dev, "broken", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	bad := w.commit("Misspell a field, and change the other", map[string]string{
		"environments/dev/broken/model.yaml": echo("broken", "contextLenght: 10"),
		"environments/dev/fine/model.yaml":   echo("fine", `args: ["--loud"]`),
	})
	refused := w.ready(dev, "broken", metav1.ConditionFalse, v1alpha1.ReasonInvalid)
	for _, part := range []string{"environments/dev/broken/model.yaml:13", "contextLenght", "contextLength"} {
		if text := message(refused, v1alpha1.ConditionReady); !strings.Contains(text, part) {
			t.Errorf("the status does not say %q: %s", part, text)
		}
	}
	if s := refused.Status; s.Commit != good || s.AttemptedCommit != bad || s.Release != before.Status.Release {
		t.Errorf("the status does not tell what runs from what was tried: %+v", s)
	}
	w.when(dev, "fine", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Commit != bad {
			return fmt.Errorf("still at %s", found.Status.Commit)
		}
		return nil
	})
	var kept appsv1.Deployment
	if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: dev, Name: "broken"}, &kept); err != nil || kept.Status.ReadyReplicas != 1 {
		t.Errorf("what ran did not stay: %v, %d ready", err, kept.Status.ReadyReplicas)
	}

	w.commit("Spell it right", map[string]string{"environments/dev/broken/model.yaml": echo("broken", "contextLength: 10")})
	w.ready(dev, "broken", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

func TestABrokenEnvironmentIsToldOnItsModelsAndPrunesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, _ := w.serve("one", "two")
	_, good := w.environment("dev")
	w.commit("Break the environment", map[string]string{
		"environments/dev/environment.yaml": good["environments/dev/environment.yaml"] + "  namespaces: [a]\n",
	})
	for _, name := range []string{"one", "two"} {
		refused := w.ready(dev, name, metav1.ConditionFalse, v1alpha1.ReasonInvalid)
		if text := message(refused, v1alpha1.ConditionReady); !strings.Contains(text, "environments/dev/environment.yaml:7") {
			t.Errorf("the status does not name the file and line: %s", text)
		}
		var kept appsv1.Deployment
		if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: dev, Name: name}, &kept); err != nil {
			t.Errorf("%s was pruned: %v", name, err)
		}
	}
	w.commit("Mend it", good)
	w.ready(dev, "one", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.ready(dev, "two", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

func TestAUnitThatWasNeverValidIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve nonsense", merged(environment, map[string]string{"environments/dev/echo/model.yaml": "kind: [\n"}))
	w.start(w.config())
	found := w.ready(dev, "echo", metav1.ConditionFalse, v1alpha1.ReasonInvalid)
	if found.Spec != nil || !strings.Contains(message(found, v1alpha1.ConditionReady), "environments/dev/echo/model.yaml:") {
		t.Errorf("want no spec and the file's name: %+v", found)
	}
}

func TestTwoUnitsThatClaimOneObjectAreBothRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	shared := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shared\n"
	kustomization := "resources: [model.yaml, shared.yaml]\n"
	files := merged(environment, map[string]string{"environments/dev/three/model.yaml": echo("three")})
	for _, name := range []string{"one", "two"} {
		files = merged(files, map[string]string{
			"environments/dev/" + name + "/model.yaml":         echo(name),
			"environments/dev/" + name + "/shared.yaml":        shared,
			"environments/dev/" + name + "/kustomization.yaml": kustomization,
		})
	}
	w.commit("Share a ConfigMap", files)
	w.start(w.config())
	found := w.ready(dev, "one", metav1.ConditionFalse, v1alpha1.ReasonInvalid)
	if text := message(found, v1alpha1.ConditionReady); !strings.Contains(text, "dev/two") || !strings.Contains(text, "shared") {
		t.Errorf("the status does not name the object and the other unit: %s", text)
	}
	w.ready(dev, "two", metav1.ConditionFalse, v1alpha1.ReasonInvalid)
	w.ready(dev, "three", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

func TestAGPUShortageIsToldInTheSchedulersWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Ask for more than there is", merged(environment, map[string]string{
		"environments/dev/big/model.yaml": llama("big", "NVIDIA-A100-SXM4-80GB", 32, 1),
	}))
	w.start(w.config())
	found := w.ready(dev, "big", metav1.ConditionFalse, v1alpha1.ReasonUnschedulable)
	if text := message(found, v1alpha1.ConditionReady); !strings.Contains(text, "Insufficient nvidia.com/gpu") {
		t.Errorf("the status does not say what is missing: %s", text)
	}
}

func TestACrashingReleaseIsNotReady(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Crash", merged(environment, map[string]string{
		"environments/dev/echo/model.yaml": echo("echo", "env: [{name: SIMULATE, value: crash}]"),
	}))
	w.start(w.config())
	w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
		if text := message(found, v1alpha1.ConditionReady); !strings.Contains(text, "CrashLoopBackOff") {
			return fmt.Errorf("message %q", text)
		}
		return nil
	})
	w.commit("Do not crash", map[string]string{"environments/dev/echo/model.yaml": echo("echo")})
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

func TestASuspendedEnvironmentIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve a model", merged(environment, map[string]string{"environments/dev/echo/model.yaml": echo("echo")}))
	w.start(w.config())
	before := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	_, suspended := w.environment("dev", "  suspend: true\n")
	w.commit("Suspend, and change", merged(suspended, map[string]string{
		"environments/dev/echo/model.yaml": echo("echo", `args: ["--loud"]`),
	}))
	w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
		if !strings.Contains(message(found, v1alpha1.ConditionReady), "suspend: true") {
			return fmt.Errorf("%+v", found.Status.Conditions)
		}
		return nil
	})
	now, err := w.deployment(dev, "echo")
	if err != nil || now.Status.Release != before.Status.Release {
		t.Errorf("it was applied all the same: %v, %s", err, now.Status.Release)
	}

	w.commit("Resume", environment)
	w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Release == before.Status.Release {
			return fmt.Errorf("still the old release")
		}
		return nil
	})
}

func TestAForcePushIsRefusedAndReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	first := w.commit("Serve a model", merged(environment, map[string]string{"environments/dev/echo/model.yaml": echo("echo")}))
	second := w.commit("Change it", map[string]string{"environments/dev/echo/model.yaml": echo("echo", `args: ["--loud"]`)})
	stop := w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	w.repo.Reset(gitserver.DefaultBranch, first)
	w.stateSays("history was rewritten", second, first)
	stop()
	w.start(w.config()) // with an empty cache: only the cluster remembers
	w.polls(3)
	w.stateSays("history was rewritten", second, first)
	if now, err := w.deployment(dev, "echo"); err != nil || now.Status.Commit != second {
		t.Errorf("the rewound commit was applied: %v, %s", err, now.Status.Commit)
	}

	w.repo.Reset(gitserver.DefaultBranch, second)
	third := w.commit("Go forward", map[string]string{"environments/dev/echo/model.yaml": echo("echo")})
	w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Commit != third {
			return fmt.Errorf("at %s", found.Status.Commit)
		}
		return nil
	})
}

func TestTheAPIServerMayBeAway(t *testing.T) {
	t.Parallel()
	cp := startControlPlane(t)
	w := worldOn(t, cp)
	dev, environment := w.environment("dev")
	w.commit("Serve a model", merged(environment, map[string]string{"environments/dev/echo/model.yaml": echo("echo")}))

	// At the start.
	if err := cp.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	w.start(w.config())
	if err := cp.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	// While a commit comes in.
	if err := cp.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	commit := w.commit("Change it", map[string]string{"environments/dev/echo/model.yaml": echo("echo", `args: ["--loud"]`)})
	w.polls(2)
	if err := cp.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Commit != commit {
			return fmt.Errorf("at %s", found.Status.Commit)
		}
		return nil
	})
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}
