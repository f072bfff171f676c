package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Condition types of a ModelDeployment. Ready, Reconciling and Stalled follow kstatus' conventions.
const (
	// ConditionReady is True when the release that Git asks for is applied and serves.
	ConditionReady = "Ready"
	// ConditionReconciling is True while the agent or a rollout is still at work.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when only a change in Git or in the cluster can help.
	ConditionStalled = "Stalled"
	// ConditionHealthy is about what runs, which after a failure is the last good release.
	ConditionHealthy = "Healthy"
	// ConditionSchedulable is False when the cluster has no room for all replicas, as far as the agent can
	// tell from its nodes. It is Unknown when the agent may not see them.
	ConditionSchedulable = "Schedulable"
	// ConditionAdmitted is False while policy holds what Git asks for; then what was last admitted stays.
	ConditionAdmitted = "Admitted"
	// ConditionEvaluated says whether the evaluations of the release that runs have passed; absent when it has none.
	ConditionEvaluated = "Evaluated"
)

// Reasons of a ModelDeployment's conditions.
const (
	// ReasonHealthy: all replicas of the wanted release serve.
	ReasonHealthy = "Healthy"
	// ReasonProgressing: applied, and the workloads are on their way.
	ReasonProgressing = "Progressing"
	// ReasonDegraded: applied, and a workload failed.
	ReasonDegraded = "Degraded"
	// ReasonUnschedulable: applied, and no node can take a replica.
	ReasonUnschedulable = "Unschedulable"
	// ReasonInvalid: the descriptor, or what it renders to, is refused.
	ReasonInvalid = "Invalid"
	// ReasonApplyFailed: the API server did not take an object; the agent tries again.
	ReasonApplyFailed = "ApplyFailed"
	// ReasonPruneFailed: applied, but something that left Git could not be deleted yet.
	ReasonPruneFailed = "PruneFailed"
	// ReasonSuspended: the environment is suspended.
	ReasonSuspended = "Suspended"
	// ReasonPruneHeld: the model left Git, and prune waits for a confirmation.
	ReasonPruneHeld = "PruneHeld"
	// ReasonHeld: policy holds what Git asks for.
	ReasonHeld = "Held"
	// ReasonAdmitted: policy has nothing to say against what Git asks for.
	ReasonAdmitted = "Admitted"
	// ReasonWarned: policy admits it, and has something to tell.
	ReasonWarned = "Warned"
	// ReasonExcepted: it is admitted by an exception from a policy.
	ReasonExcepted = "Excepted"
	// ReasonOverridden: it is admitted since somebody entitled to it overrode a policy.
	ReasonOverridden = "Overridden"
	// ReasonRolledBack: the release that Git asks for failed here, and the last healthy one runs instead.
	ReasonRolledBack = "RolledBack"
	// ReasonPassed: every evaluation is within its limits.
	ReasonPassed = "Passed"
	// ReasonFailed: an evaluation is not within its limits, or could not be made.
	ReasonFailed = "Failed"
	// ReasonRunning: an evaluation runs.
	ReasonRunning = "Running"
	// ReasonWaiting: something has to change before the next evaluation runs.
	ReasonWaiting = "Waiting"
)

// ModelDeploymentStatus is what the agent last saw and did.
type ModelDeploymentStatus struct {
	// ObservedGeneration is the generation of the spec that the conditions are about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Environment that the model belongs to.
	// +optional
	Environment string `json:"environment,omitempty"`
	// Model is the source of the weights that were applied.
	// +optional
	Model string `json:"model,omitempty"`
	// Release is the id of the release that was applied.
	// +optional
	Release string `json:"release,omitempty"`
	// GPUs is how many GPUs all replicas together ask for. A model without any says 0.
	// +optional
	GPUs int64 `json:"gpus"`
	// Commit is the Git commit that was last applied.
	// +optional
	Commit string `json:"commit,omitempty"`
	// AttemptedCommit is the Git commit that the agent last tried; it differs from Commit after a failure.
	// +optional
	AttemptedCommit string `json:"attemptedCommit,omitempty"`
	// Digest is the SHA-256 of the rendered objects that were last applied.
	// +optional
	Digest string `json:"digest,omitempty"`
	// Fit is whether the model fits into the memory of its GPUs: fits, tight, does not fit or unknown.
	// penstock fit shows how that was reckoned.
	// +optional
	Fit string `json:"fit,omitempty"`
	// Rollout is how the last change was rolled out, and why so.
	// +optional
	Rollout *RolloutStatus `json:"rollout,omitempty"`
	// LookedAtAgain is when what is held is decided on again, if time alone can admit it.
	// +optional
	LookedAtAgain *metav1.Time `json:"lookedAtAgain,omitempty"`
	// Releases are those that were applied here, newest first. They are the evidence for other environments, and tell
	// a return to an earlier release from a new one.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Releases []ReleaseStatus `json:"releases,omitempty"`
	// Evaluations are the outcomes of evaluating the release that runs.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Evaluations []EvaluationStatus `json:"evaluations,omitempty"`
	// Rollback is what runs in the place of a release that failed, until Git changes.
	// +optional
	Rollback *RollbackStatus `json:"rollback,omitempty"`
	// Recorded is what the records were last told, so that nothing is told twice.
	// +optional
	Recorded *RecordedStatus `json:"recorded,omitempty"`
	// Conditions follow kstatus' conventions.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// RolloutStatus is how a change was rolled out.
type RolloutStatus struct {
	// Strategy is RollingUpdate or Recreate.
	Strategy string `json:"strategy"`
	// MaxSurge is how many replicas may run beyond the wanted number meanwhile.
	// +optional
	MaxSurge int32 `json:"maxSurge,omitempty"`
	// MaxUnavailable is how many replicas may be missing meanwhile.
	// +optional
	MaxUnavailable int32 `json:"maxUnavailable,omitempty"`
	// Reason is one CamelCase word.
	Reason string `json:"reason"`
	// Message says why, with figures.
	Message string `json:"message"`
}

// RollbackStatus is a return to an earlier release, which the agent made by itself.
type RollbackStatus struct {
	// Release is the id of the release that failed, Digest all of it, and Content the digest of the files that asked for it.
	// It is not tried again before they change.
	Release string `json:"release"`
	Digest  string `json:"digest"`
	Content string `json:"content"`
	// ToRelease, ToDigest and ToCommit are what runs instead, and where that was read.
	ToRelease string `json:"toRelease"`
	ToDigest  string `json:"toDigest"`
	ToCommit  string `json:"toCommit"`
	// Since is when, and Message why.
	Since   metav1.Time `json:"since"`
	Message string      `json:"message"`
	// PullRequest has Git agree with the cluster again; empty without a forge.
	// +optional
	PullRequest string `json:"pullRequest,omitempty"`
	// Advice is what a person has to do for Git to agree, where that is not to merge the pull request.
	// +optional
	Advice string `json:"advice,omitempty"`
}

// EvaluationStatus is the outcome of evaluating a release.
type EvaluationStatus struct {
	// Name of the evaluation, and Job that made it.
	Name string `json:"name"`
	Job  string `json:"job"`
	// Digest of the release, and Revision of its model.
	Digest   string `json:"digest"`
	Revision string `json:"revision,omitempty"`
	// Passed says whether all metrics are within their limits, and Problems what is not.
	Passed bool `json:"passed"`
	// +optional
	// +kubebuilder:validation:MaxItems=16
	Problems []string `json:"problems,omitempty"`
	// Metrics that were measured, as decimal numbers.
	// +optional
	Metrics map[string]string `json:"metrics,omitempty"`
	// Finished is when it ended.
	Finished metav1.Time `json:"finished"`
}

// RecordedStatus is what the records of a unit were last told: of what was decided, what came of it, and how it is. Each is a
// digest of what was said.
type RecordedStatus struct {
	// Fact is the id of the last fact.
	Fact string `json:"fact"`
	// Decision, Outcome and Health are digests of the last word on each.
	// +optional
	Decision string `json:"decision,omitempty"`
	// +optional
	Outcome string `json:"outcome,omitempty"`
	// +optional
	Health string `json:"health,omitempty"`
}

// NewestCommit is the commit whose files were applied last while the release ran.
func (r ReleaseStatus) NewestCommit() string {
	if r.LastCommit != "" {
		return r.LastCommit
	}
	return r.Commit
}

// ReleaseStatus is a release that was applied, and how it was.
type ReleaseStatus struct {
	// Release is its id, and Digest all of it.
	Release string `json:"release"`
	Digest  string `json:"digest"`
	// Commit that brought it.
	Commit string `json:"commit"`
	// Since is when it was first applied, and Until when another one replaced it.
	Since metav1.Time `json:"since"`
	// +optional
	Until *metav1.Time `json:"until,omitempty"`
	// HealthySince is since when it has not failed, once it was healthy; until Until, if that is there.
	// +optional
	HealthySince *metav1.Time `json:"healthySince,omitempty"`
	// LastFailure is when it was last seen to fail.
	// +optional
	LastFailure *metav1.Time `json:"lastFailure,omitempty"`
	// FirstHealthy is when it was first seen to be healthy.
	// +optional
	FirstHealthy *metav1.Time `json:"firstHealthy,omitempty"`
	// LastCommit is the commit whose files were applied last while it ran, if that is another one.
	// +optional
	LastCommit string `json:"lastCommit,omitempty"`
}
