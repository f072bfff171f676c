package controlplane_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/penstock-dev/penstock/test/controlplane"
)

// onGPUs asks for count of a GPU resource, on nodes with the product label.
func onGPUs(product, name string, count int64) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		quantity := corev1.ResourceList{corev1.ResourceName(name): *resource.NewQuantity(count, resource.DecimalSI)}
		pod.Spec.Containers[0].Resources = corev1.ResourceRequirements{Requests: quantity, Limits: quantity}
		pod.Spec.NodeSelector = map[string]string{"nvidia.com/gpu.product": product}
		pod.Spec.Tolerations = []corev1.Toleration{{Key: "nvidia.com/gpu", Operator: corev1.TolerationOpExists}}
	}
}

// deploymentOf runs replicas of a pod.
func deploymentOf(pod *corev1.Pod, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": pod.Name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: pod.Annotations},
				Spec:       pod.Spec,
			},
		},
	}
}

// rolledOut waits until all replicas are of the latest template, and available.
func rolledOut(t *testing.T, client kubernetes.Interface, namespace, name string) {
	t.Helper()
	eventually(t, "deployment "+name, func(ctx context.Context) error {
		d, err := client.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		s := d.Status
		if s.ObservedGeneration != d.Generation || s.UpdatedReplicas != *d.Spec.Replicas ||
			s.AvailableReplicas != *d.Spec.Replicas || s.Replicas != *d.Spec.Replicas {
			return fmt.Errorf("is not rolled out: %+v", s)
		}
		return nil
	})
}

func TestDeploymentIsScheduledOnItsGPUs(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	for _, c := range []struct{ name, product, resource, node string }{
		{"whole", "NVIDIA-L4", "nvidia.com/gpu", "l4-"},
		{"slice", "NVIDIA-A100-SXM4-80GB", "nvidia.com/mig-1g.10gb", "a100-mig-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
			deployment := deploymentOf(podWith("model", onGPUs(c.product, c.resource, 1)), 2)
			if _, err := client.AppsV1().Deployments(namespace).Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			rolledOut(t, client, namespace, "model")
			pods, err := client.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, pod := range pods.Items {
				if !strings.HasPrefix(pod.Spec.NodeName, c.node) {
					t.Errorf("pod %s is on %s, not on a node %s…", pod.Name, pod.Spec.NodeName, c.node)
				}
			}
		})
	}
}

func TestShortageOfGPUsLeavesPodPending(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	wants := onGPUs("NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu", 8)
	create(t, client, namespace, podWith("first", wants))
	podUntil(t, client, namespace, "first", isReady)
	create(t, client, namespace, podWith("second", wants))
	podUntil(t, client, namespace, "second", func(pod *corev1.Pod) error {
		for _, c := range pod.Status.Conditions {
			if c.Reason == corev1.PodReasonUnschedulable && strings.Contains(c.Message, "Insufficient nvidia.com/gpu") {
				return hasPhase(corev1.PodPending)(pod)
			}
		}
		return fmt.Errorf("is not unschedulable: %+v", pod.Status)
	})
	if err := client.CoreV1().Pods(namespace).Delete(t.Context(), "first", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	podUntil(t, client, namespace, "second", isReady)
}

func TestRollingUpdate(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	deployments := client.AppsV1().Deployments(namespace)
	deployment, err := deployments.Create(t.Context(), deploymentOf(podWith("model"), 2), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rolledOut(t, client, namespace, "model")
	const image = "example.com/server@sha256:1"
	patch := `[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"` + image + `"}]`
	if _, err := deployments.Patch(t.Context(), deployment.Name, "application/json-patch+json", []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	rolledOut(t, client, namespace, "model")
	eventually(t, "the old pods to vanish", func(ctx context.Context) error {
		pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, pod := range pods.Items {
			if pod.Spec.Containers[0].Image != image {
				return fmt.Errorf("pod %s runs %s", pod.Name, pod.Spec.Containers[0].Image)
			}
		}
		return nil
	})
}

func TestTimeSlicedGPUsAreOfferedSeveralTimes(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	fleet, err := controlplane.ParseFleet("f.yaml", []byte("nodes: [{name: shared, product: Tesla-T4, gpus: 1, memoryMiB: 15360, taint: true, sharing: {replicas: 2}}]"))
	if err != nil {
		t.Fatal(err)
	}
	if err := controlplane.ApplyFleet(t.Context(), cp.RESTConfig(), fleet); err != nil {
		t.Fatal(err)
	}
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	wants := onGPUs("Tesla-T4-SHARED", "nvidia.com/gpu", 1)
	for _, name := range []string{"first", "second"} {
		create(t, client, namespace, podWith(name, wants))
		podUntil(t, client, namespace, name, isReady)
	}
	create(t, client, namespace, podWith("third", wants))
	podUntil(t, client, namespace, "third", func(pod *corev1.Pod) error {
		return hasCondition(pod, corev1.PodScheduled, corev1.ConditionFalse)
	})
}
