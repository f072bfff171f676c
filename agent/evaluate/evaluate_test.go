package evaluate_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/evaluate"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// A healthy release is measured once, what was found is told until it is recorded, and after that nothing is asked of the
// API server any more.
func TestAReleaseIsMeasuredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	objects := w.applied(w.unit("v1", evaluation("mmlu", good, "dataset: hf://cais/mmlu", "datasetRevision: abc1")))
	request := evaluate.Request{Objects: objects, Healthy: true}
	state := w.until(request, "done", isDone)
	if len(state.Ended) != 1 {
		t.Fatalf("%+v", state)
	}
	got, job := state.Ended[0], w.jobs()[0]
	if !got.Passed || got.Metrics["mmlu/acc"] != 0.71 || got.Name != "mmlu" || got.Job != job.Name || got.Revision != revisionOf("v1") ||
		got.Dataset != "hf://cais/mmlu@abc1" || got.Image != "registry.example.com/eval:1" || !got.Finished.Equal(job.Status.CompletionTime.Time) || len(got.Problems) > 0 {
		t.Errorf("%+v", got)
	}
	if again := w.step(request); len(again.Ended) != 1 {
		t.Errorf("what is not recorded is told again: %+v", again)
	}
	request.Recorded = []string{got.Job}
	since := time.Now()
	for range 5 {
		if again := w.step(request); again.Phase != evaluate.Done || len(again.Ended) > 0 {
			t.Errorf("%+v", again)
		}
	}
	if err := w.clients.BatchV1().Jobs(w.ns).Delete(t.Context(), got.Job, metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationBackground)}); err != nil {
		t.Fatal(err) // as it will be after three days
	}
	w.eventually("the Job is gone", func() bool { return len(w.jobs()) == 0 })
	if again := w.step(request); again.Phase != evaluate.Done || len(w.jobs()) > 0 {
		t.Errorf("what is recorded is measured again: %+v", again)
	}
	if requests := w.requests(since); len(requests) > 0 {
		t.Errorf("nothing changed, and it asked for %v", requests)
	}
}

// Two at once would measure each other.
func TestEvaluationsRunOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	objects := w.applied(w.unit("v1", evaluation("first", good), evaluation("second", good, "result: File"), evaluation("third", `{"metrics": {"mmlu/acc": 0.65}}`)))
	request := evaluate.Request{Objects: objects, Healthy: true}
	state := w.until(request, "done", func(s evaluate.State) bool {
		running := slices.DeleteFunc(w.jobs(), func(j batchv1.Job) bool { return j.Status.CompletionTime != nil })
		if len(running) > 1 {
			t.Errorf("%d Jobs run at once", len(running))
		}
		return isDone(s)
	})
	var names []string
	for _, e := range state.Ended {
		names = append(names, e.Name)
	}
	if strings.Join(names, " ") != "first second third" || !state.Ended[1].Passed || state.Ended[2].Passed {
		t.Errorf("%+v", state.Ended)
	}
	if text := strings.Join(state.Ended[2].Problems, ""); text != "mmlu/acc: it is 0.65; expected 0.7 at least" || state.Ended[2].Metrics["mmlu/acc"] != 0.65 {
		t.Errorf("%+v", state.Ended[2])
	}
}

// Nothing is begun that could measure nothing.
func TestWhatIsNotHealthyIsNotMeasured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	objects := w.applied(w.unit("v1", evaluation("mmlu", good)))
	w.until(evaluate.Request{Objects: objects}, "waiting for health", says("when the release is healthy"))
	parked := *objects
	parked.Descriptor = objects.Descriptor.DeepCopy()
	parked.Descriptor.Spec.Scaling = &v1alpha1.Scaling{Min: new(int32(0))}
	if state := w.step(evaluate.Request{Objects: &parked, Healthy: true}); state.Phase != evaluate.Nothing || !strings.Contains(state.Message, "parked") {
		t.Errorf("%+v", state)
	}
	if state := w.step(evaluate.Request{Objects: w.unit("v1"), Healthy: true}); state.Phase != evaluate.Nothing {
		t.Errorf("%+v", state)
	}
	if jobs := w.jobs(); len(jobs) > 0 {
		t.Errorf("there are %d Jobs", len(jobs))
	}
}

// An agent that was killed goes on with what it finds, and two by mistake run one Job.
func TestARestartedAgentGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := evaluate.Request{Objects: w.applied(w.unit("v1", evaluation("mmlu", good))), Healthy: true}
	w.until(request, "running", isRunning)
	before := w.jobs()
	w.runner.Close()
	if state, err := w.runner.Step(t.Context(), request); err != nil || state.Phase == evaluate.Done {
		t.Errorf("after it was closed: %+v, %v", state, err)
	}
	w.runner = w.newRunner()
	other := w.newRunner()
	var both sync.WaitGroup
	both.Go(func() {
		for range 20 {
			if _, err := other.Step(t.Context(), request); err != nil {
				t.Error(err)
			}
		}
	})
	state := w.until(request, "done", isDone)
	both.Wait()
	after := w.jobs()
	if len(after) != 1 || len(before) != 1 || after[0].UID != before[0].UID || len(state.Ended) != 1 || !state.Ended[0].Passed {
		t.Errorf("%d and %d Jobs, %+v", len(before), len(after), state)
	}
}

// What a former release would tell is thrown away, and it must not load the model of the next.
func TestTheJobOfAReplacedReleaseIsStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	endless := evaluation("mmlu", good, behaving(controlplane.NeverReady))
	old := w.applied(w.unit("v1", endless))
	w.until(evaluate.Request{Objects: old, Healthy: true}, "running", func(s evaluate.State) bool { return isRunning(s) && len(w.jobs()) == 1 })
	next := w.applied(w.unit("v2", evaluation("mmlu", good)))
	w.until(evaluate.Request{Objects: next}, "stopped", func(evaluate.State) bool { return len(w.jobs()) == 0 })
	state := w.until(evaluate.Request{Objects: next, Healthy: true}, "done", isDone)
	if len(state.Ended) != 1 || state.Ended[0].Revision != revisionOf("v2") {
		t.Errorf("%+v", state)
	}
	// And when the evaluations were taken out of the descriptor meanwhile, or the unit is suspended.
	for name, stop := range map[string]func() error{
		"taken out": func() error {
			_, err := w.runner.Step(t.Context(), evaluate.Request{Objects: w.unit("v1"), Healthy: true})
			return err
		},
		"suspended": func() error { return w.runner.Stop(t.Context(), apply.RefOf(old)) },
	} {
		w.until(evaluate.Request{Objects: old, Healthy: true}, "running", func(s evaluate.State) bool { return running(w.jobs()) == 1 })
		w.eventually(name, func() bool {
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			return running(w.jobs()) == 0
		})
	}
}

// running is how many Jobs have not ended.
func running(jobs []batchv1.Job) int {
	return len(slices.DeleteFunc(jobs, func(j batchv1.Job) bool { return j.Status.CompletionTime != nil }))
}

// A new agent that knows of no evaluations finds the Jobs of those that were taken out before it started.
func TestLeftoversAreStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.applied(w.unit("v1", evaluation("mmlu", good, behaving(controlplane.NeverReady))))
	w.until(evaluate.Request{Objects: old, Healthy: true}, "running", func(evaluate.State) bool { return len(w.jobs()) == 1 })
	w.runner.Close()
	w.runner = w.newRunner()
	w.until(evaluate.Request{Objects: w.unit("v1"), Healthy: true}, "stopped", func(evaluate.State) bool { return len(w.jobs()) == 0 })
}

// The Job belongs to the unit, and yet the unit's prune and drift leave it alone.
func TestTheJobGoesWithTheUnitAndNotBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	objects := w.applied(w.unit("v1", evaluation("mmlu", good, behaving(controlplane.NeverReady))))
	w.until(evaluate.Request{Objects: objects, Healthy: true}, "running", func(evaluate.State) bool { return len(w.jobs()) == 1 })
	uid := w.jobs()[0].UID
	w.applied(w.unit("v1", evaluation("mmlu", good, behaving(controlplane.NeverReady))))
	w.applied(w.unit("v2"))
	if jobs := w.jobs(); len(jobs) != 1 || jobs[0].UID != uid {
		t.Fatalf("an apply of the unit changed its Job: %v", jobs)
	}
	if _, err := w.applier.Remove(t.Context(), apply.RefOf(objects), apply.Revision{Commit: "c0ffee2"}, nil); err != nil {
		t.Fatal(err)
	}
	w.eventually("the Job is gone with the unit", func() bool { return len(w.jobs()) == 0 })
}

// The evaluation itself is part of what was measured.
func TestAChangedEvaluationIsRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.applied(w.unit("v1", evaluation("mmlu", good)))
	state := w.until(evaluate.Request{Objects: first, Healthy: true}, "done", isDone)
	changed := w.applied(w.unit("v1", evaluation("mmlu", `{"metrics": {"mmlu/acc": 0.72}}`)))
	state = w.until(evaluate.Request{Objects: changed, Healthy: true, Recorded: []string{state.Ended[0].Job}}, "done again", isDone)
	if len(state.Ended) != 1 || state.Ended[0].Metrics["mmlu/acc"] != 0.72 || len(w.jobs()) != 2 {
		t.Errorf("%+v", state)
	}
	if render.EvaluationJobName(first, first.Descriptor.Spec.Evaluations[0]) == state.Ended[0].Job {
		t.Error("two evaluations have one Job")
	}
}
