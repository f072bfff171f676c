package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/render/fit"
)

var noRoom = &apply.Room{Status: metav1.ConditionFalse, Reason: "NoRoom", Message: "8 more NVIDIA-H100-80GB-HBM3 are missing"}

func TestRoomIsToldOnceAndChangesNothingElse(t *testing.T) {
	objects := unit(t, "prod", "llama")
	ref := apply.RefOf(objects)
	running, _ := apply.Next(zeroStatus, 1, apply.Report{
		Unit: ref, Commit: "c1", Objects: objects, Health: &apply.Health{Status: apply.Healthy, Message: "2/2"},
	}, now)
	foreseen, events := apply.Next(running, 1, apply.Report{Unit: ref, Room: noRoom}, now)
	if diff := cmp.Diff([]string{"Warning NoRoom Plan"}, told(events)); diff != "" {
		t.Error(diff)
	}
	if got := conditions(foreseen); got != conditions(running) {
		t.Errorf("conditions became %s", got)
	}
	c := apimeta.FindStatusCondition(foreseen.Conditions, v1alpha1.ConditionSchedulable)
	if c == nil || c.Status != metav1.ConditionFalse || c.Message != noRoom.Message {
		t.Errorf("condition %+v", c)
	}
	again, events := apply.Next(foreseen, 1, apply.Report{Unit: ref, Room: noRoom}, now)
	if len(events) > 0 || cmp.Diff(foreseen, again) != "" {
		t.Errorf("it is told again: %v", events)
	}
	room := &apply.Room{Status: metav1.ConditionTrue, Reason: "Fits", Message: "all replicas fit"}
	better, events := apply.Next(again, 1, apply.Report{Unit: ref, Room: room}, now)
	if len(events) > 0 || !apimeta.IsStatusConditionTrue(better.Conditions, v1alpha1.ConditionSchedulable) {
		t.Errorf("events %v, conditions %+v", told(events), better.Conditions)
	}
}

func TestTheStatusTellsFitAndRolloutOfWhatIsApplied(t *testing.T) {
	objects := unit(t, "prod", "llama")
	objects.Fits = []render.Fit{
		{Product: fit.Product{Name: "NVIDIA-H200"}, Estimate: fit.Estimate{Verdict: fit.Fits}},
		{Product: fit.Product{Name: "NVIDIA-L4"}, Estimate: fit.Estimate{Verdict: fit.DoesNotFit}},
	}
	chosen := &v1alpha1.RolloutStatus{Strategy: "RollingUpdate", MaxSurge: 1, Reason: "SpareCapacity", Message: "surge 1: 3 NVIDIA-L4 are free"}
	report := apply.Report{Unit: apply.RefOf(objects), Commit: "c1", Objects: objects, Rollout: chosen}
	status, events := apply.Next(zeroStatus, 1, report, now)
	if status.Fit != "does not fit" { // on the worse of both: the scheduler may choose it
		t.Errorf("fit is %q", status.Fit)
	}
	if diff := cmp.Diff(chosen, status.Rollout); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Warning DoesNotFit Apply", "Normal Progressing Apply"}, told(events)); diff != "" {
		t.Error(diff)
	}
	report.Rollout = nil
	if again, events := apply.Next(status, 1, report, now); len(events) > 0 || again.Rollout == nil {
		t.Errorf("events %v, rollout %v", told(events), again.Rollout)
	}
}
