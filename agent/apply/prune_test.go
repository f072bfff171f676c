package apply_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: NAME, namespace: NAMESPACE}\n" +
	"spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"

func TestPruneDeletesWhatLeft(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	b.mustApply(b.unit("mistral"))
	b.settled("llama")
	result := b.mustApply(b.unit("llama", without("PodDisruptionBudget"), without("ConfigMap")))
	want := []string{"configured ModelDeployment", "deleted ConfigMap", "deleted PodDisruptionBudget", "unchanged Deployment", "unchanged Service", "unchanged ServiceAccount"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if b.get("ConfigMap", "llama") != nil || b.get("PodDisruptionBudget", "llama") != nil {
		t.Error("something is still there")
	}
	if b.get("ConfigMap", "mistral") == nil || b.get("Service", "llama") == nil {
		t.Error("something else was deleted")
	}
	if got := b.kinds("llama"); got != "Deployment.apps,Service,ServiceAccount" {
		t.Errorf("recorded kinds are %s", got)
	}
}

// kinds are the group-kinds that a unit's parent records.
func (b *bench) kinds(name string) string {
	return b.get("ModelDeployment", name).GetAnnotations()[v1alpha1.AnnotationApplySetGroupKinds]
}

func TestFailedListPrunesNothingOfThatKind(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	cfg, faults := faulty(b.cp.RESTConfig())
	applier := newApplier(t, cfg)
	faults.set(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/configmaps") {
			return answer(http.StatusInternalServerError, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"boom","code":500}`), nil
		}
		return nil, nil
	})
	smaller := b.unit("llama", without("PodDisruptionBudget"), without("ConfigMap"))
	result, err := applier.Apply(t.Context(), smaller, commit)
	wantError(t, err, apply.Unavailable, "listing ConfigMap", "boom")
	if !errors.Is(err, apply.ErrPrune) || !apply.Transient(err) {
		t.Errorf("not a transient failure of prune: %v", err)
	}
	if b.get("ConfigMap", "llama") == nil {
		t.Error("the ConfigMap was deleted")
	}
	if b.get("PodDisruptionBudget", "llama") != nil || len(result.With(apply.Deleted)) != 1 {
		t.Error("the failure of one kind stopped another")
	}
	if got := b.kinds("llama"); !strings.Contains(got, "ConfigMap") {
		t.Errorf("recorded kinds are %s: the ConfigMap would be an orphan", got)
	}
	faults.clear()
	if _, err := applier.Apply(t.Context(), smaller, commit); err != nil || b.get("ConfigMap", "llama") != nil {
		t.Errorf("the next Apply does not finish: %v", err)
	}
}

func TestOneUndeletableObjectDoesNotStopTheRest(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	cfg, faults := faulty(b.cp.RESTConfig())
	applier := newApplier(t, cfg)
	faults.set(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/poddisruptionbudgets/") {
			return answer(http.StatusForbidden, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"admission webhook \"keep\" denied the request","code":403}`), nil
		}
		return nil, nil
	})
	_, err := applier.Apply(t.Context(), b.unit("llama", without("PodDisruptionBudget"), without("ConfigMap")), commit)
	wantError(t, err, apply.Denied, "deleting PodDisruptionBudget "+b.ns+"/llama")
	var e *apply.Error
	if !errors.As(err, &e) || !errors.Is(err, apply.ErrPrune) {
		t.Errorf("it cannot be unwrapped: %v", err)
	}
	if b.get("ConfigMap", "llama") != nil {
		t.Error("the ConfigMap was not deleted")
	}
}

func TestClaimIsKept(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama", with(t, claim)))
	result := b.mustApply(b.unit("llama"))
	if kept := result.With(apply.Kept); len(kept) != 1 || kept[0].Kind != "PersistentVolumeClaim" {
		t.Errorf("kept: %v", kept)
	}
	if b.get("PersistentVolumeClaim", "llama") == nil {
		t.Fatal("the claim was deleted")
	}
	if got := b.kinds("llama"); !strings.Contains(got, "PersistentVolumeClaim") {
		t.Errorf("recorded kinds are %s: the claim would be forgotten", got)
	}
	b.settled("llama")
	start := time.Now()
	if again := b.mustApply(b.unit("llama")); again.Changed() {
		t.Errorf("a kept claim makes every Apply write: %v, %v", again.Changes, counted(b.requests(start)))
	}
	kubectl(t, b.cp, "", "-n", b.ns, "annotate", "pvc", "llama", "penstock.dev/prune=allow")
	result = b.mustApply(b.unit("llama"))
	if deleted := result.With(apply.Deleted); len(deleted) != 1 || len(result.With(apply.Kept)) != 0 {
		t.Errorf("after it was allowed: %v", result.Changes)
	}
}

func TestUnlabelledObjectIsNotPruned(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	kubectl(t, b.cp, "", "-n", b.ns, "label", "configmap", "llama", v1alpha1.LabelApplySetPartOf+"-")
	b.mustApply(b.unit("llama", without("ConfigMap")))
	if b.get("ConfigMap", "llama") == nil {
		t.Error("an object whose label was taken off was deleted")
	}
}

// labelledMeanwhile prunes the ConfigMap of a unit, which somebody labels between the list and the delete.
func labelledMeanwhile(t *testing.T, label string) (b *bench, result *apply.Result, err error) {
	t.Helper()
	b = newBench(t)
	b.mustApply(b.unit("llama"))
	cfg, faults := faulty(b.cp.RESTConfig())
	applier := newApplier(t, cfg)
	var once bool
	faults.set(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete && !once {
			once = true
			kubectl(t, b.cp, "", "-n", b.ns, "label", "configmap", "llama", label)
		}
		return nil, nil
	})
	result, err = applier.Apply(t.Context(), b.unit("llama", without("ConfigMap")), commit)
	return b, result, err
}

// Somebody takes the label off in the last moment. The precondition sees it.
func TestPruneSeesLateChange(t *testing.T) {
	b, result, err := labelledMeanwhile(t, v1alpha1.LabelApplySetPartOf+"-")
	if err != nil || len(result.With(apply.Deleted)) > 0 || b.get("ConfigMap", "llama") == nil {
		t.Errorf("it was deleted: %v, %v", result.Changes, err)
	}
}

// And one whose status changes all the time is deleted all the same.
func TestPruneRepeatsAfterHarmlessChange(t *testing.T) {
	b, result, err := labelledMeanwhile(t, "example.com/touched=yes")
	if err != nil || len(result.With(apply.Deleted)) != 1 || b.get("ConfigMap", "llama") != nil {
		t.Errorf("it was not deleted: %v, %v", result.Changes, err)
	}
}

// A kind whose CRD was removed holds up nothing and stays on record.
func TestUnservedKindHoldsUpNothing(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	kubectl(t, b.cp, "", "-n", b.ns, "annotate", "--overwrite", "modeldeployment", "llama",
		v1alpha1.AnnotationApplySetGroupKinds+"=ConfigMap,Deployment.apps,PodDisruptionBudget.policy,Service,ServiceAccount,Widget.example.com")
	result := b.mustApply(b.unit("llama", without("ConfigMap")))
	if len(result.With(apply.Deleted)) != 1 {
		t.Errorf("changes: %v", result.Changes)
	}
	if got := b.kinds("llama"); !strings.Contains(got, "Widget.example.com") {
		t.Errorf("recorded kinds are %s", got)
	}
}

func TestRemove(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama", with(t, claim))
	b.mustApply(objects)
	b.mustApply(b.unit("mistral"))
	ref := apply.RefOf(objects)
	deployed, err := b.applier.Deployed(t.Context(), b.ns)
	if err != nil || len(deployed) != 2 || apply.RefOfDeployed(&deployed[0]) != ref {
		t.Fatalf("deployed: %v, %v", deployed, err)
	}
	result, err := b.applier.Remove(t.Context(), ref, commit, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"deleted ConfigMap", "deleted Deployment", "deleted ModelDeployment", "deleted PodDisruptionBudget", "deleted Service", "deleted ServiceAccount", "kept PersistentVolumeClaim"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if last := result.Changes[len(result.Changes)-1]; last.Object.Kind != "ModelDeployment" {
		t.Errorf("the parent is not the last: %v", result.Changes)
	}
	if b.get("PersistentVolumeClaim", "llama") == nil || b.get("Deployment", "mistral") == nil {
		t.Error("too much was deleted")
	}
	if again, err := b.applier.Remove(t.Context(), ref, commit, nil); err != nil || len(again.Changes) > 0 {
		t.Errorf("the second time: %v, %v", again.Changes, err)
	}
	// It comes back, with its claim.
	back := b.mustApply(objects)
	if !slices.Contains(actions(back), "unchanged PersistentVolumeClaim") {
		t.Errorf("changes: %v", actions(back))
	}
}

func TestRemoveKeepsParentWhileSomethingIsLeft(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	b.mustApply(objects)
	cfg, faults := faulty(b.cp.RESTConfig())
	applier := newApplier(t, cfg)
	faults.set(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/configmaps/") {
			return nil, errKilled
		}
		return nil, nil
	})
	if _, err := applier.Remove(t.Context(), apply.RefOf(objects), commit, nil); !errors.Is(err, apply.ErrPrune) {
		t.Errorf("error: %v", err)
	}
	if b.get("ModelDeployment", "llama") == nil || b.get("Service", "llama") != nil {
		t.Error("the parent is gone, or the rest is not")
	}
}

func TestRemoveRefusesForeignModelDeployment(t *testing.T) {
	b := newBench(t)
	kubectl(t, b.cp, `{"apiVersion":"penstock.dev/v1alpha1","kind":"ModelDeployment","metadata":{"name":"llama","namespace":"`+b.ns+`"}}`, "create", "-f", "-")
	_, err := b.applier.Remove(t.Context(), apply.Ref{Environment: "test", Namespace: b.ns, Name: "llama"}, commit, nil)
	wantError(t, err, apply.Claimed, "not applied by Penstock")
}
