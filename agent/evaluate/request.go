package evaluate

import (
	"context"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// begin creates the Job of an evaluation, once nothing stands in its way.
func (s *step) begin(ctx context.Context, m measured, known *try) (State, error) {
	switch {
	case known.begun >= mostBegun:
		return s.giveUp(m, known)
	case s.busy(render.EvaluationJobName(s.Objects, m.evaluation)):
		return waiting("another evaluation of the model still runs"), nil
	case !s.Healthy:
		return waiting("it begins when the release is healthy"), nil
	}
	job, state, err := s.prepare(ctx, m)
	if job == nil {
		return state, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_, err = s.clients.BatchV1().Jobs(s.unit.Namespace).Create(ctx, job, metav1.CreateOptions{FieldManager: v1alpha1.ManagedBy})
	switch {
	case err == nil:
		known.begun, known.pending = known.begun+1, true
		return State{Phase: Running, Message: "it runs as Job " + job.Name}, nil
	case apierrors.IsAlreadyExists(err):
		return s.existing(ctx, job.Name)
	}
	return s.refused(job.Name, err)
}

// prepare makes the Job, which belongs to the unit's ModelDeployment: when that is removed, so is the Job. Without a Job
// there is a State or an error.
func (s *step) prepare(ctx context.Context, m measured) (*batchv1.Job, State, error) {
	rendered, err := render.EvaluationJob(s.Objects, m.evaluation, render.EvaluationOptions{ResultsImage: s.config.Image})
	if err != nil {
		return nil, waiting("%v", err), nil
	}
	job := &batchv1.Job{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(rendered.Object, job); err != nil {
		return nil, State{}, fmt.Errorf("read the Job %s: %w", rendered.GetName(), err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	parent, err := s.parents.Resource(v1alpha1.GroupVersion.WithResource("modeldeployments")).Namespace(s.unit.Namespace).Get(ctx, s.unit.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, waiting("the ModelDeployment %s is not in the cluster", s.unit.Name), nil
	case err != nil:
		state, err := s.refused(job.Name, err)
		return nil, state, err
	case parent.DeletionTimestamp != nil:
		return nil, waiting("the ModelDeployment %s is being deleted", s.unit.Name), nil
	}
	job.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.ModelDeploymentKind, Name: parent.Name, UID: parent.UID,
	}}
	return job, State{}, nil
}

// existing says what it means that a Job exists which the watch has not seen: it will see it soon, or never.
func (s *step) existing(ctx context.Context, name string) (State, error) {
	job, err := s.clients.BatchV1().Jobs(s.unit.Namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return State{Phase: Running, Message: "it begins", Again: time.Second}, nil
	case err != nil:
		return s.refused(name, err)
	}
	if unit, ok := unitOf(s.unit.Namespace, job); !ok || unit != s.unit || job.Labels[v1alpha1.LabelEvaluation] == "" || job.Labels[v1alpha1.LabelManagedBy] != v1alpha1.ManagedBy {
		state := waiting("there is a Job %s that is not Penstock's; kubectl delete job -n %s %s makes room for the evaluation", name, s.unit.Namespace, name)
		state.Again = soon
		return state, nil
	}
	return State{Phase: Running, Message: "it runs as Job " + name}, nil
}

// refused tells what the API server does not want from what it cannot do at the moment.
func (s *step) refused(name string, err error) (State, error) {
	kind := apply.KindOf(err)
	if kind == apply.Unavailable {
		return State{}, fmt.Errorf("evaluate: making the Job %s in the namespace %s: %w", name, s.unit.Namespace, err)
	}
	mend := "correct the evaluation in Git"
	switch {
	case strings.Contains(err.Error(), "exceeded quota"):
		mend = "raise the quota of the namespace " + s.unit.Namespace + ", or ask for less"
	case kind == apply.Forbidden:
		mend = "give the agent the right to do so: penstock install prints its Role"
	case kind == apply.Denied:
		mend = "change the evaluation to what the admission policy wants, or ask who runs it"
	case kind == apply.MissingKind:
		mend = "install the CRD modeldeployments.penstock.dev"
	}
	state := waiting("the API server does not take its Job: %s; %s", cut(err.Error()), mend)
	state.Again = soon
	return state, nil
}

// delete deletes just this Job, with its pods.
func (r *Runner) delete(ctx context.Context, job *batchv1.Job) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	background := metav1.DeletePropagationBackground
	err := r.clients.BatchV1().Jobs(job.Namespace).Delete(ctx, job.Name, metav1.DeleteOptions{
		PropagationPolicy: &background, Preconditions: &metav1.Preconditions{UID: new(types.UID(job.UID))},
	})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) { // a conflict: it is another one by now
		return fmt.Errorf("evaluate: stopping the Job %s in the namespace %s: %w", job.Name, job.Namespace, err)
	}
	return nil
}

// listPods asks for the pods of a Job.
func (r *Runner) listPods(ctx context.Context, job *batchv1.Job) ([]*corev1.Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	list, err := r.clients.CoreV1().Pods(job.Namespace).List(ctx, metav1.ListOptions{LabelSelector: batchv1.ControllerUidLabel + "=" + string(job.UID)})
	if err != nil {
		return nil, fmt.Errorf("evaluate: looking for the result of the Job %s in the namespace %s: %w", job.Name, job.Namespace, err)
	}
	pods := make([]*corev1.Pod, 0, len(list.Items))
	for i := range list.Items {
		pods = append(pods, &list.Items[i])
	}
	return podsOf(job, pods), nil
}

// Stop stops whatever runs for a unit, such as one that is suspended or rolled back. Of a unit that was removed nothing is
// left: its Jobs belong to its ModelDeployment. A namespace in which no evaluation was seen is looked through once.
func (r *Runner) Stop(ctx context.Context, unit apply.Ref) error {
	jobs, err := r.running(ctx, unit)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		if ended(job) || job.DeletionTimestamp != nil {
			continue
		}
		if err := r.delete(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

// running are the Jobs of a unit as far as they are known.
func (r *Runner) running(ctx context.Context, unit apply.Ref) (map[string]*batchv1.Job, error) {
	r.mu.Lock()
	w, looked := r.watches[unit.Namespace], r.looked[unit.Namespace]
	r.mu.Unlock()
	if w != nil && w.ready(unit) {
		return w.jobsOf(unit), nil
	}
	if w != nil || looked {
		return nil, nil // when the watch is ready the unit is called for
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	list, err := r.clients.BatchV1().Jobs(unit.Namespace).List(ctx, metav1.ListOptions{LabelSelector: ours})
	switch {
	case apierrors.IsForbidden(err): // then this agent has run none
	case err != nil:
		return nil, fmt.Errorf("evaluate: looking for Jobs in the namespace %s: %w", unit.Namespace, err)
	case len(list.Items) > 0:
		if w := r.follow(unit.Namespace); w != nil {
			w.ready(unit)
		}
	}
	r.mu.Lock()
	r.looked[unit.Namespace] = true
	r.mu.Unlock()
	return nil, nil
}
