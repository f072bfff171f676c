package agent

import (
	"log/slog"
	"testing"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// Whoever may write a status could ask there for a rollback that no release asks for, or one to what is no release.
func TestARollbackThatSomebodyPutIntoTheStatus(t *testing.T) {
	unitOf := func(rollback string) *planned {
		spec := &v1alpha1.ModelDeploymentSpec{Rollout: &v1alpha1.Rollout{Rollback: rollback}}
		return &planned{objects: &render.Objects{Content: "content", Descriptor: &v1alpha1.ModelDeployment{Spec: spec}}}
	}
	status := v1alpha1.ModelDeploymentStatus{Digest: "d", Rollback: &v1alpha1.RollbackStatus{Content: "content", ToCommit: "c1"}}
	bare := &progress{admitted: &render.Objects{Descriptor: &v1alpha1.ModelDeployment{}}, admittedAt: "c1"} // of before there was a spec

	a := &Agent{}
	if _, taken, err := a.takenBack(t.Context(), slog.New(slog.DiscardHandler), unitOf(""), status, bare); taken || err != nil {
		t.Errorf("a unit was taken back that does not ask for it: %v, %v", taken, err)
	}
	for _, digest := range []string{"", "another"} {
		status.Rollback.ToDigest = digest
		got, _, err := a.takenBack(t.Context(), slog.New(slog.DiscardHandler), unitOf(v1alpha1.RollbackAuto), status, bare)
		if err == nil || got.target != nil {
			t.Errorf("to digest %q: it is taken back to what is no release", digest)
		}
	}
}
