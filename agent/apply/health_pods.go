package apply

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// hopeless are the reasons for which a container waits that seldom go away by themselves.
var hopeless = []string{
	"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
	"CreateContainerConfigError", "CreateContainerError", "RunContainerError",
}

// podsOf are the pods that a workload selects and that are not on their way out.
func podsOf(workload *unstructured.Unstructured, pods []*unstructured.Unstructured) []*unstructured.Unstructured {
	selector := selectorOf(workload)
	if selector.Empty() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(pods), func(p *unstructured.Unstructured) bool {
		return !selector.Matches(labels.Set(p.GetLabels()))
	})
}

// selectorOf selects the pods of a workload; it is empty when it has none.
func selectorOf(workload *unstructured.Unstructured) labels.Selector {
	if isGroupSet(workload) {
		return groupSelector(workload)
	}
	content, found, _ := unstructured.NestedMap(workload.Object, "spec", "selector")
	if !found {
		return labels.NewSelector()
	}
	var wanted metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &wanted); err != nil {
		return labels.NewSelector()
	}
	selector, err := metav1.LabelSelectorAsSelector(&wanted)
	if err != nil {
		return labels.NewSelector()
	}
	return selector
}

// explainByPods replaces what kstatus says of a workload by what its pods say, if that is worse or clearer.
//
// A pod that waits for the GPU of one that is just stopping is not unschedulable: it is next in line. Pods of another release
// are on their way out, and what ails them says nothing of the one that replaces them.
func explainByPods(base Health, pods []*unstructured.Unstructured, release string) Health {
	stopping := slices.ContainsFunc(pods, func(p *unstructured.Unstructured) bool { return p.GetDeletionTimestamp() != nil })
	slices.SortFunc(pods, func(a, b *unstructured.Unstructured) int { return cmp.Compare(a.GetName(), b.GetName()) })
	var found *Health
	for _, p := range pods {
		if of := p.GetLabels()[v1alpha1.LabelRelease]; p.GetDeletionTimestamp() != nil || of != "" && of != release {
			continue
		}
		h := judgePod(p)
		if h == nil || h.Status == Unschedulable && stopping {
			continue
		}
		h.Message = "pod " + p.GetName() + ": " + h.Message
		if found == nil || severity[h.Status] > severity[found.Status] {
			found = h
		}
	}
	return combine(base, found)
}

// combine keeps a failure that kstatus found, except that not finding a node is the better word for a
// deadline that passed while looking for one.
func combine(base Health, pods *Health) Health {
	if pods == nil {
		return base
	}
	combined := *pods
	combined.Message = base.Message + "; " + pods.Message
	if base.Status == Degraded && pods.Status != Unschedulable {
		combined.Status = Degraded
		if pods.Status != Degraded {
			combined.Reason = base.Reason
		}
	}
	return combined
}

// judgePod says why a pod is not ready; nil when it is ready or done, or has nothing to say.
func judgePod(p *unstructured.Unstructured) *Health {
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(p.Object, &pod); err != nil {
		return nil
	}
	if c := podCondition(&pod, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
		return &Health{Unschedulable, c.Reason, c.Message}
	}
	all := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
	for _, c := range all {
		if w := c.State.Waiting; w != nil && slices.Contains(hopeless, w.Reason) {
			return &Health{Degraded, w.Reason, "container " + c.Name + ": " + waitingText(c)}
		}
	}
	if pod.Status.Phase == corev1.PodFailed {
		return &Health{Degraded, cmp.Or(pod.Status.Reason, "PodFailed"), cmp.Or(pod.Status.Message, "it failed")}
	}
	return notReady(&pod, pod.Status.ContainerStatuses)
}

// waitingText is why a container waits, with the end of the last try.
func waitingText(c corev1.ContainerStatus) string {
	text := c.State.Waiting.Reason
	if c.State.Waiting.Message != "" {
		text += ": " + c.State.Waiting.Message
	}
	if last := c.LastTerminationState.Terminated; last != nil {
		text += ", last ended with " + cmp.Or(last.Reason, "an error")
	}
	return text
}

func notReady(pod *corev1.Pod, containers []corev1.ContainerStatus) *Health {
	if c := podCondition(pod, corev1.PodReady); pod.Status.Phase != corev1.PodRunning || c == nil || c.Status == corev1.ConditionTrue {
		return nil
	}
	for _, c := range containers {
		if !c.Ready {
			return &Health{Progressing, "ContainerNotReady", "container " + c.Name + " is not ready"}
		}
	}
	return nil
}

func podCondition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}
