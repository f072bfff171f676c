package apply

import (
	"cmp"
	"errors"
	"slices"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// maxMessage bounds the message of a condition, in bytes.
const maxMessage = 4 << 10

// Report is what happened to a unit since its status was last written.
type Report struct {
	// Unit that it happened to.
	Unit Ref
	// Commit that was applied or tried; empty when this is about health alone.
	Commit string
	// Objects that were applied or tried; nil when this is about health alone or nothing was rendered.
	Objects *render.Objects
	// Result of Apply.
	Result *Result
	// Err is why it failed: a problem.List when the repository is wrong, else what Apply returned.
	Err error
	// Health of what runs; nil when it was not looked at, and then the last one stands.
	Health *Health
	// Rollout is how the change is rolled out; nil when that was not chosen, and then the last one stands.
	Rollout *v1alpha1.RolloutStatus
	// Room is whether the cluster has room for the unit; nil when that was not looked at, and then the last
	// answer stands.
	Room *Room
	// Gate is what policy said of what Git asks for; nil when it was not asked, and then the last answer stands. While
	// it holds that, Objects and Commit are of what was last admitted.
	Gate *Gate
	// Hold is ReasonSuspended or ReasonPruneHeld when the unit is left alone on purpose.
	Hold string
	// HoldMessage says until when.
	HoldMessage string
	// Evaluated is how far the evaluations are; when it is there, this is about nothing else.
	Evaluated *Evaluated
	// Rollback is what the unit is to be taken back to; when it is there, this is about nothing else.
	Rollback *v1alpha1.RollbackStatus
	// Reverting is how far Git is on its way to agree with a rollback; when it is there, this is about nothing else.
	Reverting *Reverting
	// Recorded is what the records were told by now; nil when nothing is new.
	Recorded *v1alpha1.RecordedStatus
}

// Evaluated is how far the evaluations of what runs are.
type Evaluated struct {
	// Outcomes are those of the release that runs.
	Outcomes []v1alpha1.EvaluationStatus
	// Condition sums up; nil when the release has no evaluations.
	Condition *metav1.Condition
}

// Room is whether the cluster has room for all replicas of a unit.
type Room struct {
	// Status is True, False, or Unknown when the agent does not know the cluster's nodes.
	Status metav1.ConditionStatus
	// Reason is a CamelCase word, and Message says what is missing.
	Reason, Message string
}

// applied says whether all objects were applied.
func (r Report) applied() bool {
	return r.Objects != nil && r.Hold == "" && (r.Err == nil || errors.Is(r.Err, ErrPrune))
}

// foresees says whether this is about what is going to be tried, and nothing happened yet.
func (r Report) foresees() bool { return r.Room != nil && r.Health == nil && !r.tried() }

// tried says whether this is about more than health.
func (r Report) tried() bool {
	return r.Hold != "" || r.Err != nil || r.Objects != nil || r.Gate.Held()
}

// Next decides which status follows from the old one and what happened, and which events tell of it. It
// does no I/O. Generation is that of the ModelDeployment which the report is about.
//
// Ready answers for the release that Git asks for; Healthy for what runs, which after a failure is the
// last good release. Reconciling and Stalled are present only while they are True.
func Next(old v1alpha1.ModelDeploymentStatus, generation int64, report Report, now time.Time) (v1alpha1.ModelDeploymentStatus, []Event) {
	status := *old.DeepCopy()
	status.Environment = report.Unit.Environment
	if report.Recorded != nil {
		status.Recorded = report.Recorded
	}
	if report.Evaluated != nil {
		recordEvaluated(&status, *report.Evaluated, now)
		return status, nil
	}
	if report.Rollback != nil {
		status.Rollback = report.Rollback
		return status, nil
	}
	if report.Reverting != nil {
		return status, recordReverting(&status, *report.Reverting)
	}
	if report.tried() {
		status.ObservedGeneration = generation
		status.AttemptedCommit = cmp.Or(report.Commit, status.AttemptedCommit)
	}
	if report.Room != nil {
		setCondition(&status, metav1.Condition{
			Type: v1alpha1.ConditionSchedulable, Status: report.Room.Status, Reason: report.Room.Reason, Message: report.Room.Message,
		}, now)
	}
	if report.foresees() {
		return status, foreseen(old, status)
	}
	if report.applied() {
		recordApplied(&status, report)
		recordRelease(&status, report, now)
		if !report.Gate.Held() {
			status.Rollback = nil // Git changed, and what it asks for now runs
		}
	}
	recordGate(&status, report.Gate, now)
	health, known := nextHealth(old, report)
	if known {
		setCondition(&status, healthyCondition(health), now)
		recordHealth(&status, report, health, now)
	}
	v := nextVerdict(old, report, health)
	if _, isInvalid := invalid(report.Err); isInvalid || report.Hold != "" {
		status.LookedAtAgain = nil // nobody decides on it
	}
	setVerdict(&status, v, now)
	return status, eventsOf(old, v, status, report)
}

// recordEvaluated notes how far the evaluations are.
func recordEvaluated(status *v1alpha1.ModelDeploymentStatus, evaluated Evaluated, now time.Time) {
	status.Evaluations = evaluated.Outcomes
	if evaluated.Condition == nil {
		apimeta.RemoveStatusCondition(&status.Conditions, v1alpha1.ConditionEvaluated)
		return
	}
	setCondition(status, *evaluated.Condition, now)
}

// recordApplied notes what is in the cluster now. A failed Apply leaves it at the last good one.
func recordApplied(status *v1alpha1.ModelDeploymentStatus, report Report) {
	status.Commit = report.Commit
	status.Release = report.Objects.ReleaseID
	status.GPUs = report.Objects.GPUs
	status.Digest = report.Objects.Digest
	status.Fit = ""
	if worst, onGPU := render.Worst(report.Objects.Fits); onGPU {
		status.Fit = string(worst.Estimate.Verdict)
	}
	if report.Rollout != nil {
		status.Rollout = report.Rollout
	}
	if spec := report.Objects.Descriptor.Spec; spec != nil {
		status.Model = spec.Release.Model.Source
	}
}

// nextHealth is the health of what runs; false when nothing ever ran. Without a new assessment the last
// one stands, unless objects were just written.
func nextHealth(old v1alpha1.ModelDeploymentStatus, report Report) (Health, bool) {
	if report.Health != nil && (report.applied() || old.Commit != "") {
		return *report.Health, true
	}
	last := apimeta.FindStatusCondition(old.Conditions, v1alpha1.ConditionHealthy)
	if report.applied() && (last == nil || report.Result == nil || report.Result.Changed()) {
		return Health{Status: Progressing, Reason: v1alpha1.ReasonProgressing, Message: "applied; the workloads are on their way"}, true
	}
	if last == nil {
		return Health{}, false
	}
	return Health{Status: HealthStatus(last.Reason), Message: last.Message}, true
}

func healthyCondition(h Health) metav1.Condition {
	condition := metav1.Condition{Type: v1alpha1.ConditionHealthy, Status: metav1.ConditionFalse, Reason: string(h.Status), Message: h.Message}
	switch h.Status {
	case Healthy:
		condition.Status = metav1.ConditionTrue
	case Progressing:
		condition.Status = metav1.ConditionUnknown
	}
	return condition
}

// verdict is what Ready, Reconciling and Stalled say together.
type verdict struct {
	ready           metav1.ConditionStatus
	reason, message string
	abnormal        string // ConditionReconciling, ConditionStalled or ""
}

// nextVerdict weighs what was tried against the health. What was tried last stands until the next try:
// pods that become ready do not make an invalid descriptor valid.
func nextVerdict(old v1alpha1.ModelDeploymentStatus, report Report, health Health) verdict {
	switch problems, isInvalid := invalid(report.Err); {
	case report.Hold == v1alpha1.ReasonPruneHeld:
		return verdict{metav1.ConditionFalse, report.Hold, report.HoldMessage, v1alpha1.ConditionStalled}
	case report.Hold != "":
		return verdict{metav1.ConditionUnknown, report.Hold, report.HoldMessage, ""}
	case isInvalid:
		return verdict{metav1.ConditionFalse, v1alpha1.ReasonInvalid, problems.Error(), v1alpha1.ConditionStalled}
	case errors.Is(report.Err, ErrPrune):
		return verdict{metav1.ConditionFalse, v1alpha1.ReasonPruneFailed, report.Err.Error(), v1alpha1.ConditionReconciling}
	case report.Err != nil && Transient(report.Err):
		return verdict{metav1.ConditionFalse, v1alpha1.ReasonApplyFailed, report.Err.Error(), v1alpha1.ConditionReconciling}
	case report.Err != nil:
		return verdict{metav1.ConditionFalse, v1alpha1.ReasonApplyFailed, report.Err.Error(), v1alpha1.ConditionStalled}
	case report.Gate.Held():
		return report.Gate.verdict()
	case report.Objects == nil && stands(old):
		return verdictOf(old)
	}
	return healthVerdict(health)
}

// stands says whether the last verdict was about a try that did not end well.
func stands(old v1alpha1.ModelDeploymentStatus) bool {
	ready := apimeta.FindStatusCondition(old.Conditions, v1alpha1.ConditionReady)
	return ready != nil && slices.Contains([]string{
		v1alpha1.ReasonInvalid, v1alpha1.ReasonApplyFailed, v1alpha1.ReasonPruneFailed,
		v1alpha1.ReasonSuspended, v1alpha1.ReasonPruneHeld, v1alpha1.ReasonHeld, v1alpha1.ReasonRolledBack,
	}, ready.Reason)
}

// verdictOf reads back what was written.
func verdictOf(old v1alpha1.ModelDeploymentStatus) verdict {
	ready := apimeta.FindStatusCondition(old.Conditions, v1alpha1.ConditionReady)
	v := verdict{ready: ready.Status, reason: ready.Reason, message: ready.Message}
	for _, abnormal := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled} {
		if apimeta.IsStatusConditionTrue(old.Conditions, abnormal) {
			v.abnormal = abnormal
		}
	}
	return v
}

// healthVerdict is about a unit that was applied. A model that no node can take may find one when the
// cluster grows, so it is not stalled.
func healthVerdict(h Health) verdict {
	v := verdict{ready: metav1.ConditionFalse, message: h.Message, abnormal: v1alpha1.ConditionReconciling}
	switch h.Status {
	case Healthy:
		v.ready, v.reason, v.abnormal = metav1.ConditionTrue, v1alpha1.ReasonHealthy, ""
	case Degraded:
		v.reason, v.abnormal = v1alpha1.ReasonDegraded, v1alpha1.ConditionStalled
	case Unschedulable:
		v.reason = v1alpha1.ReasonUnschedulable
	default: // Missing among them: what Git asks for and is not there is on its way
		v.reason = v1alpha1.ReasonProgressing
	}
	return v
}

func setVerdict(status *v1alpha1.ModelDeploymentStatus, v verdict, now time.Time) {
	setCondition(status, metav1.Condition{Type: v1alpha1.ConditionReady, Status: v.ready, Reason: v.reason, Message: v.message}, now)
	for _, abnormal := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled} {
		if v.abnormal == abnormal {
			setCondition(status, metav1.Condition{Type: abnormal, Status: metav1.ConditionTrue, Reason: v.reason, Message: v.message}, now)
		} else {
			apimeta.RemoveStatusCondition(&status.Conditions, abnormal)
		}
	}
}

// setCondition keeps the time of the last transition unless the status of the condition really changes.
func setCondition(status *v1alpha1.ModelDeploymentStatus, c metav1.Condition, now time.Time) {
	c.Message = bounded(c.Message, maxMessage)
	c.ObservedGeneration = status.ObservedGeneration
	c.LastTransitionTime = metav1.NewTime(now.Truncate(time.Second)) // as precise as the API
	apimeta.SetStatusCondition(&status.Conditions, c)
}
