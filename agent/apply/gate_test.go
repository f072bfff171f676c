package apply_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

func TestNextOfWhatIsHeld(t *testing.T) {
	objects := unit(t, "prod", "llama")
	ref := apply.RefOf(objects)
	good := apply.Report{Unit: ref, Commit: "c1", Objects: objects, Result: &apply.Result{}, Health: &apply.Health{Status: apply.Healthy, Message: "2/2"},
		Gate: &apply.Gate{Commit: "c1", Reason: v1alpha1.ReasonAdmitted, Message: "2 policies have nothing against it"}}
	held := func(commit, message string, again time.Time) apply.Report {
		r := good
		r.Gate = &apply.Gate{Commit: commit, Reason: v1alpha1.ReasonHeld, Message: message, Again: again}
		return r
	}
	crash := apply.Report{Unit: ref, Health: &apply.Health{Status: apply.Degraded, Message: "crash"}}
	overridden := good
	overridden.Commit, overridden.Gate = "c4", &apply.Gate{Commit: "c4", Reason: v1alpha1.ReasonOverridden, Message: "OVERRIDDEN by sre"}
	suspended := apply.Report{Unit: ref, Commit: "c3", Hold: v1alpha1.ReasonSuspended, HoldMessage: "it says so"}
	broken := apply.Report{Unit: ref, Commit: "c3", Err: problem.List{{File: "model.yaml", Rule: "X", Message: "no"}}}
	soon := now.Add(time.Hour)
	story := []step{
		{"admitted", good, "Ready=True/Healthy Healthy=True/Healthy Admitted=True/Admitted", "c1/c1", []string{"Normal Healthy Apply"}},
		{"held until a time", held("c2", "soak-time: wait", soon), "Ready=False/Held Reconciling=True/Held Healthy=True/Healthy Admitted=False/Held", "c1/c2", []string{"Warning Held Decide"}},
		{"held still", held("c2", "soak-time: wait", soon), "Ready=False/Held Reconciling=True/Held Healthy=True/Healthy Admitted=False/Held", "c1/c2", nil},
		{"what runs crashes", crash, "Ready=False/Held Reconciling=True/Held Healthy=False/Degraded Admitted=False/Held", "c1/c2", nil},
		{"another is held for good", held("c3", "image-by-digest: no", time.Time{}), "Ready=False/Held Stalled=True/Held Healthy=True/Healthy Admitted=False/Held", "c1/c3", []string{"Warning Held Decide"}},
		{"held again", held("c3", "soak-time: wait", soon), "Ready=False/Held Reconciling=True/Held Healthy=True/Healthy Admitted=False/Held", "c1/c3", nil},
		{"suspended meanwhile", suspended, "Ready=Unknown/Suspended Healthy=True/Healthy Admitted=False/Held", "c1/c3", []string{"Normal Suspended Apply"}},
		{"held once more", held("c3", "soak-time: wait", soon), "Ready=False/Held Reconciling=True/Held Healthy=True/Healthy Admitted=False/Held", "c1/c3", []string{"Warning Held Decide"}},
		{"broken meanwhile", broken, "Ready=False/Invalid Stalled=True/Invalid Healthy=True/Healthy Admitted=False/Held", "c1/c3", []string{"Warning Invalid Apply"}},
		{"overridden", overridden, "Ready=True/Healthy Healthy=True/Healthy Admitted=True/Overridden", "c4/c4", []string{"Warning Overridden Decide", "Normal Healthy Apply"}},
		{"overridden still", overridden, "Ready=True/Healthy Healthy=True/Healthy Admitted=True/Overridden", "c4/c4", nil},
	}
	var status v1alpha1.ModelDeploymentStatus
	for _, s := range story {
		var events []apply.Event
		status, events = apply.Next(status, 1, s.report, now)
		got := conditions(status)
		if c := apimeta.FindStatusCondition(status.Conditions, v1alpha1.ConditionAdmitted); c != nil {
			got += " Admitted=" + string(c.Status) + "/" + c.Reason
		}
		if got != s.conditions || status.Commit+"/"+status.AttemptedCommit != s.commit {
			t.Errorf("%s: %s at %s/%s\nwant %s at %s", s.name, got, status.Commit, status.AttemptedCommit, s.conditions, s.commit)
		}
		if diff := cmp.Diff(s.events, told(events)); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", s.name, diff)
		}
		again := s.report.Gate != nil && !s.report.Gate.Again.IsZero() || s.name == "what runs crashes"
		if (status.LookedAtAgain != nil) != again {
			t.Errorf("%s: it is looked at again at %v", s.name, status.LookedAtAgain)
		}
	}
}

func TestNextOfAUnitThatWasNeverAdmitted(t *testing.T) {
	report := apply.Report{Unit: apply.Ref{Environment: "prod", Namespace: "prod", Name: "llama"},
		Gate: &apply.Gate{Commit: "c1", Reason: v1alpha1.ReasonHeld, Message: "no"}}
	status, events := apply.Next(zeroStatus, 1, report, now)
	if got := conditions(status); got != "Ready=False/Held Stalled=True/Held" || status.Commit != "" || len(events) != 1 {
		t.Errorf("%s, commit %q, events %v", got, status.Commit, events)
	}
}

// Releases are the evidence for other environments: since when is this one healthy without a failure?
func TestNextRemembersReleases(t *testing.T) {
	objects := unit(t, "prod", "llama")
	other := *objects
	descriptor := objects.Descriptor.DeepCopy()
	descriptor.Spec.Release.Model.Revision = "another"
	other.Descriptor, other.ReleaseID = descriptor, "rel-0000002"
	digest := environments.ReleaseDigest(objects.Descriptor.Spec.Release)
	at := func(minutes int) *metav1.Time {
		t := metav1.NewTime(now.Add(time.Duration(minutes) * time.Minute))
		return &t
	}
	applied := func(o *render.Objects, health apply.HealthStatus) apply.Report {
		return apply.Report{Unit: apply.RefOf(objects), Commit: "c1", Objects: o, Result: &apply.Result{Changes: []apply.Change{{Action: apply.Configured}}},
			Health: &apply.Health{Status: health}}
	}
	only := func(health apply.HealthStatus) apply.Report {
		return apply.Report{Unit: apply.RefOf(objects), Health: &apply.Health{Status: health}}
	}
	var status v1alpha1.ModelDeploymentStatus
	for i, s := range []struct {
		report                    apply.Report
		healthySince, lastFailure *metav1.Time
		releases                  int
	}{
		{applied(objects, apply.Progressing), nil, nil, 1},
		{only(apply.Healthy), at(1), nil, 1},
		{only(apply.Progressing), at(1), nil, 1}, // a pod is replaced
		{only(apply.Healthy), at(1), nil, 1},
		{only(apply.Degraded), nil, at(4), 1},
		{only(apply.Degraded), nil, at(4), 1},
		{only(apply.Healthy), at(6), at(4), 1},
		{applied(objects, apply.Healthy), at(6), at(4), 1},
		{applied(&other, apply.Progressing), nil, nil, 2},
		{only(apply.Missing), nil, at(9), 2},
		{applied(objects, apply.Healthy), at(10), nil, 3}, // it returns
	} {
		status, _ = apply.Next(status, 1, s.report, at(i).Time)
		current := status.Releases[0]
		if len(status.Releases) != s.releases || !current.HealthySince.Equal(s.healthySince) || !current.LastFailure.Equal(s.lastFailure) {
			t.Errorf("step %d: %d releases, healthy since %v, failed at %v", i, len(status.Releases), current.HealthySince, current.LastFailure)
		}
	}
	first := status.Releases[2]
	if first.Digest != digest || !first.Until.Equal(at(8)) || !first.HealthySince.Equal(at(6)) || status.Releases[1].Release != "rel-0000002" {
		t.Errorf("the first release is %+v", first)
	}
}

// A model without a replica has nothing to complain of, and is no evidence that its release works.
func TestNextOfAParkedModelRemembersNoHealth(t *testing.T) {
	objects := unit(t, "prod", "llama")
	parked := *objects
	parked.Descriptor = objects.Descriptor.DeepCopy()
	none := int32(0)
	parked.Descriptor.Spec.Scaling = &v1alpha1.Scaling{Min: &none}
	report := func(o *render.Objects) apply.Report {
		return apply.Report{Unit: apply.RefOf(objects), Commit: "c1", Objects: o, Health: &apply.Health{Status: apply.Healthy}}
	}
	var status v1alpha1.ModelDeploymentStatus
	for i, s := range []struct {
		objects *render.Objects
		healthy bool
	}{{&parked, false}, {objects, true}, {&parked, false}, {&parked, false}, {objects, true}} {
		status, _ = apply.Next(status, 1, report(s.objects), now)
		if got := status.Releases[0].HealthySince != nil; got != s.healthy || len(status.Releases) != 1 {
			t.Errorf("step %d: healthy since %v, %d releases", i, status.Releases[0].HealthySince, len(status.Releases))
		}
	}
}

func TestNextRemembersTenReleases(t *testing.T) {
	objects := unit(t, "prod", "llama")
	status := v1alpha1.ModelDeploymentStatus{}
	for i := range 30 {
		changed := *objects
		changed.Descriptor = objects.Descriptor.DeepCopy()
		changed.Descriptor.Spec.Release.Model.Revision = string(rune('a' + i))
		status, _ = apply.Next(status, 1, apply.Report{Unit: apply.RefOf(objects), Objects: &changed}, now)
	}
	if len(status.Releases) != 10 {
		t.Errorf("it remembers %d", len(status.Releases))
	}
}
