package apply_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

func TestConflictIsReportedAndGitWins(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	kubectl(t, b.cp, "", "-n", b.ns, "patch", "deployment", "llama", "--type=merge", "--field-manager=kubectl-edit", "-p", `{"spec":{"replicas":5}}`)
	result := b.mustApply(b.unit("llama"))
	want := []apply.Conflict{{
		Object:  apply.Object{Group: "apps", Kind: "Deployment", Namespace: b.ns, Name: "llama"},
		Field:   ".spec.replicas",
		Manager: "kubectl-edit",
	}}
	if diff := cmp.Diff(want, result.Conflicts); diff != "" {
		t.Errorf("conflicts (-want +got):\n%s", diff)
	}
	if got := replicas(b); got != 2 {
		t.Errorf("replicas are %d, want those of Git, 2", got)
	}
	b.settled("llama")
	if again := b.mustApply(b.unit("llama")); len(again.Conflicts) > 0 || again.Changed() {
		t.Errorf("the conflict is reported again: %v", again.Conflicts)
	}
}

func TestImmutableFieldIsExplainedAndNothingDeleted(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	before := b.get("Deployment", "llama")
	other := map[string]any{"app.kubernetes.io/name": "other", "app.kubernetes.io/instance": "llama"}
	_, err := b.applier.Apply(t.Context(), b.unit("llama",
		set("ConfigMap", "changed", "data", "greeting"),
		set("Deployment", other, "spec", "selector", "matchLabels"),
		set("Deployment", "other", "spec", "template", "metadata", "labels", "app.kubernetes.io/name")), commit)
	wantError(t, err, apply.Immutable, "Deployment "+b.ns+"/llama", "spec.selector", "never deletes", "kubectl delete deployment llama")
	if apply.Transient(err) {
		t.Error("it is called transient")
	}
	if after := b.get("Deployment", "llama"); after == nil || after.GetUID() != before.GetUID() {
		t.Error("the Deployment was deleted")
	}
	if got, _, _ := nested(b.get("ConfigMap", "llama"), "data", "greeting"); got != "hello" {
		t.Errorf("the ConfigMap was written although the Deployment is refused: %q", got)
	}
}

// A mistyped value is Invalid just as a change of an immutable field is; ssa's Force deletes the live object.
func TestInvalidFieldDeletesNothing(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	before := b.get("Service", "llama")
	ports := []any{map[string]any{"name": "http", "port": int64(99999), "targetPort": int64(8080)}}
	_, err := b.applier.Apply(t.Context(), b.unit("llama", set("Service", ports, "spec", "ports")), commit)
	wantError(t, err, apply.Invalid, "Service "+b.ns+"/llama", "spec.ports")
	if after := b.get("Service", "llama"); after == nil || after.GetUID() != before.GetUID() {
		t.Error("the Service was deleted")
	}
}

func TestUnknownFieldIsInvalid(t *testing.T) {
	b := newBench(t)
	_, err := b.applier.Apply(t.Context(), b.unit("llama", set("Deployment", "x", "spec", "replicaz")), commit)
	wantError(t, err, apply.Invalid, "Deployment "+b.ns+"/llama", "replicaz")
}

func TestObjectOfAnotherUnitIsRefused(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	before := b.get("ConfigMap", "llama")
	shared := with(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: llama, namespace: NAMESPACE}\ndata: {greeting: mine}\n")
	_, err := b.applier.Apply(t.Context(), b.unit("mistral", without("ConfigMap"), shared), commit)
	wantError(t, err, apply.Claimed, "ConfigMap "+b.ns+"/llama", "two units claim one object", "test/llama", "test/mistral")
	if after := b.get("ConfigMap", "llama"); after.GetResourceVersion() != before.GetResourceVersion() {
		t.Error("it was written")
	}
	if b.get("Deployment", "mistral") != nil {
		t.Error("the rest of the unit was applied")
	}
}

func TestObjectOfControllerIsRefused(t *testing.T) {
	b := newBench(t)
	kubectl(t, b.cp, "", "-n", b.ns, "create", "configmap", "owner")
	kubectl(t, b.cp, fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"llama","namespace":%q,"ownerReferences":[
		{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":%q,"controller":true}]}}`, b.ns, b.get("ConfigMap", "owner").GetUID()), "create", "-f", "-")
	_, err := b.applier.Apply(t.Context(), b.unit("llama"), commit)
	wantError(t, err, apply.Claimed, "ConfigMap "+b.ns+"/llama", "ConfigMap owner")
}

func TestParentOfAnotherToolIsRefused(t *testing.T) {
	b := newBench(t)
	kubectl(t, b.cp, `{"apiVersion":"penstock.dev/v1alpha1","kind":"ModelDeployment","metadata":{"name":"llama","namespace":"`+b.ns+`",
		"annotations":{"applyset.kubernetes.io/tooling":"kubectl/v1.37"}}}`, "create", "-f", "-")
	_, err := b.applier.Apply(t.Context(), b.unit("llama"), commit)
	wantError(t, err, apply.Claimed, "ModelDeployment "+b.ns+"/llama", "kubectl/v1.37")
}

// An object that exists and belongs to nobody, such as one that was applied by hand before, is adopted.
func TestLooseObjectIsAdopted(t *testing.T) {
	b := newBench(t)
	kubectl(t, b.cp, "", "-n", b.ns, "create", "configmap", "llama", "--from-literal=greeting=by hand")
	result := b.mustApply(b.unit("llama"))
	if len(result.Conflicts) != 1 || result.Conflicts[0].Manager != "kubectl-create" || result.Conflicts[0].Field != ".data.greeting" {
		t.Errorf("conflicts: %v", result.Conflicts)
	}
	if b.get("ConfigMap", "llama").GetLabels()[v1alpha1.LabelApplySetPartOf] == "" {
		t.Error("it is not a member")
	}
}

// ssa writes over an object whose GET failed.
func TestFailedGetLeavesObjectAlone(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama"))
	cfg, faults := faulty(b.cp.RESTConfig())
	applier := newApplier(t, cfg)
	faults.set(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/configmaps/llama") {
			return answer(http.StatusInternalServerError, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcd is on fire","code":500}`), nil
		}
		return nil, nil
	})
	start := time.Now()
	changed := b.unit("llama", set("ConfigMap", "changed", "data", "greeting"))
	_, err := applier.Apply(t.Context(), changed, commit)
	wantError(t, err, apply.Unavailable, "ConfigMap "+b.ns+"/llama", "etcd is on fire")
	if !apply.Transient(err) {
		t.Error("it is not called transient")
	}
	if n := counted(b.requests(start)); n["patch configmaps"]+n["patch configmaps dry"] > 0 {
		t.Errorf("it was written: %v", n)
	}
	faults.clear()
	if _, err := applier.Apply(t.Context(), changed, commit); err != nil {
		t.Errorf("and not after the fault has gone: %v", err)
	}
}

func TestErrorsOfAllKindsAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		code  int
		body  string
		want  apply.Kind
		words []string
	}{
		"too many requests": {429, `"reason":"TooManyRequests","message":"slow down"`, apply.Unavailable, nil},
		"unavailable":       {503, `"reason":"ServiceUnavailable","message":"leader lost"`, apply.Unavailable, nil},
		"webhook failed":    {500, `"reason":"InternalError","message":"failed calling webhook \"x\": context deadline exceeded"`, apply.Unavailable, nil},
		"webhook denied":    {403, `"reason":"Forbidden","message":"admission webhook \"policy.example.com\" denied the request: no"`, apply.Denied, []string{"policy.example.com"}},
		"policy denied":     {422, `"reason":"Invalid","message":"ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"`, apply.Denied, nil},
		"quota":             {403, `"reason":"Forbidden","message":"services \"x\" is forbidden: exceeded quota: q"`, apply.Forbidden, []string{"quota of namespace"}},
		"not json":          {502, "", apply.Unavailable, nil},
		"unauthorized":      {401, `"reason":"Unauthorized","message":"Unauthorized"`, apply.Unavailable, nil},
		"too large":         {413, `"reason":"RequestEntityTooLarge","message":"limit is 3145728"`, apply.Invalid, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			cfg, faults := faulty(b.cp.RESTConfig())
			applier := newApplier(t, cfg)
			faults.set(func(r *http.Request) (*http.Response, error) {
				if r.Method != http.MethodPatch || !strings.HasSuffix(r.URL.Path, "/services/llama") {
					return nil, nil
				}
				if c.body == "" {
					return answer(c.code, "<html>Bad Gateway</html>"), nil
				}
				return answer(c.code, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":`+strconv.Itoa(c.code)+`,`+c.body+`}`), nil
			})
			_, err := applier.Apply(t.Context(), b.unit("llama"), commit)
			wantError(t, err, c.want, append(c.words, "Service "+b.ns+"/llama")...)
			if apply.Transient(err) != (c.want == apply.Unavailable) {
				t.Errorf("transient: %v", apply.Transient(err))
			}
		})
	}
}

func TestConnectionRefusedIsTransient(t *testing.T) {
	b := newBench(t)
	cfg := b.cp.RESTConfig()
	cfg.Host = "https://127.0.0.1:1"
	_, err := newApplier(t, cfg).Apply(t.Context(), b.unit("llama"), commit)
	wantError(t, err, apply.Unavailable)
	if !apply.Transient(err) {
		t.Error("it is not called transient")
	}
	if !apply.Transient(errors.Join(errors.New("terminal"), err)) {
		t.Error("joined with another it is not called transient")
	}
}

func answer(code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
