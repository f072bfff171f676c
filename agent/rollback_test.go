package agent

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

func TestWhatAReleaseIsTakenBackTo(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) *metav1.Time { return &metav1.Time{Time: now.Add(-ago)} }
	spec := &v1alpha1.ModelDeploymentSpec{Release: v1alpha1.Release{Runtime: v1alpha1.Runtime{Engine: "custom"}}}
	bad := v1alpha1.ReleaseStatus{Release: "rel-bad", Digest: environments.ReleaseDigest(spec.Release), Commit: "c3", Since: *at(10 * time.Minute), LastFailure: at(0)}
	older := v1alpha1.ReleaseStatus{Release: "rel-older", Digest: "older", Commit: "c1", Since: *at(72 * time.Hour), HealthySince: at(71 * time.Hour), Until: at(48 * time.Hour)}
	good := v1alpha1.ReleaseStatus{Release: "rel-good", Digest: "good", Commit: "c2", Since: *at(48 * time.Hour), HealthySince: at(47 * time.Hour), Until: at(10 * time.Minute)}
	touched := good
	touched.LastCommit = "c2-more-replicas"
	failing := good
	failing.HealthySince, failing.LastFailure = nil, at(20*time.Minute)
	old := bad
	old.Since = *at(31 * time.Minute)

	for name, c := range map[string]struct {
		releases []v1alpha1.ReleaseStatus
		commit   string // that is taken back to; none when it is not taken back
	}{
		"the one before":                          {[]v1alpha1.ReleaseStatus{bad, good, older}, "c2"},
		"as it was last applied":                  {[]v1alpha1.ReleaseStatus{bad, touched, older}, "c2-more-replicas"},
		"over one that was failing":               {[]v1alpha1.ReleaseStatus{bad, failing, older}, "c1"},
		"never one that was not healthy":          {[]v1alpha1.ReleaseStatus{bad, failing}, ""},
		"never the same":                          {[]v1alpha1.ReleaseStatus{bad, {Digest: bad.Digest, Commit: "c0", HealthySince: at(time.Hour)}}, ""},
		"nothing, when it is the first":           {[]v1alpha1.ReleaseStatus{bad}, ""},
		"nothing, when its probation is over":     {[]v1alpha1.ReleaseStatus{old, good}, ""},
		"nothing, when another one runs by now":   {[]v1alpha1.ReleaseStatus{good, bad, older}, ""},
		"nothing, when nothing was ever recorded": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			unit := &planned{objects: &render.Objects{ReleaseID: "rel-bad", Content: "sha256:content", Descriptor: &v1alpha1.ModelDeployment{Spec: spec}}}
			got := rollbackOf(unit, v1alpha1.ModelDeploymentStatus{Releases: c.releases}, 30*time.Minute, now)
			if got == nil {
				got = &v1alpha1.RollbackStatus{}
			} else if got.Content != "sha256:content" || got.Digest != bad.Digest || got.Since.IsZero() {
				t.Errorf("it does not say what failed: %+v", got)
			}
			if got.ToCommit != c.commit {
				t.Errorf("taken back to %q, want %q", got.ToCommit, c.commit)
			}
		})
	}
}
