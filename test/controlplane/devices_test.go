package controlplane_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/test/controlplane"
)

const claimOfTwoGPUs = `
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: gpus}
spec:
  spec:
    devices:
      requests:
      - name: gpu
        exactly:
          deviceClassName: gpu.nvidia.com
          count: 2
          selectors:
          - cel: {expression: "device.capacity['gpu.nvidia.com'].memory.compareTo(quantity('140Gi')) >= 0"}
`

func TestGPUsAreAllocatedByDRA(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	fleet, err := controlplane.ParseFleet("f.yaml", []byte("nodes: [{name: h200-dra, product: NVIDIA-H200, gpus: 2, memoryMiB: 143771, dra: true, taint: true}]"))
	if err != nil {
		t.Fatal(err)
	}
	if err := controlplane.ApplyFleet(t.Context(), cp.RESTConfig(), fleet); err != nil {
		t.Fatal(err)
	}
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	if _, err := cp.Kubectl(t.Context(), strings.NewReader(claimOfTwoGPUs), "apply", "-n", namespace, "-f", "-"); err != nil {
		t.Fatal(err)
	}
	wants := func(pod *corev1.Pod) {
		pod.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpus", ResourceClaimTemplateName: new("gpus")}}
		pod.Spec.Containers[0].Resources.Claims = []corev1.ResourceClaim{{Name: "gpus"}}
		pod.Spec.Tolerations = []corev1.Toleration{{Key: "nvidia.com/gpu", Operator: corev1.TolerationOpExists}}
	}
	create(t, client, namespace, podWith("first", wants))
	if pod := podUntil(t, client, namespace, "first", isReady); pod.Spec.NodeName != "h200-dra-0" {
		t.Errorf("the pod is on %s", pod.Spec.NodeName)
	}
	create(t, client, namespace, podWith("second", wants))
	podUntil(t, client, namespace, "second", func(pod *corev1.Pod) error {
		for _, c := range pod.Status.Conditions {
			if c.Reason == corev1.PodReasonUnschedulable && strings.Contains(c.Message, "cannot allocate all claims") {
				return nil
			}
		}
		return fmt.Errorf("is not short of devices: %+v", pod.Status)
	})
	if err := client.CoreV1().Pods(namespace).Delete(t.Context(), "first", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	podUntil(t, client, namespace, "second", isReady)
}
