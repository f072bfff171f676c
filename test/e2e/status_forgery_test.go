package e2e

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// Whoever may write a status and push a branch of a promotion, and may not merge, gets nothing applied that nobody merged.
func TestAForgedStatusDoesNotBringInACommitThatNobodyMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, staging := w.environment("staging")
	dev, environment := w.environment("dev", "  promotedFrom: staging\n  promotion: {auto: true}\n")
	w.commit("Serve echo", merged(environment, staging, steady("one", takesBack)))
	stop := w.start(w.config())
	found := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	head, err := w.repo.Head("main")
	if err != nil {
		t.Fatal(err)
	}
	w.repo.Commit(gitserver.Change{Branch: promote.Branch("dev", "echo"), Onto: head, Message: "Smuggle", Files: steady("smuggled", takesBack)})
	smuggled, err := w.repo.Head(promote.Branch("dev", "echo"))
	if err != nil {
		t.Fatal(err)
	}
	w.polls(3)
	stop()
	forged := fmt.Sprintf(`{"status":{"rollback":{"release":"rel-0000000","digest":%q,"content":%q,"toRelease":"rel-1111111","toDigest":%q,"toCommit":%q,"since":"2026-11-23T12:00:00Z","message":"forged"}}}`,
		found.Status.Releases[0].Digest, w.content("dev/echo"), releaseDigest(t, steady("smuggled", takesBack)), smuggled)
	if _, err := w.cp.Kubectl(t.Context(), nil, "-n", dev, "patch", "modeldeployment", "echo", "--subresource=status", "--type=merge", "-p", forged); err != nil {
		t.Fatal(err)
	}
	w.start(w.config())
	w.held(dev, "echo", "cannot be rendered from commit")
	var running appsv1.Deployment
	if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: dev, Name: "echo"}, &running); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(running.Spec.Template.Spec.Containers[0].Env); !strings.Contains(text, "one") || strings.Contains(text, "smuggled") {
		t.Errorf("what runs has %s", text)
	}
}

// releaseDigest is that of the one descriptor in files.
func releaseDigest(t *testing.T, files map[string]string) string {
	t.Helper()
	for _, content := range files {
		var found v1alpha1.ModelDeployment
		if err := yaml.Unmarshal([]byte(content), &found); err != nil {
			t.Fatal(err)
		}
		return environments.ReleaseDigest(found.Spec.Release)
	}
	return ""
}
