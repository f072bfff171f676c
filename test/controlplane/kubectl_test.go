package controlplane_test

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestKubectl(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	namespace := cp.Namespace(t)
	manifest := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {key: value}\n"
	out, err := cp.Kubectl(t.Context(), strings.NewReader(manifest), "apply", "-n", namespace, "--server-side", "-f", "-")
	if err != nil || out != "configmap/a serverside-applied\n" {
		t.Fatalf("got %q, %v", out, err)
	}
	out, err = cp.Kubectl(t.Context(), nil, "get", "configmap", "a", "-n", namespace, "-o", "jsonpath={.data.key}")
	if err != nil || out != "value" {
		t.Fatalf("got %q, %v", out, err)
	}
	_, err = cp.Kubectl(t.Context(), nil, "get", "configmap", "b", "-n", namespace)
	want := `kubectl get configmap b -n ` + namespace + `: exit status 1: Error from server (NotFound): configmaps "b" not found`
	if err == nil || err.Error() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	out, err = cp.Kubectl(t.Context(), nil, "version", "-o", "json")
	if err != nil || !strings.Contains(out, `"minor": "37"`) {
		t.Fatalf("got %q, %v", out, err)
	}
}
