package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// crashing is echo with a release whose pods fail again and again.
func crashing(rollout string) map[string]string {
	return map[string]string{"environments/dev/echo/model.yaml": echo("echo", fmt.Sprintf("env: [{name: %s, value: %s}]",
		controlplane.BehaviourVariable, controlplane.Crash)) + rollout}
}

// steady is echo with a release that works, told from others by a version.
func steady(version, rollout string) map[string]string {
	return map[string]string{"environments/dev/echo/model.yaml": echo("echo", fmt.Sprintf("env: [{name: VERSION, value: %s}]", version)) + rollout}
}

const takesBack = "  rollout: {rollback: auto, probation: 1h}\n"

func TestAReleaseThatFailsOnProbationIsTakenBackUntilGitChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, steady("one", takesBack)))
	stop := w.start(w.config())
	good := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release

	w.commit("Serve a broken echo", crashing(takesBack))
	back := w.takenBack(dev, good)
	if back.Release == good || back.ToRelease != good || !strings.Contains(back.Message, "CrashLoopBackOff") {
		t.Errorf("the status says %+v", back)
	}
	w.toldOfRuns("dev/echo", "Admitted", "Applied", "Healthy", "Admitted", "Applied", "Degraded", "RolledBack", "Applied", "Healthy")

	stop()
	stop = w.start(w.config())
	w.polls(3)
	w.takenBack(dev, good)
	w.toldOfRuns("dev/echo", "Admitted", "Applied", "Healthy", "Admitted", "Applied", "Degraded", "RolledBack", "Applied", "Healthy")

	w.commit("Revert \"Serve a broken echo\"", steady("one", takesBack))
	if found := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy); found.Status.Rollback != nil || found.Status.Release != good {
		t.Errorf("Git agrees again, and the status says %+v", found.Status.Rollback)
	}
	w.commit("Serve another broken echo", crashing(takesBack+"  scaling: {min: 2}\n"))
	w.takenBack(dev, good)
	w.commit("Mend it", steady("two", takesBack))
	if found := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy); found.Status.Release == good {
		t.Error("the release that mends it does not run")
	}
	stop()
}

// toldOfRuns is told without what became of branches, which is told whenever that is done.
func (w *world) toldOfRuns(unit string, kinds ...records.Kind) {
	w.t.Helper()
	w.eventually(func() error {
		got := slices.DeleteFunc(kindsOf(w.facts(unit)), func(kind records.Kind) bool { return kind == records.Promoted })
		if !slices.Equal(got, kinds) {
			return fmt.Errorf("told are %v, want %v", got, kinds)
		}
		return nil
	})
}

func TestWithoutRollbackAFailedReleaseStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, steady("one", "")))
	w.start(w.config())
	good := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release
	w.commit("Serve a broken echo", crashing(""))
	w.ready(dev, "echo", metav1.ConditionFalse, v1alpha1.ReasonDegraded)
	w.polls(3)
	if found := w.ready(dev, "echo", metav1.ConditionFalse, v1alpha1.ReasonDegraded); found.Status.Release == good || found.Status.Rollback != nil {
		t.Errorf("it was taken back: %+v", found.Status.Rollback)
	}
}

// takenBack waits until a release of before runs in the place of a failed one, and is healthy.
func (w *world) takenBack(namespace, release string) *v1alpha1.RollbackStatus {
	w.t.Helper()
	found := w.when(namespace, "echo", func(found *v1alpha1.ModelDeployment) error {
		for _, c := range found.Status.Conditions {
			if c.Type == v1alpha1.ConditionReady && c.Reason != v1alpha1.ReasonRolledBack || c.Type == v1alpha1.ConditionHealthy && c.Status != metav1.ConditionTrue {
				return fmt.Errorf("%s is %s: %s %s", c.Type, c.Status, c.Reason, c.Message)
			}
		}
		if found.Status.Release != release || found.Status.Rollback == nil {
			return fmt.Errorf("%s runs, want %s", found.Status.Release, release)
		}
		return nil
	})
	return found.Status.Rollback
}
