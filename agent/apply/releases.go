package apply

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// maxReleases is how many releases a status remembers.
const maxReleases = 10

// recordRelease notes a release that was applied and is another one than before.
func recordRelease(status *v1alpha1.ModelDeploymentStatus, report Report, now time.Time) {
	spec := report.Objects.Descriptor.Spec
	if spec == nil {
		return
	}
	digest, at := environments.ReleaseDigest(spec.Release), metav1.NewTime(now.Truncate(time.Second))
	if len(status.Releases) > 0 {
		if status.Releases[0].Digest == digest {
			noteCommit(&status.Releases[0], report.Commit)
			return
		}
		status.Releases[0].Until = &at
	}
	made := v1alpha1.ReleaseStatus{Release: report.Objects.ReleaseID, Digest: digest, Commit: report.Commit, Since: at}
	status.Releases = slices.Insert(status.Releases, 0, made)
	status.Releases = status.Releases[:min(len(status.Releases), maxReleases)]
}

// noteCommit notes whose files were applied last while a release runs.
func noteCommit(release *v1alpha1.ReleaseStatus, commit string) {
	release.LastCommit = commit
	if commit == release.Commit {
		release.LastCommit = ""
	}
}

// recordHealth notes since when the release that runs is healthy. A pod that is replaced does not end that; a failure
// does. Writing "it still fails" again and again would cost a request each. A model that is parked, without any replica, has
// nothing to complain of and proves nothing.
func recordHealth(status *v1alpha1.ModelDeploymentStatus, report Report, health Health, now time.Time) {
	if len(status.Releases) == 0 {
		return
	}
	current, at := &status.Releases[0], metav1.NewTime(now.Truncate(time.Second))
	if report.parked() {
		current.HealthySince = nil
		return
	}
	switch health.Status {
	case Healthy:
		if current.HealthySince == nil {
			current.HealthySince = &at
		}
		if current.FirstHealthy == nil {
			current.FirstHealthy = &at
		}
	case Degraded, Unschedulable, Missing:
		if current.HealthySince != nil || current.LastFailure == nil {
			current.LastFailure = &at
		}
		current.HealthySince = nil
	}
}

// parked says whether what runs may have no replica at all.
func (r Report) parked() bool {
	return r.Objects != nil && r.Objects.Descriptor.Spec != nil && environments.MostReplicas(r.Objects.Descriptor.Spec.Scaling) == 0
}
