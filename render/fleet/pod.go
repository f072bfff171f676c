package fleet

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/component-helpers/resource"
)

// A Pod is what matters of a pod.
type Pod struct {
	Namespace, Name string
	UID             types.UID
	// Labels tell whose pod it is; nothing here reads them but the caller's own question.
	Labels map[string]string
	// OwnerKind is the kind of the controller that made it, such as ReplicaSet or DaemonSet. Those of DaemonSets,
	// and those of a Node (static pods), are on a node even when nothing else is.
	OwnerKind string
	// Node is where it runs; empty while it waits, and then it uses nothing.
	Node string
	// Requests are what it takes from its node, and one of "pods".
	Requests Amounts
	// Terminating is a pod that was deleted and still uses its node.
	Terminating bool
	// Finished is a pod that succeeded or failed, and uses nothing.
	Finished bool
}

// PodOf is what matters of a pod. It shares the pod's labels.
func PodOf(pod *corev1.Pod) Pod {
	p := Pod{
		Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, Labels: pod.Labels, Node: pod.Spec.NodeName,
		Requests:    requests(pod),
		Terminating: pod.DeletionTimestamp != nil,
		Finished:    pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed,
	}
	if owner := metav1.GetControllerOf(pod); owner != nil {
		p.OwnerKind = owner.Kind
	}
	return p
}

// uses says whether the pod takes anything from a node.
func (p *Pod) uses() bool { return p.Node != "" && !p.Finished }

// stays says whether the pod is there on an otherwise empty node.
func (p *Pod) stays() bool { return p.OwnerKind == "DaemonSet" || p.OwnerKind == "Node" }

// requests are counted as the scheduler counts them, resized containers included.
func requests(pod *corev1.Pod) Amounts {
	amounts := AmountsOf(resource.PodRequests(pod, resource.PodResourcesOptions{
		UseStatusResources: true, InPlacePodLevelResourcesVerticalScalingEnabled: true,
	}))
	amounts[corev1.ResourcePods] = 1
	return amounts
}
