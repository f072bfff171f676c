package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// whyFailed says why a Job failed, and what to do. Last is what kept it when it was last looked at: the pods of a Job that
// ran out of time are gone.
func (m measured) whyFailed(failed *batchv1.JobCondition, last string) string {
	switch failed.Reason {
	case batchv1.JobReasonDeadlineExceeded:
		text := fmt.Sprintf("it did not end within %s", environments.EvaluationTimeout(m.evaluation))
		if last == "" {
			last = m.failedPod()
		}
		if last != "" {
			return text + ": " + last
		}
		return text + "; give it more time by timeout, or less to do"
	case batchv1.JobReasonBackoffLimitExceeded:
		return fmt.Sprintf("it failed, and so did %d retries: %s", environments.EvaluationRetries(m.evaluation), m.howPodsFailed())
	}
	return cut("its Job failed: " + strings.TrimSpace(failed.Reason+" "+failed.Message))
}

// howPodsFailed says how the last pod ended, as far as is known.
func (m measured) howPodsFailed() string {
	return cmp.Or(m.failedPod(), m.whereToLook())
}

func (m measured) whereToLook() string {
	return fmt.Sprintf("kubectl logs -n %s job/%s -c %s shows what it wrote", m.job.Namespace, m.job.Name, render.EvaluationContainer)
}

// failedPod says how the last pod failed that is still there, and is empty if none did. What the evaluation wrote is not
// repeated: it may hold anything.
func (m measured) failedPod() string {
	for _, pod := range newestFirst(m.pods) {
		for _, status := range statuses(pod) {
			t := status.State.Terminated
			switch {
			case t == nil || t.ExitCode == 0:
			case t.Reason == "OOMKilled":
				return fmt.Sprintf("the container %s needed more memory than it may have; raise resources.memory", status.Name)
			default:
				return fmt.Sprintf("the container %s ended with exit code %d; %s", status.Name, t.ExitCode, m.whereToLook())
			}
		}
		if pod.Status.Phase == corev1.PodFailed && pod.Status.Reason != "" {
			return cut(fmt.Sprintf("its pod failed: %s %s", pod.Status.Reason, pod.Status.Message))
		}
	}
	return ""
}

// progress is whether something keeps a Job that has not ended.
type progress int

const (
	free    progress = iota // its pod runs
	kept                    // its pod cannot
	unknown                 // there is no pod to tell
)

// underWay says how a Job is that has not ended, and whether something keeps it. It names no times, so that it changes only
// when something did.
func (m measured) underWay() (string, progress) {
	for _, pod := range newestFirst(m.pods) {
		if pod.Status.Phase == corev1.PodFailed || pod.DeletionTimestamp != nil {
			continue
		}
		if why := unschedulable(pod); why != "" {
			return cut("no node takes its pod: " + why + "; ask for less in resources, or make room"), kept
		}
		for _, status := range statuses(pod) {
			if why := m.stuck(status); why != "" {
				return why, kept
			}
		}
		return "it runs as Job " + m.job.Name, free
	}
	switch {
	case condition(m.job, batchv1.JobFailureTarget) != nil || condition(m.job, batchv1.JobSuccessCriteriaMet) != nil:
		return "its Job " + m.job.Name + " is coming to its end", unknown
	case m.job.Status.Failed > 0:
		return "it failed and is tried again: " + m.howPodsFailed(), unknown
	}
	return fmt.Sprintf("its Job %s has no pod yet; if that stays so, kubectl describe job -n %s %s says why, such as a quota of the namespace",
		m.job.Name, m.job.Namespace, m.job.Name), unknown
}

// reasons why a container waits that do not pass by themselves.
var (
	imageReasons  = []string{"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"}
	configReasons = []string{"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)

// stuck says why a container cannot begin; nothing if it can.
func (m measured) stuck(status corev1.ContainerStatus) string {
	waiting := status.State.Waiting
	switch {
	case waiting == nil:
	case slices.Contains(imageReasons, waiting.Reason):
		return cut(fmt.Sprintf("the image %s cannot be pulled (%s); correct it, or name a Secret that may pull it in spec.credentials.imagePullSecret", status.Image, waiting.Reason))
	case slices.Contains(configReasons, waiting.Reason):
		return cut(fmt.Sprintf("the container %s cannot be started (%s): %s; correct its env, or make the Secret that it names", status.Name, waiting.Reason, waiting.Message))
	}
	return ""
}

func unschedulable(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return c.Message
		}
	}
	return ""
}

// maxText bounds what others wrote.
const maxText = 500

func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + " …"
}
