package apply

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Gate is what policy said of what Git asks for.
type Gate struct {
	// Commit that was decided on. It is not the one that is applied while it is held.
	Commit string
	// Reason is ReasonHeld or ReasonRolledBack, while something else than Git asks for runs, or else ReasonAdmitted, ReasonWarned, ReasonExcepted or ReasonOverridden of v1alpha1.
	Reason string
	// Message names the rules and what they say.
	Message string
	// Again is when what is held is decided on again; zero when time alone cannot admit it.
	Again time.Time
}

// Held says whether something else than Git asks for runs.
func (g *Gate) Held() bool {
	return g != nil && (g.Reason == v1alpha1.ReasonHeld || g.Reason == v1alpha1.ReasonRolledBack)
}

// recordGate notes what policy said.
func recordGate(status *v1alpha1.ModelDeploymentStatus, gate *Gate, now time.Time) {
	if gate == nil {
		return
	}
	condition := metav1.Condition{Type: v1alpha1.ConditionAdmitted, Status: metav1.ConditionTrue, Reason: gate.Reason, Message: gate.Message}
	status.LookedAtAgain = nil
	if gate.Held() {
		condition.Status = metav1.ConditionFalse
		status.AttemptedCommit = gate.Commit
		if !gate.Again.IsZero() {
			again := metav1.NewTime(gate.Again.UTC().Truncate(time.Second))
			status.LookedAtAgain = &again
		}
	}
	setCondition(status, condition, now)
}

// verdict is that of a change that is held. One that time can admit is on its way.
func (g *Gate) verdict() verdict {
	v := verdict{metav1.ConditionFalse, g.Reason, g.Message, v1alpha1.ConditionStalled}
	if !g.Again.IsZero() {
		v.abnormal = v1alpha1.ConditionReconciling
	}
	return v
}

// gateText is what there is to tell of a change that was let in although a rule is against it: once for each commit.
// What is held is told as the reason of Ready.
func gateText(old v1alpha1.ModelDeploymentStatus, report Report) (kind, reason, text string) {
	g := report.Gate
	if g == nil || g.Held() || g.Reason == v1alpha1.ReasonAdmitted {
		return "", "", ""
	}
	was := apimeta.FindStatusCondition(old.Conditions, v1alpha1.ConditionAdmitted)
	if was != nil && was.Reason == g.Reason && was.Message == bounded(g.Message, maxMessage) {
		return "", "", ""
	}
	return corev1.EventTypeWarning, g.Reason, g.Message
}
