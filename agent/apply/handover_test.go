package apply_test

import (
	"testing"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// leaveReplicas takes the number of replicas out, as the renderer does when an autoscaler owns it.
func leaveReplicas(o *render.Objects) {
	unstructured.RemoveNestedField(item(o, "Deployment").Object, "spec", "replicas")
}

func replicaCount(n int64) edit { return set("Deployment", n, "spec", "replicas") }

// scale does what an autoscaler does.
func (b *bench) scale(name string, replicas int32) {
	b.Helper()
	client := kubernetes.NewForConfigOrDie(b.cp.RESTConfig()).AppsV1().Deployments(b.ns)
	wanted := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Namespace: b.ns, Name: name}, Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
	_, err := client.UpdateScale(b.Context(), name, wanted, metav1.UpdateOptions{FieldManager: "autoscaler"})
	if err != nil {
		b.Fatal(err)
	}
}

// A Deployment whose number of replicas is no longer applied falls back to one: the model would lose all
// replicas but one at the moment when it is given to an autoscaler, which is given to it because of its load.
func TestAnAutoscalerThatIsSwitchedOnFindsTheReplicasThatWereThere(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama", replicaCount(3)))
	generation := b.get("Deployment", "llama").GetGeneration()
	b.mustApply(b.unit("llama", leaveReplicas))
	if got := replicas(b); got != 3 {
		t.Fatalf("replicas are %d after the hand-over, want 3", got)
	}
	if now := b.get("Deployment", "llama").GetGeneration(); now != generation {
		t.Errorf("the generation went from %d to %d: the number was written on the way", generation, now)
	}
	b.scale("llama", 7)
	result := b.mustApply(b.unit("llama", leaveReplicas))
	if got := replicas(b); got != 7 || len(result.Conflicts) > 0 {
		t.Errorf("replicas are %d, want the autoscaler's 7; conflicts %v", got, result.Conflicts)
	}
}

func TestTheHandOverIsDoneOnce(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama", replicaCount(3)))
	b.mustApply(b.unit("llama", leaveReplicas))
	b.settled("llama")
	began := time.Now()
	b.mustApply(b.unit("llama", leaveReplicas))
	if count := counted(b.requests(began)); count["patch deployments"] > 0 {
		t.Errorf("requests %v, want no write", count)
	}
}

func TestGitTakesTheReplicasBackWhenTheAutoscalerIsSwitchedOff(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama", leaveReplicas))
	b.scale("llama", 7)
	b.mustApply(b.unit("llama", replicaCount(2)))
	if got := replicas(b); got != 2 {
		t.Errorf("replicas are %d, want 2", got)
	}
	b.mustApply(b.unit("llama", leaveReplicas))
	if got := replicas(b); got != 2 {
		t.Errorf("replicas are %d after the second hand-over, want 2", got)
	}
}

// The agent was killed after the hand-over and before it let go.
func TestAHandOverThatWasInterruptedIsEnded(t *testing.T) {
	b := newBench(t)
	b.mustApply(b.unit("llama", replicaCount(3)))
	kept := `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"llama"},"spec":{"replicas":3}}`
	kubectl(t, b.cp, kept, "apply", "-n", b.ns, "--server-side", "--field-manager="+v1alpha1.ManagedByHandover, "-f", "-")
	b.mustApply(b.unit("llama", leaveReplicas))
	if got := replicas(b); got != 3 {
		t.Errorf("replicas are %d, want 3", got)
	}
}

// The API server refuses rollingUpdate beside Recreate: what was applied before has to go.
func TestTheRolloutMayChangeFromOneApplyToTheNext(t *testing.T) {
	b := newBench(t)
	for i, rollout := range []render.Rollout{{MaxUnavailable: 1}, {Recreate: true}, {MaxSurge: 1}, {Recreate: true}} {
		b.mustApply(b.unit("llama").WithRollout(rollout))
		strategy, _, _ := unstructured.NestedMap(b.get("Deployment", "llama").Object, "spec", "strategy")
		kind, _ := strategy["type"].(string)
		_, rolling := strategy["rollingUpdate"]
		if (kind == "Recreate") != rollout.Recreate || rolling == rollout.Recreate {
			t.Errorf("rollout %d: %+v became %v", i, rollout, strategy)
		}
	}
}

func TestRoomIsReportedBeforeAnythingIsApplied(t *testing.T) {
	b := newBench(t)
	objects := b.unit("llama")
	room := apply.Room{Status: metav1.ConditionFalse, Reason: "NoRoom", Message: "8 more NVIDIA-H100-80GB-HBM3 are missing"}
	if err := b.applier.ReportRoom(t.Context(), apply.RefOf(objects), room); err != nil {
		t.Fatal(err)
	}
	if b.get("Deployment", "llama") != nil {
		t.Fatal("something was applied")
	}
	status, err := b.applier.ReadStatus(t.Context(), apply.RefOf(objects))
	if err != nil || len(status.Conditions) != 1 {
		t.Fatalf("status %+v, %v", status, err)
	}
	if c := status.Conditions[0]; c.Type != v1alpha1.ConditionSchedulable || c.Reason != "NoRoom" || c.Message != room.Message {
		t.Errorf("condition %+v", c)
	}
	b.mustApply(objects)
}
