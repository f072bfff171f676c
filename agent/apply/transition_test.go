package apply_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// A story is a list of reports, each with what the status says afterwards and which events were sent.
type step struct {
	name   string
	report apply.Report
	// conditions as "Ready=False/Progressing", in the order Ready, Reconciling, Stalled, Healthy.
	conditions string
	commit     string // "applied/attempted"
	events     []string
}

func TestNext(t *testing.T) {
	objects := unit(t, "prod", "llama")
	ref := apply.RefOf(objects)
	changed := &apply.Result{Changes: []apply.Change{{Action: apply.Configured}}}
	unchanged := &apply.Result{Changes: []apply.Change{{Action: apply.Unchanged}}}
	pruned := &apply.Result{Changes: []apply.Change{{Object: apply.Object{Kind: "Service", Namespace: "prod", Name: "old"}, Action: apply.Deleted}},
		Conflicts: []apply.Conflict{{Object: apply.Object{Kind: "Deployment", Namespace: "prod", Name: "llama"}, Field: ".spec.replicas", Manager: "kubectl-edit"}}}
	applied := func(commit string, result *apply.Result) apply.Report {
		return apply.Report{Unit: ref, Commit: commit, Objects: objects, Result: result}
	}
	failed := func(commit string, err error) apply.Report {
		r := applied(commit, &apply.Result{})
		r.Err = err
		return r
	}
	health := func(status apply.HealthStatus, message string) apply.Report {
		return apply.Report{Unit: ref, Health: &apply.Health{Status: status, Reason: "x", Message: message}}
	}
	both := func(r, h apply.Report) apply.Report { r.Health = h.Health; return r }
	invalid := apply.Report{Unit: ref, Commit: "c3", Err: problem.List{{File: "model.yaml", Line: 3, Rule: "X", Message: "no"}}}
	otherwise := apply.Report{Unit: ref, Commit: "c4", Err: problem.List{{File: "model.yaml", Line: 4, Rule: "X", Message: "no again"}}}
	transient := &apply.Error{Doing: "applying", Kind: apply.Unavailable, Err: errors.New("down")}
	terminal := &apply.Error{Doing: "applying", Kind: apply.Immutable, Err: errors.New("immutable")}
	stories := map[string][]step{
		"a good release": {
			{"applied", applied("c1", changed), "Ready=False/Progressing Reconciling=True/Progressing Healthy=Unknown/Progressing", "c1/c1", []string{"Normal Progressing Apply"}},
			{"not ready yet", health(apply.Progressing, "0/2"), "Ready=False/Progressing Reconciling=True/Progressing Healthy=Unknown/Progressing", "c1/c1", nil},
			{"healthy", health(apply.Healthy, "2/2"), "Ready=True/Healthy Healthy=True/Healthy", "c1/c1", []string{"Normal Healthy Assess"}},
			{"healthy still", health(apply.Healthy, "2/2"), "Ready=True/Healthy Healthy=True/Healthy", "c1/c1", nil},
			{"applied again, nothing new", applied("c2", unchanged), "Ready=True/Healthy Healthy=True/Healthy", "c2/c2", nil},
			{"a change", applied("c3", changed), "Ready=False/Progressing Reconciling=True/Progressing Healthy=Unknown/Progressing", "c3/c3", []string{"Normal Progressing Apply"}},
		},
		"a bad release that recovers": {
			{"applied and crashing", both(applied("c1", changed), health(apply.Degraded, "crash")), "Ready=False/Degraded Stalled=True/Degraded Healthy=False/Degraded", "c1/c1", []string{"Warning Degraded Apply"}},
			{"healthy", health(apply.Healthy, "2/2"), "Ready=True/Healthy Healthy=True/Healthy", "c1/c1", []string{"Normal Healthy Assess"}},
			{"no GPU", health(apply.Unschedulable, "0/6"), "Ready=False/Unschedulable Reconciling=True/Unschedulable Healthy=False/Unschedulable", "c1/c1", []string{"Warning Unschedulable Assess"}},
			{"deleted by hand", health(apply.Missing, "gone"), "Ready=False/Progressing Reconciling=True/Progressing Healthy=False/Missing", "c1/c1", []string{"Normal Progressing Assess"}},
		},
		"an invalid commit after a good one": {
			{"good", both(applied("c1", changed), health(apply.Healthy, "2/2")), "Ready=True/Healthy Healthy=True/Healthy", "c1/c1", []string{"Normal Healthy Apply"}},
			{"invalid", invalid, "Ready=False/Invalid Stalled=True/Invalid Healthy=True/Healthy", "c1/c3", []string{"Warning Invalid Apply"}},
			{"invalid still", invalid, "Ready=False/Invalid Stalled=True/Invalid Healthy=True/Healthy", "c1/c3", nil},
			{"what runs crashes", health(apply.Degraded, "crash"), "Ready=False/Invalid Stalled=True/Invalid Healthy=False/Degraded", "c1/c3", nil},
			{"what runs recovers", health(apply.Healthy, "2/2"), "Ready=False/Invalid Stalled=True/Invalid Healthy=True/Healthy", "c1/c3", nil},
			{"invalid otherwise", otherwise, "Ready=False/Invalid Stalled=True/Invalid Healthy=True/Healthy", "c1/c4", []string{"Warning Invalid Apply"}},
			{"reverted", applied("c5", unchanged), "Ready=True/Healthy Healthy=True/Healthy", "c5/c5", []string{"Normal Healthy Apply"}},
		},
		"never valid": {
			{"invalid", invalid, "Ready=False/Invalid Stalled=True/Invalid", "/c3", []string{"Warning Invalid Apply"}},
			{"health of nothing", health(apply.Healthy, "nothing"), "Ready=False/Invalid Stalled=True/Invalid", "/c3", nil},
		},
		"failures": {
			{"down", failed("c1", transient), "Ready=False/ApplyFailed Reconciling=True/ApplyFailed", "/c1", []string{"Warning ApplyFailed Apply"}},
			{"down still", failed("c1", transient), "Ready=False/ApplyFailed Reconciling=True/ApplyFailed", "/c1", nil},
			{"refused", failed("c1", terminal), "Ready=False/ApplyFailed Stalled=True/ApplyFailed", "/c1", nil},
			{"applied, not pruned", failed("c2", fmt.Errorf("applying: %w", apply.ErrPrune)), "Ready=False/PruneFailed Reconciling=True/PruneFailed Healthy=Unknown/Progressing", "c2/c2", []string{"Warning PruneFailed Apply"}},
			{"pruned", both(applied("c2", pruned), health(apply.Healthy, "2/2")), "Ready=True/Healthy Healthy=True/Healthy", "c2/c2",
				[]string{"Warning Conflict Apply", "Normal Pruned Prune", "Normal Healthy Apply"}},
		},
		"on hold": {
			{"good", both(applied("c1", changed), health(apply.Healthy, "2/2")), "Ready=True/Healthy Healthy=True/Healthy", "c1/c1", []string{"Normal Healthy Apply"}},
			{"suspended", apply.Report{Unit: ref, Commit: "c2", Hold: v1alpha1.ReasonSuspended, HoldMessage: "prod is suspended"}, "Ready=Unknown/Suspended Healthy=True/Healthy", "c1/c2", []string{"Normal Suspended Apply"}},
			{"crash", health(apply.Degraded, "crash"), "Ready=Unknown/Suspended Healthy=False/Degraded", "c1/c2", nil},
			{"left Git", apply.Report{Unit: ref, Commit: "c3", Hold: v1alpha1.ReasonPruneHeld, HoldMessage: "3 of 4"}, "Ready=False/PruneHeld Stalled=True/PruneHeld Healthy=False/Degraded", "c1/c3", []string{"Warning PruneHeld Apply"}},
		},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			var status v1alpha1.ModelDeploymentStatus
			for _, s := range story {
				var events []apply.Event
				status, events = apply.Next(status, 1, s.report, now)
				if diff := cmp.Diff(s.conditions, conditions(status)); diff != "" {
					t.Errorf("%s: conditions (-want +got):\n%s", s.name, diff)
				}
				if got := status.Commit + "/" + status.AttemptedCommit; got != s.commit {
					t.Errorf("%s: commits are %s, want %s", s.name, got, s.commit)
				}
				if diff := cmp.Diff(s.events, told(events)); diff != "" {
					t.Errorf("%s: events (-want +got):\n%s", s.name, diff)
				}
			}
		})
	}
}

func conditions(status v1alpha1.ModelDeploymentStatus) string {
	var all []string
	for _, name := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled, v1alpha1.ConditionHealthy} {
		if c := apimeta.FindStatusCondition(status.Conditions, name); c != nil {
			all = append(all, fmt.Sprintf("%s=%s/%s", c.Type, c.Status, c.Reason))
		}
	}
	return strings.Join(all, " ")
}

func told(events []apply.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.Type+" "+e.Reason+" "+e.Action)
	}
	return all
}

func TestNextKeepsTimesOfTransition(t *testing.T) {
	objects := unit(t, "prod", "llama")
	report := apply.Report{Unit: apply.RefOf(objects), Commit: "c1", Objects: objects, Health: &apply.Health{Status: apply.Degraded, Message: "one"}}
	status, _ := apply.Next(zeroStatus, 1, report, now)
	report.Health.Message = "two"
	again, _ := apply.Next(status, 1, report, now.Add(time.Hour))
	for _, c := range again.Conditions {
		if !c.LastTransitionTime.Time.Equal(now) {
			t.Errorf("%s: transition at %s, want %s", c.Type, c.LastTransitionTime, now)
		}
	}
	if same, _ := apply.Next(again, 1, report, now.Add(2*time.Hour)); cmp.Diff(again, same) != "" {
		t.Errorf("the same report changes the status:\n%s", cmp.Diff(again, same))
	}
}

func TestNextIsBounded(t *testing.T) {
	ref := apply.Ref{Environment: "prod", Namespace: "prod", Name: "llama"}
	var many problem.List
	for range 1000 {
		many = append(many, problem.Problem{File: "environments/prod/llama/model.yaml", Rule: "X", Message: "ärger"})
	}
	status, events := apply.Next(zeroStatus, 1, apply.Report{Unit: ref, Commit: "c1", Err: many}, now)
	for _, c := range status.Conditions {
		if len(c.Message) > 4096 || !strings.HasSuffix(c.Message, "…") {
			t.Errorf("%s has a message of %d bytes", c.Type, len(c.Message))
		}
	}
	if n := len(events[0].Note); n > 1024 || !strings.Contains(events[0].Note, "tried commit c1") {
		t.Errorf("the note has %d bytes: %s", n, events[0].Note)
	}
}

func TestNextTellsWhatIsDeployed(t *testing.T) {
	objects := unit(t, "prod", "llama")
	status, events := apply.Next(zeroStatus, 7, apply.Report{Unit: apply.RefOf(objects), Commit: "c1", Objects: objects}, now)
	status.Conditions, status.Releases = nil, nil
	want := v1alpha1.ModelDeploymentStatus{
		ObservedGeneration: 7, Environment: "test", Model: "hf://meta-llama/Llama-3.1-8B-Instruct", Release: "rel-0000001",
		GPUs: 2, Commit: "c1", AttemptedCommit: "c1", Digest: "digest-1",
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if note := events[0].Note; !hasAll(note, []string{"release rel-0000001", "commit c1"}) {
		t.Errorf("note: %s", note)
	}
}
