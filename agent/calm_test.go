package agent

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes/fake"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/journal"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

func TestAPulseIsBoundInEachHour(t *testing.T) {
	var p pulse
	began := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	told := 0
	for at := began; at.Before(began.Add(3 * time.Hour)); at = at.Add(time.Second) {
		if p.wait(at) == 0 {
			told++
			p.beat(at)
		}
	}
	if told != 3*mostAnHour || len(p) > mostAnHour {
		t.Errorf("told %d times in three hours, and %d are remembered", told, len(p))
	}
}

// A container that crashes and comes back again and again is not told forever, and counts as failing when it is not.
func TestAModelThatComesAndGoesDoesNotFillTheRecords(t *testing.T) {
	j, err := journal.Open(t.Context(), journal.Config{ConfigMaps: fake.NewClientset().CoreV1().ConfigMaps("agent"), Name: "penstock"})
	if err != nil {
		t.Fatal(err)
	}
	a := &Agent{journal: j, queue: newQueue(Backoff{Min: time.Second, Max: time.Minute}), log: slog.New(slog.DiscardHandler)}
	defer a.queue.ShutDown()
	unit := &planned{
		ref:     apply.Ref{Environment: "prod", Name: "llama"},
		objects: &render.Objects{ReleaseID: "rel-1", Descriptor: &v1alpha1.ModelDeployment{Spec: &v1alpha1.ModelDeploymentSpec{}}},
	}
	done := &progress{}
	for range 40 {
		for _, status := range []apply.HealthStatus{apply.Healthy, apply.Degraded, apply.Unschedulable, apply.Missing} {
			if err := a.tellHealth(t.Context(), unit, done, &apply.Health{Status: status}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var told []records.Kind
	for _, entry := range j.Pending("prod") {
		for _, f := range entry.Facts {
			told = append(told, f.Kind)
		}
	}
	if n := len(told); n > mostAnHour+1 || n < mostAnHour || told[n-1] != records.Degraded {
		t.Errorf("%d facts are told: %v", n, told)
	}

	done.healthTold = nil // an hour later
	if err := a.tellHealth(t.Context(), unit, done, &apply.Health{Status: apply.Healthy}); err != nil {
		t.Fatal(err)
	}
	if got := j.Environments()["prod"]; got != len(told)+1 {
		t.Errorf("%d facts are told, want one more than %d: that it is healthy", got, len(told))
	}
}

// An error may name a time or a request in its text, and is another one each time that it is tried again.
func TestAFailureThatWordsItselfAnewDoesNotFillTheRecords(t *testing.T) {
	j, err := journal.Open(t.Context(), journal.Config{ConfigMaps: fake.NewClientset().CoreV1().ConfigMaps("agent"), Name: "penstock"})
	if err != nil {
		t.Fatal(err)
	}
	a := &Agent{journal: j}
	unit := &planned{
		ref:     apply.Ref{Environment: "prod", Name: "llama"},
		objects: &render.Objects{ReleaseID: "rel-1", Descriptor: &v1alpha1.ModelDeployment{Spec: &v1alpha1.ModelDeploymentSpec{}}},
	}
	done := &progress{}
	for i := range 5 * mostAnHour {
		if err := a.tellFailed(t.Context(), unit, done, fmt.Errorf("request %d was refused", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := j.Environments()["prod"]; got != mostAnHour {
		t.Errorf("%d facts are told, want %d", got, mostAnHour)
	}
}
