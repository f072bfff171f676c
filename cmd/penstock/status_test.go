package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestMain(m *testing.M) { controlplane.Main(m) }

// deployed puts a ModelDeployment with a Ready condition into the cluster, as the agent writes it.
func deployed(t *testing.T, cp *controlplane.ControlPlane, namespace, environment, name, ready, reason string) {
	t.Helper()
	object := fmt.Sprintf(`apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata: {name: %s, namespace: %s, labels: {penstock.dev/environment: %s}}
`, name, namespace, environment)
	status := fmt.Sprintf(`{"status":{"environment":"%s","release":"rel-1234567","gpus":4,"fit":"fits","rollout":{"strategy":"RollingUpdate","maxSurge":1,"reason":"SpareCapacity","message":"surge 1: 3 are free"},"commit":"0123456789abcdef",
"conditions":[{"type":"Ready","status":"%s","reason":"%s","message":"a message","lastTransitionTime":"2026-11-23T12:00:00Z"}]}}`,
		environment, ready, reason)
	for _, step := range []struct{ stdin, args string }{
		{object, "apply -f -"},
		{"", "patch modeldeployment " + name + " -n " + namespace + " --subresource=status --type=merge -p"},
	} {
		args := strings.Fields(step.args)
		if step.stdin == "" {
			args = append(args, status)
		}
		if _, err := cp.Kubectl(t.Context(), strings.NewReader(step.stdin), args...); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStatusShowsWhatIsDeployed(t *testing.T) {
	cp := controlplane.ForTest(t)
	if _, err := cp.Kubectl(t.Context(), bytes.NewReader(v1alpha1.ModelDeploymentCRD), "apply", "--server-side", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	if _, err := cp.Kubectl(t.Context(), nil, "wait", "--for=condition=Established", "crd/modeldeployments.penstock.dev"); err != nil {
		t.Fatal(err)
	}
	status := func(args ...string) (int, string, string) {
		return penstock(t, append([]string{"status", "--kubeconfig", cp.KubeconfigPath()}, args...)...)
	}
	if code, _, stderr := status(); code != exitFailed || !strings.HasPrefix(stderr, "error: nothing is deployed for the cluster") {
		t.Errorf("an empty cluster: exit code %d: %s", code, stderr)
	}
	dev, prod := cp.Namespace(t), cp.Namespace(t)
	deployed(t, cp, dev, "dev", "llama", "True", "Healthy")
	deployed(t, cp, prod, "prod", "llama", "False", "Unschedulable")

	code, stdout, stderr := status()
	for _, line := range []string{
		"ENVIRONMENT   NAME    RELEASE       GPUS   FIT    READY   REASON          COMMIT",
		"dev           llama   rel-1234567   4      fits   True    Healthy         0123456789ab",
		"prod          llama   rel-1234567   4      fits   False   Unschedulable   0123456789ab",
	} {
		if !strings.Contains(stdout, line) {
			t.Errorf("no line %q in\n%s%s", line, stdout, stderr)
		}
	}
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}

	if _, stdout, _ := status("dev"); strings.Contains(stdout, "prod") || !strings.Contains(stdout, "dev") {
		t.Errorf("one environment:\n%s", stdout)
	}
	if code, stdout, _ := status("dev/llama"); code != exitOK || !strings.Contains(stdout, "a message") || !strings.Contains(stdout, "GPU memory: fits\nRollout: surge 1: 3 are free\n") {
		t.Errorf("one model: exit code %d\n%s", code, stdout)
	}
	if code, _, stderr := status("prod/llama"); code != exitInvalid || stderr != "error: prod/llama is not ready: Unschedulable\n" {
		t.Errorf("a model that is not ready: exit code %d: %s", code, stderr)
	}
	if code, _, stderr := status("prod/other"); code != exitFailed || !strings.Contains(stderr, "nothing is deployed for prod/other") {
		t.Errorf("no such model: exit code %d: %s", code, stderr)
	}
	code, stdout, stderr = status("-o", "json")
	var list v1alpha1.ModelDeploymentList
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || len(list.Items) != 2 || code != exitOK {
		t.Errorf("as JSON: exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
}
