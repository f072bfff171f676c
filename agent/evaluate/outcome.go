package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies/evaluation"
	"github.com/penstock-dev/penstock/render"
)

// maxMessage is the longest termination message that a kubelet keeps.
const maxMessage = 4096

// measured is one evaluation of one release, as what is in the cluster is judged. It is pure.
type measured struct {
	objects    *render.Objects
	evaluation v1alpha1.Evaluation
	job        *batchv1.Job
	pods       []*corev1.Pod // of the Job
}

// outcome is what a Job found that has ended; false when its result is nowhere to be found.
func (m measured) outcome(last string) (records.Evaluation, bool) {
	if failed := condition(m.job, batchv1.JobFailed); failed != nil {
		return m.failure(failed.LastTransitionTime.Time, m.whyFailed(failed, last)), true
	}
	at := slices.IndexFunc(m.pods, func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodSucceeded })
	if at < 0 {
		return records.Evaluation{}, false
	}
	return m.result(m.pods[at]), true
}

// bound is an outcome that says what it is of.
func (m measured) bound(finished time.Time) records.Evaluation {
	dataset := m.evaluation.Dataset
	if m.evaluation.DatasetRevision != "" {
		dataset += "@" + m.evaluation.DatasetRevision
	}
	return records.Evaluation{
		Name: m.evaluation.Name, Revision: m.objects.Descriptor.Spec.Release.Model.Revision, Dataset: dataset,
		Image: m.image(), Job: render.EvaluationJobName(m.objects, m.evaluation), Finished: finished.UTC(),
	}
}

// failure is the outcome of an evaluation that measured nothing.
func (m measured) failure(finished time.Time, problems ...string) records.Evaluation {
	made := m.bound(finished)
	made.Problems = problems
	return made
}

// result is the outcome of a Job that ended well.
func (m measured) result(pod *corev1.Pod) records.Evaluation {
	finished := m.finished(pod)
	message := terminated(pod, m.container()).Message
	if strings.TrimSpace(message) == "" {
		return m.failure(finished, "the evaluation ended well and left no result; have it write JSON to the file that PENSTOCK_RESULT names, such as {\"metrics\": {\""+
			m.evaluation.Metrics[0].Name+"\": 0.71}}")
	}
	model := m.objects.Descriptor.Spec.Release.Model
	run := evaluation.Run{Model: model.Source, Revision: model.Revision, Finished: finished}
	if m.job.Status.StartTime != nil {
		run.Started = m.job.Status.StartTime.Time
	}
	found, problems := evaluation.ParseRun("the result", []byte(message), run)
	if len(problems) > 0 {
		texts := make([]string, 0, len(problems))
		for _, p := range problems {
			texts = append(texts, p.Error())
		}
		if len(message) >= maxMessage {
			texts = append(texts, fmt.Sprintf("a termination message is cut off after %d bytes; let spec.evaluations[].result be %s", maxMessage, v1alpha1.ResultFile))
		}
		return m.failure(finished, texts...)
	}
	made := m.bound(finished)
	made.Metrics, made.Problems = found.Within(m.evaluation.Metrics)
	made.Passed = len(made.Problems) == 0
	return made
}

// finished is when the measuring ended, in whole seconds.
func (m measured) finished(pod *corev1.Pod) time.Time {
	if at := m.job.Status.CompletionTime; at != nil {
		return at.Time
	}
	return terminated(pod, m.container()).FinishedAt.Time
}

// container is the one whose termination message is the result.
func (m measured) container() string {
	if environments.EvaluationResult(m.evaluation) == v1alpha1.ResultFile {
		return render.ResultsContainer
	}
	return render.EvaluationContainer
}

// image is what the evaluation ran, by digest: that of the descriptor or, where it has none, what the kubelet found.
func (m measured) image() string {
	image := m.evaluation.Image
	if strings.Contains(image, "@") {
		return image
	}
	for _, pod := range m.pods {
		for _, status := range statuses(pod) {
			if _, digest, ok := strings.Cut(status.ImageID, "@"); ok && status.Name == render.EvaluationContainer {
				return image + "@" + digest
			}
		}
	}
	return image
}

// statuses are those of all containers of a pod.
func statuses(pod *corev1.Pod) []corev1.ContainerStatus {
	return slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
}

// terminated is how a container ended; zero when it has not.
func terminated(pod *corev1.Pod, container string) corev1.ContainerStateTerminated {
	for _, status := range statuses(pod) {
		if status.Name == container && status.State.Terminated != nil {
			return *status.State.Terminated
		}
	}
	return corev1.ContainerStateTerminated{}
}

// condition is one of a Job that holds, or nil.
func condition(job *batchv1.Job, kind batchv1.JobConditionType) *batchv1.JobCondition {
	for i, c := range job.Status.Conditions {
		if c.Type == kind && c.Status == corev1.ConditionTrue {
			return &job.Status.Conditions[i]
		}
	}
	return nil
}

// ended says whether a Job will do nothing more.
func ended(job *batchv1.Job) bool {
	return condition(job, batchv1.JobComplete) != nil || condition(job, batchv1.JobFailed) != nil
}

// newestFirst sorts pods.
func newestFirst(pods []*corev1.Pod) []*corev1.Pod {
	return slices.SortedFunc(slices.Values(pods), func(a, b *corev1.Pod) int {
		return cmp.Or(b.CreationTimestamp.Compare(a.CreationTimestamp.Time), cmp.Compare(b.Name, a.Name))
	})
}
