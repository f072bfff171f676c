package gate

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// EvidenceOf is what the status of a model in another environment says of a release, by its whole digest. It is false
// when the release never ran there.
func EvidenceOf(status v1alpha1.ModelDeploymentStatus, digest string, now time.Time) (policies.Evidence, bool) {
	for i, r := range status.Releases {
		if r.Digest != digest {
			continue
		}
		evidence := policies.Evidence{LastFailure: timeOf(r.LastFailure), Until: timeOf(r.Until)}
		evidence.Healthy = r.HealthySince != nil && (i > 0 || isHealthy(status))
		if evidence.Healthy {
			end := now
			if r.Until != nil {
				end = r.Until.Time
			}
			evidence.HealthySince = timeOf(r.HealthySince)
			evidence.HealthyFor = &metav1.Duration{Duration: max(0, end.Sub(r.HealthySince.Time))}
		}
		return evidence, true
	}
	return policies.Evidence{}, false
}

// isHealthy says whether what runs is known to be healthy now. Nobody looks at a unit that is suspended or broken in Git,
// or that left it, and its last health stands still.
func isHealthy(status v1alpha1.ModelDeploymentStatus) bool {
	healthy := false
	for _, c := range status.Conditions {
		switch c.Type {
		case v1alpha1.ConditionHealthy:
			healthy = c.Status == metav1.ConditionTrue
		case v1alpha1.ConditionReady:
			if slices.Contains([]string{v1alpha1.ReasonSuspended, v1alpha1.ReasonInvalid, v1alpha1.ReasonPruneHeld}, c.Reason) {
				return false
			}
		}
	}
	return healthy
}

// Former are the digests of the releases that were healthy here before the one that runs: to return to one is a rollback.
func Former(status v1alpha1.ModelDeploymentStatus) []string {
	var digests []string
	for i, r := range status.Releases {
		if i > 0 && (r.FirstHealthy != nil || r.HealthySince != nil) {
			digests = append(digests, r.Digest)
		}
	}
	return digests
}

func timeOf(t *metav1.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC()
	return &at
}
