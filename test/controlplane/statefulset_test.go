package controlplane_test

import (
	"context"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestStatefulSetRollsOutOneByOneOnVolumesOfItsOwn(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	sets := client.AppsV1().StatefulSets(namespace)
	if _, err := sets.Create(t.Context(), statefulSetOf(podWith("model", fetches), 2), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	rolled := func(ctx context.Context) error {
		set, err := sets.Get(ctx, "model", metav1.GetOptions{})
		if err != nil {
			return err
		}
		s := set.Status
		if s.ObservedGeneration != set.Generation || s.ReadyReplicas != 2 || s.UpdatedReplicas != 2 || s.CurrentRevision != s.UpdateRevision {
			return fmt.Errorf("is not rolled out: %+v", s)
		}
		return nil
	}
	eventually(t, "the StatefulSet", rolled)
	patch := []byte(`{"spec": {"template": {"metadata": {"labels": {"version": "2"}}}}}`)
	if _, err := sets.Patch(t.Context(), "model", types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the StatefulSet's update", rolled)
	for _, name := range []string{"model-0", "model-1"} {
		claim, err := client.CoreV1().PersistentVolumeClaims(namespace).Get(t.Context(), "weights-"+name, metav1.GetOptions{})
		if err != nil || claim.Status.Phase != corev1.ClaimBound {
			t.Errorf("the claim of %s: %v %+v", name, err, claim.Status)
		}
		pod, err := client.CoreV1().Pods(namespace).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil || pod.Labels["version"] != "2" {
			t.Errorf("pod %s is not updated: %v %v", name, err, pod.Labels)
		}
	}
}

// statefulSetOf runs replicas of a pod, each with a volume for weights.
func statefulSetOf(pod *corev1.Pod, replicas int32) *appsv1.StatefulSet {
	labels := map[string]string{"app": pod.Name}
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "weights", MountPath: "/weights"}}
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod.Spec},
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{
				ObjectMeta: metav1.ObjectMeta{Name: "weights"},
				Spec: corev1.PersistentVolumeClaimSpec{
					AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
					Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
				},
			}},
		},
	}
}
