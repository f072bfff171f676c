package apply_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

func TestFirstApplyCreatesEverything(t *testing.T) {
	b := newBench(t)
	start := time.Now()
	result := b.mustApply(b.unit("llama"))
	want := []string{"created ConfigMap", "created Deployment", "created ModelDeployment", "created PodDisruptionBudget", "created Service", "created ServiceAccount"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	md := b.get("ModelDeployment", "llama")
	if md == nil {
		t.Fatal("no ModelDeployment")
	}
	wantMeta := map[string]string{
		v1alpha1.AnnotationApplySetTooling:    "penstock/v1",
		v1alpha1.AnnotationApplySetGroupKinds: "ConfigMap,Deployment.apps,PodDisruptionBudget.policy,Service,ServiceAccount",
	}
	for key, value := range wantMeta {
		if got := md.GetAnnotations()[key]; got != value {
			t.Errorf("annotation %s is %q, want %q", key, got, value)
		}
	}
	id := md.GetLabels()[v1alpha1.LabelApplySetID]
	for _, kind := range []string{"ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"} {
		if got := b.get(kind, "llama").GetLabels()[v1alpha1.LabelApplySetPartOf]; got != id || id == "" {
			t.Errorf("%s is part of %q, want %q", kind, got, id)
		}
	}
	for _, m := range result.Members {
		if m.UID == "" {
			t.Errorf("%s has no UID in the result", m.Object)
		}
	}
	t.Logf("requests: %v", counted(b.requests(start)))
	if got := len(b.requests(start)); got != 1+3*6 {
		t.Errorf("%d requests, want one for the namespace and three for each of six objects: %v", got, counted(b.requests(start)))
	}
}

func TestSecondApplyWritesNothing(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	b.settled("llama")
	start := time.Now()
	result := b.mustApply(b.unit("llama"))
	if result.Changed() {
		t.Errorf("changes: %v", result.Changes)
	}
	want := map[string]int{}
	for _, resource := range []string{"modeldeployments", "serviceaccounts", "configmaps", "services", "deployments", "poddisruptionbudgets"} {
		want["get "+resource], want["patch "+resource+" dry"] = 1, 1
	}
	if diff := cmp.Diff(want, counted(b.requests(start))); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestChangedFieldIsOneWrite(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	b.settled("llama")
	start := time.Now()
	result := b.mustApply(b.unit("llama", set("ConfigMap", "good evening", "data", "greeting")))
	if got := actions(result); !slices.Contains(got, "configured ConfigMap") || len(result.With("configured")) != 1 {
		t.Errorf("changes: %v", got)
	}
	requests := counted(b.requests(start))
	if requests["patch configmaps"] != 1 || requests["patch deployments"] != 0 || requests["patch modeldeployments"] != 0 || len(b.requests(start)) != 13 {
		t.Errorf("requests: %v", requests)
	}
}

func TestDriftIsRestored(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	b.settled("llama")
	kubectl(t, b.cp, "", "-n", b.ns, "delete", "service", "llama")
	kubectl(t, b.cp, "", "-n", b.ns, "patch", "configmap", "llama", "--type=merge", "-p", `{"data":{"greeting":"drifted"}}`)
	result := b.mustApply(b.unit("llama"))
	want := []string{"configured ConfigMap", "created Service", "unchanged Deployment", "unchanged ModelDeployment", "unchanged PodDisruptionBudget", "unchanged ServiceAccount"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got, _, _ := nested(b.get("ConfigMap", "llama"), "data", "greeting"); got != "hello" {
		t.Errorf("greeting is %q", got)
	}
}

func TestMemberIsTracked(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	result := b.mustApply(b.unit("llama", set("Deployment", int64(1), "spec", "replicas")))
	for _, m := range result.Members {
		if m.Object.Kind == "Deployment" && m.Generation != 2 {
			t.Errorf("generation is %d, want 2", m.Generation)
		}
	}
}
