package environments

import (
	"cmp"
	"time"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// What holds of an evaluation or a rollout that does not say it.
const (
	DefaultEvaluationTimeout = time.Hour
	DefaultEvaluationRetries = 2
	DefaultProbation         = 30 * time.Minute
)

// EvaluationTimeout is how long an evaluation may take with all its retries.
func EvaluationTimeout(e v1alpha1.Evaluation) time.Duration {
	return durationOr(e.Timeout, DefaultEvaluationTimeout)
}

// EvaluationRetries is how often an evaluation is tried again when it fails by itself.
func EvaluationRetries(e v1alpha1.Evaluation) int32 { return or(e.Retries, DefaultEvaluationRetries) }

// EvaluationResult is where an evaluation leaves its result: v1alpha1.ResultTerminationMessage or ResultFile.
func EvaluationResult(e v1alpha1.Evaluation) string {
	return cmp.Or(e.Result, v1alpha1.ResultTerminationMessage)
}

// Probation is how long after it was applied a release may fail and be taken back by itself.
func Probation(r *v1alpha1.Rollout) time.Duration {
	if r == nil {
		return DefaultProbation
	}
	return durationOr(r.Probation, DefaultProbation)
}

// RollsBack says whether a release that fails within its probation is taken back by itself.
func RollsBack(r *v1alpha1.Rollout) bool { return r != nil && r.Rollback == v1alpha1.RollbackAuto }

// durationOr reads a duration that was checked before.
func durationOr(text string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	return otherwise
}
