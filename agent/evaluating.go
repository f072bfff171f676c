package agent

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/evaluate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// maxProblems is how many problems of an evaluation a status tells.
const maxProblems = 16

// evaluate brings the evaluations of what runs further, and records what ended.
func (a *Agent) evaluate(ctx context.Context, log *slog.Logger, unit *planned, done *progress, health apply.Health) error {
	spec := unit.objects.Descriptor.Spec
	if spec == nil {
		return nil
	}
	status, err := a.applier.ReadStatus(ctx, unit.ref)
	if err != nil {
		return err
	}
	request := evaluate.Request{Objects: unit.objects, Healthy: health.Status == apply.Healthy}
	for _, e := range status.Evaluations {
		request.Recorded = append(request.Recorded, e.Job)
	}
	state, err := a.evaluations.Step(ctx, request)
	if err != nil {
		log.Warn("the evaluations could not be brought further; they are tried again", "error", err)
		return err
	}
	if state.Again > 0 {
		a.queue.AddAfter(unit.ref.ID(), state.Again)
	}
	known := outcomesOf(unit, status.Evaluations)
	for _, ended := range state.Ended {
		log.Info("evaluated", "evaluation", ended.Name, "passed", ended.Passed, "problems", ended.Problems)
		if err := a.tellEvaluated(ctx, unit, done, ended); err != nil {
			return err
		}
		known = append(slices.DeleteFunc(known, func(e v1alpha1.EvaluationStatus) bool { return e.Name == ended.Name }), outcome(unit, ended))
	}
	if len(spec.Evaluations) == 0 && len(status.Evaluations) == 0 {
		return nil
	}
	report := apply.Report{Unit: unit.ref, Evaluated: &apply.Evaluated{Outcomes: known}, Recorded: done.account.status()}
	if len(spec.Evaluations) > 0 {
		report.Evaluated.Condition = evaluatedCondition(state, known)
	}
	if err := a.applier.WriteStatus(ctx, report); err != nil {
		return err
	}
	if len(state.Ended) > 0 { // it is evidence elsewhere
		a.reconsider(sameModel(unit))
		a.considerPromotions()
	}
	return nil
}

// outcomesOf are those about the release that runs.
func outcomesOf(unit *planned, all []v1alpha1.EvaluationStatus) []v1alpha1.EvaluationStatus {
	return slices.DeleteFunc(slices.Clone(all), func(e v1alpha1.EvaluationStatus) bool { return e.Digest != digestOf(unit) })
}

// outcome is what ended, as the status has it.
func outcome(unit *planned, ended records.Evaluation) v1alpha1.EvaluationStatus {
	made := v1alpha1.EvaluationStatus{
		Name: ended.Name, Job: ended.Job, Digest: digestOf(unit), Revision: ended.Revision, Passed: ended.Passed,
		Problems: ended.Problems[:min(len(ended.Problems), maxProblems)], Metrics: map[string]string{}, Finished: metav1.NewTime(ended.Finished.UTC()),
	}
	for name, value := range ended.Metrics {
		made.Metrics[name] = strconv.FormatFloat(value, 'g', -1, 64)
	}
	return made
}

// evaluatedCondition sums up.
func evaluatedCondition(state evaluate.State, known []v1alpha1.EvaluationStatus) *metav1.Condition {
	c := &metav1.Condition{Type: v1alpha1.ConditionEvaluated, Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonRunning, Message: state.Message}
	if state.Evaluation != "" {
		c.Message = state.Evaluation + ": " + state.Message
	}
	var failed, passed []string
	for _, e := range known {
		if e.Passed {
			passed = append(passed, e.Name)
		} else {
			failed = append(failed, e.Name+": "+strings.Join(e.Problems, "; "))
		}
	}
	switch {
	case len(failed) > 0:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, v1alpha1.ReasonFailed, strings.Join(failed, "; ")
	case state.Phase == evaluate.Done:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, v1alpha1.ReasonPassed, "passed: "+strings.Join(passed, ", ")
	case state.Phase == evaluate.Waiting, state.Phase == evaluate.Nothing:
		c.Reason = v1alpha1.ReasonWaiting
	}
	return c
}

// tellEvaluated records the outcome of one evaluation, bound to the release.
func (a *Agent) tellEvaluated(ctx context.Context, unit *planned, done *progress, ended records.Evaluation) error {
	fact := records.Fact{Kind: records.Evaluated, Data: factsOf(unit)}
	fact.Data.Inputs = nil
	fact.Data.Evaluation = &ended
	word := map[bool]string{true: "passed", false: "failed"}[ended.Passed]
	fact.Data.Message = fmt.Sprintf("evaluation %s of %s in %s %s", ended.Name, unit.objects.ReleaseID, unit.ref.ID(), word)
	return a.tellAnyway(ctx, unit.ref, done, fact, ended.Job, ended.Finished.UTC().String())
}
