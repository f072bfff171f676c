package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

const (
	// mostBegun is how often a Job is created whose result is lost, since somebody deleted it or its pod.
	mostBegun = 3
	// soon is when to look again at what no watch tells of, such as a quota.
	soon = time.Minute
)

// Step begins what is to be run, stops what nobody waits for any more, and says how far the evaluations of a release are.
// An error is about the API server, and passes; what a person has to mend is in the State.
func (r *Runner) Step(ctx context.Context, request Request) (State, error) {
	unit := request.ref()
	if len(request.evaluations()) == 0 {
		return State{Phase: Nothing}, r.Stop(ctx, unit)
	}
	w := r.follow(unit.Namespace)
	if w == nil {
		return State{Phase: Waiting, Message: "the agent stops"}, nil
	}
	if !w.ready(unit) {
		return State{Phase: Waiting, Message: w.unready(), Again: soon}, nil
	}
	s := &step{Runner: r, Request: request, unit: unit, jobs: w.jobsOf(unit), pods: w.podsOf(unit), wanted: map[string]bool{}}
	for _, e := range request.evaluations() {
		s.wanted[render.EvaluationJobName(request.Objects, e)] = true
	}
	s.tries = r.triesOf(unit, s.wanted)
	if err := s.stopOthers(ctx); err != nil {
		return State{}, err
	}
	if environments.MostReplicas(request.Objects.Descriptor.Spec.Scaling) == 0 {
		return State{Phase: Nothing, Message: "the model is parked: there is nothing to measure"}, nil
	}
	return s.all(ctx)
}

// step is one Step.
type step struct {
	*Runner
	Request
	unit   apply.Ref
	jobs   map[string]*batchv1.Job
	pods   []*corev1.Pod
	wanted map[string]bool // names of Jobs
	tries  map[string]*try // of these

	ended []records.Evaluation
}

// all goes through the evaluations. One that waits for people keeps no other from being run, and one that is under way
// does: see busy.
func (s *step) all(ctx context.Context) (State, error) {
	made := State{Phase: Done}
	for _, e := range s.evaluations() {
		state, err := s.one(ctx, e)
		if err != nil {
			return State{}, err
		}
		again := cmp.Or(state.Again, made.Again)
		if state.Phase == Running && made.Phase != Running || state.Phase == Waiting && made.Phase == Done {
			made = state
			made.Evaluation = e.Name
		}
		made.Again = again
	}
	made.Ended = s.ended
	return made, nil
}

// one brings one evaluation further. It is Done when its outcome is known.
func (s *step) one(ctx context.Context, e v1alpha1.Evaluation) (State, error) {
	name := render.EvaluationJobName(s.Objects, e)
	if slices.Contains(s.Recorded, name) {
		return State{Phase: Done}, nil
	}
	m := measured{objects: s.Objects, evaluation: e, job: s.jobs[name]}
	known := s.tries[name]
	if m.job == nil {
		return s.begin(ctx, m, known)
	}
	known.pending = false
	switch {
	case m.job.DeletionTimestamp != nil:
		return waiting("its Job %s is being deleted", name), nil
	case !m.ours():
		return waiting("the Job %s is not as Git describes it, so its result would prove nothing; kubectl delete job -n %s %s has it made anew",
			name, s.unit.Namespace, name), nil
	}
	m.pods = podsOf(m.job, s.pods)
	if !ended(m.job) {
		message, how := m.underWay()
		known.note(message, how)
		return State{Phase: Running, Message: message}, nil
	}
	return s.end(ctx, m, known)
}

func waiting(format string, args ...any) State {
	return State{Phase: Waiting, Message: fmt.Sprintf(format, args...)}
}

// end takes the outcome of a Job that has ended.
func (s *step) end(ctx context.Context, m measured, known *try) (State, error) {
	outcome, found := m.outcome(known.last)
	if !found { // the watch of pods may be behind that of Jobs
		pods, err := s.listPods(ctx, m.job)
		if err != nil {
			return State{}, err
		}
		m.pods = pods
		outcome, found = m.outcome(known.last)
	}
	if found {
		s.ended = append(s.ended, outcome)
		return State{Phase: Done}, nil
	}
	if known.begun >= mostBegun {
		return s.giveUp(m, known)
	}
	if err := s.delete(ctx, m.job); err != nil {
		return State{}, err
	}
	return State{Phase: Running, Message: "its pod was deleted before the result was read: it is run again"}, nil
}

// giveUp ends an evaluation whose result is lost again and again.
func (s *step) giveUp(m measured, known *try) (State, error) {
	finished := s.config.Now()
	if m.job != nil && m.job.Status.CompletionTime != nil {
		finished = m.job.Status.CompletionTime.Time
	}
	s.ended = append(s.ended, m.failure(finished.Truncate(time.Second), fmt.Sprintf(
		"its Job or its pod was deleted before the result was read, %d times; find out who deletes it, and then change the evaluation, or release anew, to have it run again", known.begun)))
	return State{Phase: Done}, nil
}

// stopOthers deletes the Jobs of former releases and evaluations that have not ended. What they find would be thrown away,
// and until then they load the model.
func (s *step) stopOthers(ctx context.Context) error {
	for _, job := range s.jobs {
		if s.wanted[job.Name] || ended(job) || job.DeletionTimestamp != nil {
			continue
		}
		if err := s.delete(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

// busy says whether another evaluation of the unit runs, or still does after it was stopped, which would disturb.
func (s *step) busy(name string) bool {
	for other, job := range s.jobs {
		if other != name && !ended(job) {
			return true
		}
	}
	for other, known := range s.tries {
		if other != name && known.pending && s.jobs[other] == nil {
			return true
		}
	}
	return slices.ContainsFunc(s.pods, func(p *corev1.Pod) bool {
		return p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed
	})
}

// podsOf are those pods that a Job has made.
func podsOf(job *batchv1.Job, pods []*corev1.Pod) []*corev1.Pod {
	return slices.DeleteFunc(slices.Clone(pods), func(p *corev1.Pod) bool { return !metav1.IsControlledBy(p, job) })
}

// ours says whether a Job was made for just this measurement: its name alone anybody could choose.
func (m measured) ours() bool {
	want, err := render.EvaluationJob(m.objects, m.evaluation, render.EvaluationOptions{ResultsImage: "any"})
	if err != nil {
		return false
	}
	for _, key := range []string{v1alpha1.AnnotationReleaseDigest, v1alpha1.AnnotationDefinition, v1alpha1.AnnotationRevision} {
		if m.job.Annotations[key] != want.GetAnnotations()[key] {
			return false
		}
	}
	return sameWork(want, m.job)
}
