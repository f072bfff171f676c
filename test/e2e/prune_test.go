package e2e

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestAModelThatLeavesGitIsPrunedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, _ := w.serve("leaves", "stays")

	w.repo.Commit(gitserver.Change{Message: "Retire a model", Delete: []string{"environments/dev/leaves"}})
	w.gone(&v1alpha1.ModelDeployment{}, dev, "leaves")
	w.gone(&appsv1.Deployment{}, dev, "leaves")
	w.gone(&corev1.Service{}, dev, "leaves")
	w.ready(dev, "stays", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

func TestAModelThatLeftWhileNoAgentRanIsPruned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, stop := w.serve("leaves", "stays")
	stop()
	w.repo.Commit(gitserver.Change{Message: "Retire a model", Delete: []string{"environments/dev/leaves"}})
	w.start(w.config())
	w.gone(&v1alpha1.ModelDeployment{}, dev, "leaves")
	w.gone(&appsv1.Deployment{}, dev, "leaves")
}

func TestEmptyingAnEnvironmentWaitsForAConfirmationInGit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, _ := w.serve("one", "two")

	w.repo.Commit(gitserver.Change{Message: "Lose a directory", Delete: []string{"environments/dev/one", "environments/dev/two"}})
	for _, name := range []string{"one", "two"} {
		w.when(dev, name, func(found *v1alpha1.ModelDeployment) error {
			if text := message(found, v1alpha1.ConditionReady); !strings.Contains(text, "removes 2 of 2 models") {
				return fmt.Errorf("message %q", text)
			}
			return nil
		})
		var kept appsv1.Deployment
		if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: dev, Name: name}, &kept); err != nil {
			t.Errorf("it was pruned all the same: %v", err)
		}
	}

	_, confirmed := w.environment("dev", "  prune: {maxPercent: 100}\n")
	w.commit("Mean it", confirmed)
	w.gone(&v1alpha1.ModelDeployment{}, dev, "one")
	w.gone(&v1alpha1.ModelDeployment{}, dev, "two")
}

func TestATreeWithoutEnvironmentsPrunesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, _ := w.serve("echo")

	w.repo.Commit(gitserver.Change{Message: "Lose everything", DeleteAll: true, Files: map[string]string{"README.md": "nothing\n"}})
	w.stateSays("environments")
	w.polls(2)
	var kept appsv1.Deployment
	if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: dev, Name: "echo"}, &kept); err != nil {
		t.Errorf("it was pruned: %v", err)
	}
}
