package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// policy returns a file with a policy of one rule.
func policy(name, expression, message string, more ...string) map[string]string {
	return map[string]string{"policies/" + name + ".yaml": fmt.Sprintf(`apiVersion: penstock.dev/v1alpha1
kind: Policy
metadata:
  name: %s
spec:
  validations:
  - expression: %q
    message: %q
%s`, name, expression, message, strings.Join(more, ""))}
}

const atMostTwo = "descriptor.?spec.?scaling.?min.orValue(1) <= 2"

// scaled is an echo with so many replicas.
func scaled(replicas int) map[string]string {
	return map[string]string{"environments/dev/echo/model.yaml": echo("echo") + fmt.Sprintf("  scaling: {min: %d}\n", replicas)}
}

// held waits until policy holds a model, and returns it.
func (w *world) held(namespace, name string, parts ...string) *v1alpha1.ModelDeployment {
	w.t.Helper()
	return w.when(namespace, name, func(found *v1alpha1.ModelDeployment) error {
		ready, admitted := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionReady), meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionAdmitted)
		if ready == nil || ready.Reason != v1alpha1.ReasonHeld || admitted == nil || admitted.Status != metav1.ConditionFalse {
			return fmt.Errorf("it is not held: %+v, %+v", ready, admitted)
		}
		for _, part := range parts {
			if !strings.Contains(ready.Message, part) {
				return fmt.Errorf("no %q in: %s", part, ready.Message)
			}
		}
		return nil
	})
}

// replicas are those that the cluster is asked for.
func (w *world) replicas(namespace, name string) int32 {
	w.t.Helper()
	var found appsv1.Deployment
	if err := w.client.Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &found); err != nil {
		w.t.Fatal(err)
	}
	return *found.Spec.Replicas
}

func TestWhatPolicyHoldsIsNeverApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	good := w.commit("Serve echo", merged(environment, policy("at-most-two", atMostTwo, "two replicas are enough"), scaled(1)))
	stop := w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	since := time.Now()
	bad := w.commit("Serve more", scaled(5))
	found := w.held(dev, "echo", "at-most-two: two replicas are enough")
	if s := found.Status; s.Commit != good || s.AttemptedCommit != bad {
		t.Errorf("it is at %s and tried %s, want %s and %s", s.Commit, s.AttemptedCommit, good, bad)
	}
	if healthy := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionHealthy); healthy.Status != metav1.ConditionTrue {
		t.Errorf("what runs is %+v", healthy)
	}
	w.polls(2)
	if n := w.replicas(dev, "echo"); n != 1 {
		t.Errorf("there are %d replicas", n)
	}
	for _, write := range writes(t, w.cp, since, dev) {
		t.Errorf("it was written to: %s %s", write.Verb, write.URI)
	}
	w.eventually(func() error { return w.event(dev, "Held", "at-most-two") })

	// What was admitted is still looked after, by a new agent too.
	stop()
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: dev, Name: "echo"}}
	if err := w.client.Delete(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	w.start(w.config())
	w.eventually(func() error {
		return w.client.Get(t.Context(), client.ObjectKeyFromObject(service), &corev1.Service{})
	})
	if n := w.replicas(dev, "echo"); n != 1 {
		t.Errorf("after a restart there are %d replicas", n)
	}
	w.held(dev, "echo", "at-most-two")

	// What Git takes back is no longer held, and what is within the rule passes.
	w.commit("Serve one", scaled(1))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("Serve two", scaled(2))
	w.eventually(func() error {
		if n := w.replicas(dev, "echo"); n != 2 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
}

// event says whether an event was sent about a ModelDeployment.
func (w *world) event(namespace, reason, part string) error {
	var list eventsv1.EventList
	if err := w.client.List(w.t.Context(), &list, client.InNamespace(namespace)); err != nil {
		return err
	}
	for _, e := range list.Items {
		if e.Reason == reason && strings.Contains(e.Note, part) {
			return nil
		}
	}
	return fmt.Errorf("no event %s with %q among %d", reason, part, len(list.Items))
}

func TestANewModelThatIsHeldIsNotApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve too many", merged(environment, policy("at-most-two", atMostTwo, "two replicas are enough"), scaled(3)))
	w.start(w.config())
	if found := w.held(dev, "echo", "at-most-two"); found.Status.Commit != "" {
		t.Errorf("it was applied at %s", found.Status.Commit)
	}
	w.gone(&appsv1.Deployment{}, dev, "echo")
}

// Every input of a policy can be had for a model that was never there, and for its removal.
func TestANewModelAndItsRemovalUnderAllThatIsReckoned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev", "  prune: {maxPercent: 100}\n  policies:\n  - name: max-change-size\n  - name: gpu-quota\n  - name: gpu-budget\n  - name: no-inline-secrets\n  - name: gpu-fit\n")
	asks := policy("asks", "change.lines > 0 && change.units == 1 && size(evidence) + size(scans) + size(evaluations) == 0 && capacity.?message.orValue('x') != '' && gpu.environment.gpus >= 0", "it cannot be reckoned")
	w.commit("Serve echo", merged(environment, asks, scaled(1)))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.remove("environments/dev/echo")
	w.gone(&appsv1.Deployment{}, dev, "echo")
}

func TestAChangeIsNotJudgedByTheRulesThatComeWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, policy("at-most-two", atMostTwo, "two replicas are enough"), scaled(1)))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	w.commit("Serve more, and allow it", merged(policy("at-most-two", "true", "anything goes"), scaled(5)))
	w.held(dev, "echo", "two replicas are enough")
	w.polls(2)
	if n := w.replicas(dev, "echo"); n != 1 {
		t.Errorf("there are %d replicas", n)
	}
	// A later change is judged by them.
	w.commit("Serve four", scaled(4))
	w.eventually(func() error {
		if n := w.replicas(dev, "echo"); n != 4 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
}

func TestWhatIsHeldIsLookedAtAgainWithoutACommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	at := time.Now().Add(8 * time.Second).UTC().Truncate(time.Second).Format(time.RFC3339)
	w.commit("Serve echo, but not yet", merged(environment, scaled(1),
		policy("not-before", "now >= timestamp('"+at+"')", "it is too early", fmt.Sprintf("  auditAnnotations:\n  - {key: again, valueExpression: \"'%s'\"}\n", at))))
	w.start(w.config())
	found := w.held(dev, "echo", "not-before: it is too early", at)
	if again := found.Status.LookedAtAgain; again == nil || again.UTC().Format(time.RFC3339) != at {
		t.Errorf("it is looked at again at %v, want %s", again, at)
	}
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

// The release is healthy in dev before prod takes it, in one commit, and nobody has to do anything.
func TestAReleaseWaitsUntilItIsHealthyElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, first := w.environment("dev")
	prod, second := w.environment("prod", "  promotedFrom: dev\n  policies:\n  - name: promoted-from\n")
	files := map[string]string{}
	for _, env := range []string{"dev", "prod"} {
		files["environments/"+env+"/echo/model.yaml"] = echo("echo")
	}
	w.commit("Serve echo in both", merged(first, second, files))
	since := time.Now()
	w.start(w.config())
	w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	healthy := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	all, err := w.cp.Requests(since)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Namespace == prod && r.Resource == "deployments" && r.Verb == "patch" && r.Time.Before(healthy.Status.Releases[0].HealthySince.Time) {
			t.Errorf("prod was applied at %s, and dev is healthy since %s", r.Time, healthy.Status.Releases[0].HealthySince)
		}
	}
}

// remove pushes the removal of a file or directory.
func (w *world) remove(name string) {
	w.t.Helper()
	w.repo.Commit(gitserver.Change{Message: "Remove " + name, Delete: []string{name}})
}

func TestARemovalCanBeHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev", "  prune: {maxPercent: 100}\n")
	w.commit("Serve echo", merged(environment, scaled(1), policy("stays", "change.kind != 'removal'", "nothing is removed here")))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.remove("environments/dev/echo")
	w.held(dev, "echo", "stays: nothing is removed here")
	w.polls(2)
	w.replicas(dev, "echo")
	w.remove("policies/stays.yaml")
	w.gone(&appsv1.Deployment{}, dev, "echo")
}

// tree is what the branch has, by a repository that follows it.
func (w *world) tree() *source.Snapshot {
	w.t.Helper()
	config := w.config().Source
	repository, err := source.Open(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(repository.Close)
	snapshot, err := repository.Poll(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return snapshot
}
