package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// onFleet is a world of its own, whose nodes nobody else uses.
func onFleet(t *testing.T, fleet controlplane.Fleet) *world {
	t.Helper()
	cp, err := controlplane.Start(context.Background(), controlplane.Options{Fleet: &fleet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	return worldOn(t, cp)
}

// gpus is a fleet of one node.
func gpus(product string, count int) controlplane.Fleet {
	return controlplane.Fleet{Nodes: []controlplane.NodeKind{{
		Name: "gpu", Nodes: 1, Product: product, GPUs: count, MemoryMiB: 81559, CPU: "192", Memory: "2Ti", Taint: true,
	}}}
}

const h100 = "NVIDIA-H100-80GB-HBM3"

// tiny is a model of a descriptor's placement, in YAML without indentation, on engine vllm.
func tiny(name, placement string) string {
	text := "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: " + name + "}\nspec:\n  release:\n" +
		"    model: {source: \"hf://meta-llama/Llama-3.2-1B-Instruct\", revision: 0e9e39f249a16976918f6564b8830bc894c89659}\n" +
		"    runtime: {engine: vllm, image: \"vllm/vllm-openai:v0.14.0\", contextLength: 4096}\n"
	for line := range strings.Lines(placement) {
		text += "  " + strings.TrimSuffix(line, "\n") + "\n"
	}
	return text
}

// TestModelsFindTheirPlacesOnAMixedFleet: each way to ask for an accelerator, placed by the real scheduler on
// nodes of which only some will do; devices are allocated by it too.
func TestModelsFindTheirPlacesOnAMixedFleet(t *testing.T) {
	w := onFleet(t, controlplane.MixedFleet())
	namespace, files := w.environment("dev")
	places := map[string]struct{ placement, node string }{
		"by-product":  {"accelerator: {product: " + h100 + "}", "h100-"},
		"by-products": {"accelerator: {products: [NVIDIA-B200, NVIDIA-A100-SXM4-80GB], count: 4}", "a100-0"},
		"by-memory":   {"accelerator: {memory: 60G, count: 8}", ""}, // H100 or A100, but not L4
		"slice":       {"accelerator: {mig: 1g.10gb}", "a100-mig-0"},
		"shared":      {"accelerator: {product: NVIDIA-L4, shared: true}\nscheduling: {nodeSelector: {kubernetes.io/hostname: l4-shared-0}}", "l4-shared-0"},
		"whole-l4":    {"accelerator: {product: NVIDIA-L4}", "l4-"},
		"device":      {"accelerator: {product: NVIDIA-H200, count: 2, dra: {}}", "h200-dra-0"},
		"big-device":  {"accelerator: {memory: 100Gi, dra: {}}", "h200-dra-0"},
		"selector":    {"accelerator: {dra: {selectors: ['device.attributes[\"gpu.nvidia.com\"].productName == \"NVIDIA H200\"']}}", "h200-dra-0"},
		"no-gpu":      {"resources: {memory: 8Gi}", ""},
	}
	for name, place := range places {
		files["environments/dev/"+name+"/model.yaml"] = tiny(name, place.placement)
	}
	w.commit("Use every kind of accelerator", files)
	w.start(w.config())
	for name, place := range places {
		w.ready(namespace, name, metav1.ConditionTrue, v1alpha1.ReasonHealthy)
		for _, pod := range w.pods(namespace, name) {
			if !strings.HasPrefix(pod.Spec.NodeName, place.node) {
				t.Errorf("%s runs on %s, want %s", name, pod.Spec.NodeName, place.node)
			}
			if strings.HasPrefix(pod.Spec.NodeName, "l4-shared") && name != "shared" {
				t.Errorf("%s shares a GPU", name)
			}
		}
	}
}

func (w *world) pods(namespace, model string) []corev1.Pod {
	w.t.Helper()
	var pods corev1.PodList
	err := w.client.List(w.t.Context(), &pods, client.InNamespace(namespace), client.MatchingLabels{v1alpha1.LabelName: model})
	if err != nil {
		w.t.Fatal(err)
	}
	return pods.Items
}

// TestARolloutOnAFullFleetEndsAndKeepsToTheBudget: Kubernetes' default starts the new replica first, and on a
// full fleet it waits for ever for the GPU that the old one holds (LLMKube#192). Recreating all would take the
// model away.
func TestARolloutOnAFullFleetEndsAndKeepsToTheBudget(t *testing.T) {
	w := onFleet(t, gpus(h100, 4))
	namespace, files := w.environment("dev")
	model := "environments/dev/llama/model.yaml"
	files[model] = tiny("llama", "accelerator: {product: "+h100+"}\nscaling: {min: 4}")
	w.commit("Fill the fleet", files)
	w.start(w.config())
	first := w.ready(namespace, "llama", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.wantRollout(first, "RollingUpdate", 0, 1, "NoSpareCapacity")

	least := w.leastReady(namespace, "llama", func() {
		w.commit("Lengthen the context", map[string]string{model: strings.Replace(files[model], "4096", "8192", 1)})
		w.released(first)
	})
	if least < 3 {
		t.Errorf("at one time only %d of 4 replicas were available", least)
	}
}

// released waits until a model is ready at another release than it was, and returns it.
func (w *world) released(before *v1alpha1.ModelDeployment) *v1alpha1.ModelDeployment {
	w.t.Helper()
	return w.when(before.Namespace, before.Name, func(md *v1alpha1.ModelDeployment) error {
		if md.Status.Release == before.Status.Release || !meta.IsStatusConditionTrue(md.Status.Conditions, v1alpha1.ConditionReady) {
			return fmt.Errorf("the new release is not ready: %+v", md.Status)
		}
		return nil
	})
}

// leastReady is the smallest number of available replicas that a watch saw while something was done.
func (w *world) leastReady(namespace, name string, do func()) int32 {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	watcher, err := w.clients.AppsV1().Deployments(namespace).Watch(ctx, metav1.SingleObject(metav1.ObjectMeta{Name: name}))
	if err != nil {
		w.t.Fatal(err)
	}
	least := int32(1 << 30)
	var watching sync.WaitGroup
	watching.Go(func() {
		for event := range watcher.ResultChan() {
			if d, ok := event.Object.(*appsv1.Deployment); ok && event.Type != watch.Deleted {
				least = min(least, d.Status.AvailableReplicas)
			}
		}
	})
	do()
	cancel()
	watching.Wait()
	return least
}

func (w *world) wantRollout(md *v1alpha1.ModelDeployment, strategy string, surge, unavailable int32, reason string) {
	w.t.Helper()
	r := md.Status.Rollout
	if r == nil || r.Strategy != strategy || r.MaxSurge != surge || r.MaxUnavailable != unavailable || r.Reason != reason {
		w.t.Errorf("%s: rollout %+v, want %s %d/%d %s", md.Name, r, strategy, surge, unavailable, reason)
	}
	d := &appsv1.Deployment{}
	if err := w.client.Get(w.t.Context(), client.ObjectKeyFromObject(md), d); err != nil {
		w.t.Fatal(err)
	}
	if string(d.Spec.Strategy.Type) != strategy {
		w.t.Errorf("%s: the Deployment's strategy is %s, want %s", md.Name, d.Spec.Strategy.Type, strategy)
	}
}

// TestTheRolloutIsChosenByWhatIsFree: with a spare GPU nobody has to wait for the new replica (kaito#1132), and
// without one a single replica has to go first. What others do later does not change what was chosen.
func TestTheRolloutIsChosenByWhatIsFree(t *testing.T) {
	w := onFleet(t, gpus(h100, 4))
	namespace, files := w.environment("dev")
	files["environments/dev/roomy/model.yaml"] = tiny("roomy", "accelerator: {product: "+h100+"}")
	w.commit("Serve one", files)
	stop := w.start(w.config())
	roomy := w.ready(namespace, "roomy", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.wantRollout(roomy, "RollingUpdate", 1, 0, "SpareCapacity")

	w.commit("Fill the rest", map[string]string{
		"environments/dev/large/model.yaml":  tiny("large", "accelerator: {product: "+h100+", count: 2}"),
		"environments/dev/single/model.yaml": tiny("single", "accelerator: {product: "+h100+"}\nrollout: {surge: 0}"),
	})
	w.wantRollout(w.ready(namespace, "single", metav1.ConditionTrue, v1alpha1.ReasonHealthy), "Recreate", 0, 0, "Explicit")
	w.wantRollout(w.ready(namespace, "large", metav1.ConditionTrue, v1alpha1.ReasonHealthy), "Recreate", 0, 0, "NoSpareCapacity")

	stop()
	since := time.Now()
	w.start(w.config())
	w.polls(4)
	for _, write := range writes(t, w.cp, since, namespace) {
		t.Errorf("a restarted agent chose anew: %s %s", write.Verb, write.URI)
	}

	changed := strings.Replace(tiny("roomy", "accelerator: {product: "+h100+"}"), "4096", "8192", 1)
	w.commit("Change the first", map[string]string{"environments/dev/roomy/model.yaml": changed})
	after := w.released(roomy)
	w.wantRollout(after, "Recreate", 0, 0, "NoSpareCapacity")
}

// TestAModelMayGrowAndChangeInOneCommit: the additional replicas take the room that a surge would need. What was
// said of room before a node was drained is no longer said after.
func TestAModelMayGrowAndChangeInOneCommit(t *testing.T) {
	w := onFleet(t, gpus(h100, 3))
	namespace, files := w.environment("dev")
	model := "environments/dev/llama/model.yaml"
	files[model] = tiny("llama", "accelerator: {product: "+h100+"}")
	w.commit("Serve one", files)
	w.start(w.config())
	first := w.ready(namespace, "llama", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	grown := strings.Replace(tiny("llama", "accelerator: {product: "+h100+"}\nscaling: {min: 3}"), "4096", "8192", 1)
	w.commit("Grow it and lengthen its context", map[string]string{model: grown})
	after := w.released(first)
	w.wantRollout(after, "RollingUpdate", 0, 1, "NoSpareCapacity")
	w.wantRoom(namespace, "llama", metav1.ConditionTrue, "Fits")

	for _, command := range []string{"cordon gpu-0", "delete pods --all --wait=false -n " + namespace} {
		if _, err := w.cp.Kubectl(t.Context(), nil, strings.Fields(command)...); err != nil {
			t.Fatal(err)
		}
	}
	w.wantRoom(namespace, "llama", metav1.ConditionFalse, "NoRoom", "on nodes that take no pods now")
}

// TestNoRoomIsSaidBeforeItIsTried: how many GPUs of what are missing, and for a GPU that no node has, which
// there are. Room that comes later is noticed without a poll.
func TestNoRoomIsSaidBeforeItIsTried(t *testing.T) {
	w := onFleet(t, gpus(h100, 4))
	namespace, files := w.environment("dev")
	files["environments/dev/many/model.yaml"] = tiny("many", "accelerator: {product: "+h100+"}\nscaling: {min: 6}")
	files["environments/dev/guess/model.yaml"] = tiny("guess", "accelerator: {product: NVIDIA-H100-80GB}")
	w.commit("Ask for what is not there", files)
	w.start(w.config())
	w.wantRoom(namespace, "many", metav1.ConditionFalse, "NotEnough", "4 of 6 replicas fit", "2 more "+h100)
	w.wantRoom(namespace, "guess", metav1.ConditionFalse, "NoSuchNode", "NVIDIA-H100-80GB", h100)
	w.eventually(func() error {
		events, err := w.clients.EventsV1().Events(namespace).List(w.t.Context(), metav1.ListOptions{FieldSelector: "reason=NoSuchNode"})
		if err != nil || len(events.Items) == 0 {
			return fmt.Errorf("no event tells of it: %w", err)
		}
		return nil
	})
	more := gpus(h100, 4)
	more.Nodes[0].Name = "more"
	if err := controlplane.ApplyFleet(t.Context(), w.cp.RESTConfig(), more); err != nil {
		t.Fatal(err)
	}
	w.wantRoom(namespace, "many", metav1.ConditionTrue, "Fits")
	w.ready(namespace, "many", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

func (w *world) wantRoom(namespace, name string, status metav1.ConditionStatus, reason string, words ...string) {
	w.t.Helper()
	w.when(namespace, name, func(md *v1alpha1.ModelDeployment) error {
		c := meta.FindStatusCondition(md.Status.Conditions, v1alpha1.ConditionSchedulable)
		if c == nil || c.Status != status || c.Reason != reason {
			return fmt.Errorf("want Schedulable=%s %s, have %+v", status, reason, c)
		}
		for _, word := range words {
			if !strings.Contains(c.Message, word) {
				return fmt.Errorf("no %q in %q", word, c.Message)
			}
		}
		return nil
	})
}
