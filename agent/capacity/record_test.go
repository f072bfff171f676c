package capacity

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/render/fleet"
)

func bound() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "n", Name: "p", UID: "u", ResourceVersion: "7",
			Labels:        map[string]string{"app.kubernetes.io/instance": "llama", "penstock.dev/release": "rel-1", "team": "a"},
			Annotations:   map[string]string{"secret": "s"},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "m"}},
		},
		Spec: corev1.PodSpec{NodeName: "a", Containers: []corev1.Container{{
			Name: "c", Env: []corev1.EnvVar{{Name: "TOKEN", Value: "s"}},
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}},
		}}},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
}

func kept(t *testing.T, pod *corev1.Pod) *record[fleet.Pod] {
	t.Helper()
	obj, err := slim(podOf)(pod)
	if err != nil {
		t.Fatal(err)
	}
	again, err := slim(podOf)(obj) // the informer may ask twice
	if err != nil || again != obj {
		t.Fatalf("the second time: %v, %v", again, err)
	}
	return obj.(*record[fleet.Pod])
}

func TestOfAPodOnlyWhatTheFleetReadsIsKept(t *testing.T) {
	want := &record[fleet.Pod]{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "p", UID: "u", ResourceVersion: "7"},
		value: fleet.Pod{
			Namespace: "n", Name: "p", UID: "u", Node: "a", Requests: fleet.Amounts{"nvidia.com/gpu": 1, "pods": 1},
			Labels: map[string]string{"app.kubernetes.io/instance": "llama", "penstock.dev/release": "rel-1"},
		},
	}
	if diff := cmp.Diff(want, kept(t, bound()), cmp.AllowUnexported(record[fleet.Pod]{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestOnlySomeChangesOfAPodMatter(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   weight
	}{
		"status": {func(p *corev1.Pod) {
			p.ResourceVersion, p.Status.Phase = "8", corev1.PodRunning
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		}, nothing},
		"annotation":       {func(p *corev1.Pod) { p.Annotations["x"] = "y" }, nothing},
		"somebody's label": {func(p *corev1.Pod) { p.Labels["team"] = "b" }, nothing},
		"our label":        {func(p *corev1.Pod) { p.Labels["penstock.dev/release"] = "rel-2" }, detail},
		"deletion":         {func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }, detail},
		"another pod":      {func(p *corev1.Pod) { p.UID = "v" }, matters},
		"resized": {func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("2")}
		}, matters},
	} {
		pod := bound()
		c.change(pod)
		if got := weighed(weighPod)(kept(t, bound()), kept(t, pod)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
