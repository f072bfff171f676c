package apply_test

import (
	"strings"
	"testing"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

func (b *bench) mustWrite(report apply.Report) {
	b.Helper()
	if err := b.applier.WriteStatus(b.Context(), report); err != nil {
		b.Fatalf("WriteStatus: %v", err)
	}
}

// deployed reads the unit's ModelDeployment.
func (b *bench) deployed() v1alpha1.ModelDeployment {
	b.Helper()
	list, err := newApplier(b.TB, b.cp.RESTConfig()).Deployed(b.Context(), b.ns)
	if err != nil || len(list) != 1 {
		b.Fatalf("%d units, %v", len(list), err)
	}
	return list[0]
}

func TestStatusIsWrittenOnlyWhenItChanges(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	result := b.mustApply(objects)
	report := apply.Report{Unit: apply.RefOf(objects), Commit: "c0ffee1", Objects: objects, Result: result, Health: &apply.Health{Status: apply.Healthy, Message: "2/2"}}
	start := time.Now()
	b.mustWrite(report)
	if n := counted(b.requests(start)); len(n) != 1 || n["patch modeldeployments/status"] != 1 {
		t.Errorf("requests: %v", n)
	}
	start = time.Now()
	b.mustWrite(report)
	b.mustWrite(apply.Report{Unit: report.Unit, Health: report.Health})
	if n := counted(b.requests(start)); len(n) != 0 {
		t.Errorf("requests without a change: %v", n)
	}
	md := b.deployed()
	if got := conditions(md.Status); got != "Ready=True/Healthy Healthy=True/Healthy" {
		t.Errorf("conditions: %s", got)
	}
	if md.Status.Release != "rel-0000001" || md.Status.ObservedGeneration != md.Generation || md.Status.Digest != "digest-1" {
		t.Errorf("status: %+v", md.Status)
	}
	row := kubectl(t, b.cp, "", "-n", b.ns, "get", "modeldeployments")
	if !hasAll(row, []string{"llama", "rel-0000001", "True", "Healthy"}) {
		t.Errorf("kubectl get:\n%s", row)
	}
}

// Conditions that no longer hold disappear from the object: server-side apply drops what is not sent.
func TestStatusDropsConditions(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	report := apply.Report{Unit: apply.RefOf(objects), Commit: "c0ffee1", Objects: objects, Result: b.mustApply(objects)}
	b.mustWrite(report)
	if got := b.deployed(); !apimeta.IsStatusConditionTrue(got.Status.Conditions, v1alpha1.ConditionReconciling) {
		t.Errorf("conditions: %s", conditions(got.Status))
	}
	b.mustWrite(apply.Report{Unit: report.Unit, Health: &apply.Health{Status: apply.Healthy}})
	if got := conditions(b.deployed().Status); got != "Ready=True/Healthy Healthy=True/Healthy" {
		t.Errorf("conditions: %s", got)
	}
}

// An agent that has just started knows no status; it reads it before it writes.
func TestStatusSurvivesRestart(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	report := apply.Report{Unit: apply.RefOf(objects), Commit: "c0ffee1", Objects: objects, Result: b.mustApply(objects), Health: &apply.Health{Status: apply.Healthy, Message: "2/2"}}
	b.mustWrite(report)
	before := b.deployed()
	b.applier = newApplier(t, b.cp.RESTConfig())
	start := time.Now()
	b.mustWrite(apply.Report{Unit: report.Unit, Health: report.Health})
	if n := counted(b.requests(start)); len(n) != 1 || n["get modeldeployments"] != 1 {
		t.Errorf("requests: %v", n)
	}
	if after := b.deployed(); after.ResourceVersion != before.ResourceVersion {
		t.Error("it was written")
	}
}

func TestReportInvalidUnitThatNeverRan(t *testing.T) {
	b := newBench(t)
	ref := apply.Ref{Environment: "test", Namespace: b.ns, Name: "llama"}
	problems := problem.List{{File: "environments/test/llama/model.yaml", Line: 3, Field: "spec.release", Rule: "Required", Message: "is missing", Mend: "add it"}}
	if err := b.applier.ReportInvalid(t.Context(), ref, commit, problems, nil); err != nil {
		t.Fatal(err)
	}
	md := b.deployed()
	if md.Spec != nil || md.Status.AttemptedCommit != "c0ffee1" || md.Status.Commit != "" || md.Status.Environment != "test" {
		t.Errorf("%+v %+v", md.Spec, md.Status)
	}
	if got := conditions(md.Status); got != "Ready=False/Invalid Stalled=True/Invalid" {
		t.Errorf("conditions: %s", got)
	}
	if m := apimeta.FindStatusCondition(md.Status.Conditions, "Ready").Message; !strings.Contains(m, "model.yaml:3: spec.release: is missing; add it") {
		t.Errorf("message: %s", m)
	}
	// It becomes valid, and later goes.
	result := b.mustApply(b.unit("llama"))
	if got := len(result.With(apply.Created)); got != 5 {
		t.Errorf("changes: %v", result.Changes)
	}
	if len(result.Conflicts) > 0 {
		t.Errorf("it is in conflict with itself: %v", result.Conflicts)
	}
	b.mustRemove(t, "llama")
}

func TestReportInvalidLeavesWhatRuns(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	ref := apply.RefOf(objects)
	b.mustWrite(apply.Report{Unit: ref, Commit: "good", Objects: objects, Result: b.mustApply(objects), Health: &apply.Health{Status: apply.Healthy}})
	if err := b.applier.ReportInvalid(t.Context(), ref, apply.Revision{Commit: "bad"}, problem.List{{Rule: "X", Message: "no"}}, nil); err != nil {
		t.Fatal(err)
	}
	md := b.deployed()
	if md.Spec == nil || md.Status.Commit != "good" || md.Status.AttemptedCommit != "bad" || md.Status.Release != "rel-0000001" {
		t.Errorf("%+v %+v", md.Spec, md.Status)
	}
	if got := conditions(md.Status); got != "Ready=False/Invalid Stalled=True/Invalid Healthy=True/Healthy" {
		t.Errorf("conditions: %s", got)
	}
}

func TestStatusOfDeletedParent(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	report := apply.Report{Unit: apply.RefOf(objects), Commit: "c0ffee1", Objects: objects, Result: b.mustApply(objects)}
	kubectl(t, b.cp, "", "-n", b.ns, "delete", "modeldeployment", "llama")
	err := b.applier.WriteStatus(t.Context(), report)
	wantError(t, err, apply.Unavailable, "writing the status of", "test/llama")
	if b.get("ModelDeployment", "llama") != nil {
		t.Error("it was created anew, by its status alone")
	}
	if err := b.applier.WriteStatus(t.Context(), report); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// An agent that lost its lease without knowing it decides on what its successor wrote, not on what it
// remembers.
func TestStatusOfSuccessorStands(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	report := apply.Report{Unit: apply.RefOf(objects), Commit: "first", Objects: objects, Result: b.mustApply(objects)}
	b.mustWrite(report)
	report.Commit = "second"
	if err := newApplier(t, b.cp.RESTConfig()).WriteStatus(t.Context(), report); err != nil {
		t.Fatal(err)
	}
	b.mustWrite(apply.Report{Unit: report.Unit, Health: &apply.Health{Status: apply.Healthy}})
	if got := b.deployed().Status; got.Commit != "second" || conditions(got) != "Ready=True/Healthy Healthy=True/Healthy" {
		t.Errorf("status: %+v", got)
	}
}

func TestEventsAreSent(t *testing.T) {
	b := newBench(t)
	recorder, stop, err := apply.NewRecorder(b.cp.RESTConfig(), version(t))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	b.applier, err = apply.New(apply.Config{REST: b.cp.RESTConfig(), Version: version(t), Recorder: recorder})
	if err != nil {
		t.Fatal(err)
	}
	objects := b.unit("llama")
	ref := apply.RefOf(objects)
	for _, status := range []apply.HealthStatus{apply.Degraded, apply.Healthy, apply.Degraded} {
		b.mustWrite(apply.Report{Unit: ref, Commit: "c0ffee1", Objects: objects, Result: b.mustApply(objects), Health: &apply.Health{Status: status, Message: "it is " + string(status)}})
	}
	b.mustRemove(t, "llama")
	want := []string{"Degraded", "Degraded", "Healthy", "Removed"}
	reasons := poll(t, func() (string, bool) {
		out := kubectl(t, b.cp, "", "-n", b.ns, "get", "events.events.k8s.io", "--field-selector", "regarding.kind=ModelDeployment", "-o",
			`jsonpath={range .items[*]}{.type} {.reason} {.action} {.regarding.name} {.reportingController} {.note}{"\n"}{end}`)
		return out, strings.Count(out, "\n") == len(want)
	})
	for _, line := range []string{
		"Warning Degraded Apply llama penstock.dev/agent it is Degraded (release rel-0000001, commit c0ffee1)",
		"Normal Healthy Apply llama penstock.dev/agent it is Healthy (release rel-0000001, commit c0ffee1)",
		"Normal Removed Remove llama penstock.dev/agent test/llama left Git: deleted",
	} {
		if !strings.Contains(reasons, line) {
			t.Errorf("no event %q in:\n%s", line, reasons)
		}
	}
}
