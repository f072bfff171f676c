package fleet

import (
	"maps"
	"math"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func quantityOf(n int64) *resource.Quantity { return resource.NewQuantity(n, resource.DecimalSI) }

func TestAmountsAreNeverNegativeNorTooLarge(t *testing.T) {
	for text, want := range map[string]int64{
		"1500m": 1500, "2": 2000, "1n": 1, "0": 0, "-4": 0, "9223372036854775807": math.MaxInt64, "9e15": 9_000_000_000_000_000_000, "9.3e15": math.MaxInt64,
	} {
		if got := AmountsOf(corev1.ResourceList{"cpu": resource.MustParse(text)})["cpu"]; got != want {
			t.Errorf("cpu %s is %d, want %d", text, got, want)
		}
	}
	sum := resource.MustParse("9E")
	sum.Add(sum)
	if got := AmountsOf(corev1.ResourceList{"memory": sum})["memory"]; got != math.MaxInt64 {
		t.Errorf("18E is %d", got)
	}
}

func TestSumsAndProductsStopAtTheLargest(t *testing.T) {
	const most = math.MaxInt64
	if plus(most, 1) != most || plus(most, most) != most || plus(2, 3) != 5 {
		t.Error("sums overflow")
	}
	if product(most, 2) != most || product(1<<40, 1<<40) != most || product(most, 0) != 0 || product(6, 7) != 42 {
		t.Error("products overflow")
	}
}

func TestAPodIsCountedAsTheSchedulerCountsIt(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	container := func(cpu string, restart *corev1.ContainerRestartPolicy) corev1.Container {
		return corev1.Container{RestartPolicy: restart, Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse(cpu)}}}
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n", UID: "u", DeletionTimestamp: &metav1.Time{},
			OwnerReferences: []metav1.OwnerReference{{Kind: "DaemonSet", Controller: new(true)}}},
		Spec: corev1.PodSpec{
			NodeName:       "a",
			InitContainers: []corev1.Container{container("1", &always), container("5", nil)},
			Containers:     []corev1.Container{container("2", nil)},
			Overhead:       corev1.ResourceList{"cpu": resource.MustParse("250m")},
		},
		Status: corev1.PodStatus{Phase: corev1.PodFailed},
	}
	got := PodOf(pod)
	if want := (Amounts{"cpu": 6250, "pods": 1}); !maps.Equal(got.Requests, want) {
		t.Errorf("requests %v, want %v", got.Requests, want)
	}
	if !got.Terminating || !got.Finished || got.Node != "a" || got.OwnerKind != "DaemonSet" || got.uses() || !got.stays() {
		t.Errorf("%+v", got)
	}
}

func TestANodeIsTheSameUntilItMatters(t *testing.T) {
	node := func() *corev1.Node {
		return &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"zone": "a"}, Annotations: map[string]string{"x": "1"}},
			Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: "t"}}},
			Status: corev1.NodeStatus{
				Allocatable: corev1.ResourceList{"cpu": resource.MustParse("4")},
				Conditions:  []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
			},
		}
	}
	for name, c := range map[string]struct {
		change func(*corev1.Node)
		same   bool
	}{
		"nothing":     {func(*corev1.Node) {}, true},
		"heartbeat":   {func(n *corev1.Node) { n.Status.Conditions[0].LastHeartbeatTime = metav1.Now() }, true},
		"annotation":  {func(n *corev1.Node) { n.Annotations["x"] = "2" }, true},
		"written new": {func(n *corev1.Node) { n.Status.Allocatable["cpu"] = resource.MustParse("4000m") }, true},
		"label":       {func(n *corev1.Node) { n.Labels["zone"] = "b" }, false},
		"taint":       {func(n *corev1.Node) { n.Spec.Taints[0].Value = "v" }, false},
		"cordon":      {func(n *corev1.Node) { n.Spec.Unschedulable = true }, false},
		"not ready":   {func(n *corev1.Node) { n.Status.Conditions[0].Status = corev1.ConditionUnknown }, false},
		"allocatable": {func(n *corev1.Node) { n.Status.Allocatable["nvidia.com/gpu"] = resource.MustParse("1") }, false},
	} {
		changed := node()
		c.change(changed)
		if same := NodeOf(node()).Equal(NodeOf(changed)); same != c.same {
			t.Errorf("%s: the same is %t", name, same)
		}
	}
}

func TestWhatIsLimitedIsRequested(t *testing.T) {
	list := func(cpu string) corev1.ResourceList { return corev1.ResourceList{"cpu": resource.MustParse(cpu)} }
	for name, c := range map[string]struct {
		spec corev1.PodSpec
		want int64
	}{
		"limit alone":        {corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Limits: list("4")}}}}, 4000},
		"request below it":   {corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Limits: list("4"), Requests: list("1")}}}}, 1000},
		"of the pod":         {corev1.PodSpec{Resources: &corev1.ResourceRequirements{Limits: list("4")}, Containers: []corev1.Container{{}}}, 4000},
		"of both":            {corev1.PodSpec{Resources: &corev1.ResourceRequirements{Limits: list("4")}, Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: list("1")}}}}, 1000},
		"a prepare step's":   {corev1.PodSpec{InitContainers: []corev1.Container{{Resources: corev1.ResourceRequirements{Limits: list("8")}}}, Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Limits: list("4")}}}}, 8000},
		"nothing is nothing": {corev1.PodSpec{Containers: []corev1.Container{{}}}, 0},
	} {
		d, err := (&Fleet{}).demandOf(&c.spec, nil)
		if err != nil || d.requests["cpu"] != c.want {
			t.Errorf("%s: %v, %v; want %d", name, d.requests, err, c.want)
		}
	}
}
