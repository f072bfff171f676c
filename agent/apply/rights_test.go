package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/apply"
)

// role lets a user do what the rules say in the test's namespace.
func (b *bench) user(name, rules string) *rest.Config {
	b.Helper()
	name = name + "-" + b.ns
	kubectl(b.TB, b.cp, fmt.Sprintf(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: %[1]s, namespace: %[2]s}
rules: %[3]s
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: %[1]s, namespace: %[2]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: %[1]s}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %[1]s}]
`, name, b.ns, rules), "apply", "-f", "-")
	cfg, err := b.cp.User(name)
	if err != nil {
		b.Fatal(err)
	}
	return cfg
}

func TestForbiddenKindIsExplained(t *testing.T) {
	b := newBench(t)
	cfg := b.user("agent", `[{apiGroups: [penstock.dev, apps, policy], resources: ["*"], verbs: ["*"]}, {apiGroups: [""], resources: [services, serviceaccounts], verbs: ["*"]}]`)
	_, err := newApplier(t, cfg).Apply(t.Context(), b.unit("llama"), commit)
	wantError(t, err, apply.Forbidden, "ConfigMap "+b.ns+"/llama", `grant agent-`+b.ns+` the verb "get" on resource "configmaps"`, b.ns)
	if b.get("Deployment", "llama") != nil {
		t.Error("the rest of the unit was applied")
	}
}

// The least that an agent for one namespace needs.
func TestNamespacedRightsAreEnough(t *testing.T) {
	b := newBench(t)
	cfg := b.user("agent", `[
		{apiGroups: [penstock.dev], resources: [modeldeployments], verbs: [get, list, create, patch, delete]},
		{apiGroups: [penstock.dev], resources: [modeldeployments/status], verbs: [patch]},
		{apiGroups: [""], resources: [configmaps, services, serviceaccounts], verbs: [get, list, create, patch, delete]},
		{apiGroups: [apps], resources: [deployments], verbs: [get, list, create, patch, delete]},
		{apiGroups: [policy], resources: [poddisruptionbudgets], verbs: [get, list, create, patch, delete]}]`)
	applier := newApplier(t, cfg)
	objects := b.unit("llama")
	result, err := applier.Apply(t.Context(), objects, commit)
	if err != nil {
		t.Fatal(err)
	}
	if err := applier.WriteStatus(t.Context(), apply.Report{Unit: apply.RefOf(objects), Commit: "c0ffee1", Objects: objects, Result: result}); err != nil {
		t.Error(err)
	}
	if _, err := applier.Apply(t.Context(), b.unit("llama", without("ConfigMap")), commit); err != nil {
		t.Error(err)
	}
	if _, err := applier.Remove(t.Context(), apply.RefOf(objects), commit, nil); err != nil {
		t.Error(err)
	}
}

func TestMissingNamespaceIsCreatedOnce(t *testing.T) {
	b := newBench(t)
	b.ns += "-new"
	start := time.Now()
	b.mustApply(b.unit("llama"))
	b.mustApply(b.unit("mistral"))
	labels := kubectl(t, b.cp, "", "get", "namespace", b.ns, "-o", "jsonpath={.metadata.labels}")
	for _, want := range []string{`"pod-security.kubernetes.io/enforce":"baseline"`, `"pod-security.kubernetes.io/warn":"restricted"`, `"app.kubernetes.io/managed-by":"penstock"`} {
		if !strings.Contains(labels, want) {
			t.Errorf("labels lack %s: %s", want, labels)
		}
	}
	if n := counted(b.requests(start)); n["get namespaces"] != 1 || n["create namespaces"] != 1 {
		t.Errorf("requests: %v", n)
	}
	kubectl(t, b.cp, "", "delete", "namespace", b.ns, "--wait=false")
}

func TestExistingNamespaceKeepsItsLabels(t *testing.T) {
	b := newBench(t)
	kubectl(t, b.cp, "", "label", "namespace", b.ns, "pod-security.kubernetes.io/enforce=privileged")
	b.mustApply(b.unit("llama"))
	labels := kubectl(t, b.cp, "", "get", "namespace", b.ns, "-o", "jsonpath={.metadata.labels}")
	if !strings.Contains(labels, "privileged") || strings.Contains(labels, "managed-by") {
		t.Errorf("labels are %s", labels)
	}
}

func TestForbiddenNamespaceIsExplained(t *testing.T) {
	b := newBench(t)
	cfg := b.user("agent", `[]`)
	kubectl(t, b.cp, "", "create", "clusterrole", "see-"+b.ns, "--verb=get", "--resource=namespaces")
	kubectl(t, b.cp, "", "create", "clusterrolebinding", "see-"+b.ns, "--clusterrole=see-"+b.ns, "--user=agent-"+b.ns)
	b.ns += "-missing"
	_, err := newApplier(t, cfg).Apply(t.Context(), b.unit("llama"), commit)
	wantError(t, err, apply.Forbidden, "creating Namespace "+b.ns, "kubectl create namespace "+b.ns)
}

func TestTerminatingNamespaceIsTransient(t *testing.T) {
	b := newBench(t)
	kubectl(t, b.cp, fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"stay","namespace":%q,"finalizers":["example.com/stay"]}}`, b.ns), "create", "-f", "-")
	kubectl(t, b.cp, "", "delete", "namespace", b.ns, "--wait=false")
	_, err := b.applier.Apply(t.Context(), b.unit("llama"), commit)
	kubectl(t, b.cp, "", "-n", b.ns, "patch", "configmap", "stay", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
	wantError(t, err, apply.Unavailable, "Namespace "+b.ns, "being deleted")
	if !apply.Transient(err) {
		t.Error("it is not called transient")
	}
}

func TestMissingCRDIsExplained(t *testing.T) {
	b := newBench(t)
	scaled := with(t, "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: NAME, namespace: NAMESPACE}\nspec: {}\n")
	_, err := b.applier.Apply(t.Context(), b.unit("llama", scaled), commit)
	wantError(t, err, apply.MissingKind, "ScaledObject "+b.ns+"/llama", "keda.sh", "CRD")
	if b.get("Deployment", "llama") != nil {
		t.Error("the rest of the unit was applied")
	}
}
