package agent

import (
	"testing"
	"testing/fstest"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/render/fleet"
)

// placed renders a model with a placement, in YAML on one line for each field.
func placed(t *testing.T, placement string) *render.Objects {
	t.Helper()
	model := "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: m}\nspec:\n  release:\n" +
		"    model: {source: \"hf://org/model\"}\n    runtime: {engine: vllm, image: vllm/vllm-openai}\n" + placement
	environment := &environments.Environment{Name: "dev", Dir: "environments/dev"}
	environment.Spec.Namespace = "models-dev"
	unit := &environments.Unit{Environment: environment, Name: "m", Dir: "environments/dev/m"}
	objects, err := render.New().Render(fstest.MapFS{"environments/dev/m/model.yaml": {Data: []byte(model)}}, unit)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// TestRolloutsWithoutSightOfTheFleet: nothing is known of spare GPUs, so none is counted on; and what an autoscaler
// has made many of must not go all at once.
func TestRolloutsWithoutSightOfTheFleet(t *testing.T) {
	const gpu = "  accelerator: {product: NVIDIA-L4}\n"
	for placement, want := range map[string]fleet.Rollout{
		gpu:                             {Strategy: fleet.Recreate, Reason: fleet.ReasonFleetUnknown},
		gpu + "  scaling: {min: 2}\n":   {Strategy: fleet.RollingUpdate, MaxUnavailable: 1, Reason: fleet.ReasonFleetUnknown},
		gpu + "  scaling: {max: 8}\n":   {Strategy: fleet.RollingUpdate, MaxUnavailable: 1, Reason: fleet.ReasonFleetUnknown},
		gpu + "  rollout: {surge: 2}\n": {Strategy: fleet.RollingUpdate, MaxSurge: 2, Reason: fleet.ReasonExplicit},
		"  accelerator: {product: NVIDIA-L4, count: 4, nodes: 2}\n":                         {Strategy: fleet.RollingUpdate, MaxUnavailable: 1, Reason: fleet.ReasonFleetUnknown},
		gpu + "  cache: {claimName: c, accessMode: ReadWriteOnce}\n  rollout: {surge: 0}\n": {Strategy: fleet.Recreate, Reason: fleet.ReasonExclusiveVolume},
	} {
		ahead, err := (&Agent{}).foresee(t.Context(), placed(t, placement))
		if err != nil {
			t.Fatal(err)
		}
		got := ahead.rollout
		if got.Message == "" {
			t.Errorf("%s: no message", placement)
		}
		if got.Message = ""; got != want {
			t.Errorf("%s: got %+v, want %+v", placement, got, want)
		}
		if ahead.room.Status != metav1.ConditionUnknown {
			t.Errorf("%s: room %+v", placement, ahead.room)
		}
	}
}

// TestRoomForAModelThatIsParkedIsThatForOne: otherwise there would always be room, and waking it would fail.
func TestRoomForAModelThatIsParkedIsThatForOne(t *testing.T) {
	objects := placed(t, "  accelerator: {product: NVIDIA-L4}\n  scaling: {min: 0}\n")
	workload, err := workloadOf(objects)
	if err != nil || workload.Replicas != 1 {
		t.Fatalf("%+v, %v", workload, err)
	}
}

// TestRoomSaysTheSameWhileThereIsRoom: a status that counted what is left would be written at each restart.
func TestRoomSaysTheSameWhileThereIsRoom(t *testing.T) {
	objects := placed(t, "  accelerator: {product: NVIDIA-L4}\n")
	workload, err := workloadOf(objects)
	if err != nil {
		t.Fatal(err)
	}
	var rooms []apply.Room
	for _, gpus := range []string{"1", "8"} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"nvidia.com/gpu.product": "NVIDIA-L4"}}}
		node.Status.Allocatable = corev1.ResourceList{
			"nvidia.com/gpu": resource.MustParse(gpus), "cpu": resource.MustParse("64"), "memory": resource.MustParse("256Gi"), "pods": resource.MustParse("110"),
		}
		node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
		known := fleet.New(fleet.State{Nodes: []fleet.Node{fleet.NodeOf(node)}})
		rooms = append(rooms, roomOf(known.Place(t.Context(), *workload, ownPods(objects))))
	}
	if rooms[0].Status != metav1.ConditionTrue || rooms[0] != rooms[1] {
		t.Errorf("got %+v", rooms)
	}
}

// TestWhatIsWantedBesideWhatRuns: a commit that asks for more replicas and changes them starts the additional ones
// first, of the old kind. A surge on top of them waits for ever if there is room for one pod only.
func TestWhatIsWantedBesideWhatRuns(t *testing.T) {
	for _, c := range []struct{ wanted, perReplica, pods, beside int }{
		{wanted: 3, pods: 3, beside: 1},
		{wanted: 3, pods: 1, beside: 3},
		{wanted: 3, pods: 0, beside: 4},
		{wanted: 1, pods: 5, beside: 1},
		{wanted: 2, perReplica: 4, pods: 8, beside: 1},
		{wanted: 2, perReplica: 4, pods: 4, beside: 2},
	} {
		got := beside(fleet.Workload{Replicas: c.wanted, PodsPerReplica: c.perReplica}, c.pods)
		if got.Replicas != c.beside {
			t.Errorf("%+v: got %d", c, got.Replicas)
		}
	}
}

// TestALabelThatNoNodeHasIsToldThoughOtherNodesWillDo: of a list of products one may be misspelt.
func TestALabelThatNoNodeHasIsToldThoughOtherNodesWillDo(t *testing.T) {
	placement := fleet.Placement{Verdict: fleet.Fits, Unmatched: []fleet.Unmatched{
		{Key: "nvidia.com/gpu.product", Value: "NVIDIA-L4-SHARED"}, {Key: "nvidia.com/gpu.product", Value: "NVIDIA-L40-S", Nearest: []string{"NVIDIA-L40S"}},
	}}
	want := "there is room for all replicas; but no node has nvidia.com/gpu.product=NVIDIA-L40-S; the nearest value is NVIDIA-L40S"
	if got := roomOf(placement); got.Message != want || got.Status != metav1.ConditionTrue {
		t.Errorf("got %+v", got)
	}
}

// TestTheSameShortageHasTheSameWords: a busy cluster must not write a status for each pod that comes and goes.
func TestTheSameShortageHasTheSameWords(t *testing.T) {
	of := func(missing, free int64) fleet.Placement {
		return fleet.Placement{Verdict: fleet.NoRoom, Fit: 1, Ever: 4, Scarce: &fleet.Scarce{Missing: missing, Free: free}}
	}
	if shortageOf(of(2, 1)) != shortageOf(of(2, 0)) {
		t.Error("what is free makes it another shortage")
	}
	if shortageOf(of(2, 1)) == shortageOf(of(3, 1)) {
		t.Error("what is missing makes it no other shortage")
	}
}
