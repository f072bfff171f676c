package render

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What must be right whatever the engine. Each test says which failure it prevents.

// rates are bytes in a second, by the kind of source, as far as an engine loads them while it starts.
var rates = map[string]float64{"hf": 200e6, "s3": 90e6, "gs": 90e6, "https": 90e6, "oci": 300e6, "pvc": 300e6}

// budgetOf is how long the startup probe waits.
func budgetOf(t *testing.T, o *Objects) int64 {
	probe := server(t, o).StartupProbe
	return int64(probe.FailureThreshold) * int64(probe.PeriodSeconds)
}

// TestLargeWeightsAreGivenTheTimeToLoad: with a fixed budget the kubelet kills a large model while it loads, starts
// it anew, and kills it again, for ever.
func TestLargeWeightsAreGivenTheTimeToLoad(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		known := []string{"oci://registry.example.com/org/model", "pvc://claim/model"}
		for _, scheme := range renderer().engines[name].Sources {
			known = append(known, scheme+"://org/model")
		}
		for _, source := range known {
			scheme, _, _ := strings.Cut(source, "://")
			want := int64(math.Ceil((math.Ceil(1.5*1400e9/rates[scheme])+180)/10)) * 10
			equal(t, source+" with a size", budgetOf(t, rendered(t, served(name, source, ", size: 1400G", ""))), want)
			equal(t, source+" with parameters", budgetOf(t, rendered(t, served(name, source, ", parameters: 700B, precision: bf16", ""))), want)
			equal(t, source+" of unknown size", budgetOf(t, rendered(t, served(name, source, "", ""))), 600)
		}
		equal(t, "told", budgetOf(t, rendered(t, served(name, "", ", size: 1400G", ", startupSeconds: 1234"))), 1240)
	})
}

// TestWellKnownModelsAreGivenTheTimeToLoad: most descriptors do not say how large the model is, and the budget of a
// small one would kill it.
func TestWellKnownModelsAreGivenTheTimeToLoad(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		if slices.Contains(renderer().engines[name].Sources, "hf") {
			got := budgetOf(t, rendered(t, served(name, "hf://meta-llama/Llama-3.1-405B-Instruct", "", "")))
			if want := int64(1.5 * 2 * 405e9 / rates["hf"]); got < want {
				t.Errorf("a budget of %d s, and 405 billion parameters take %d", got, want)
			}
		}
	})
}

// TestProgressDeadlineCoversAllThatComesBefore: with Kubernetes' 600 s a rollout that is slow and healthy is reported
// as failed, and somebody rolls it back.
func TestProgressDeadlineCoversAllThatComesBefore(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		const prepare = ", prepare: {image: prepare, timeoutSeconds: 7000}"
		for _, c := range []struct {
			source, model string
			more          int64
		}{
			{"", "", 0}, {"", ", size: 1400G", 0}, {"", ", size: 1Pi", 0}, {"hf://org/model", prepare, 7000},
			{"oci://registry.example.com/org/model", ", size: 1400G", 31_111}, // the kubelet pulls the model first: 1400e9 / 45e6
		} {
			o := rendered(t, served(name, c.source, c.model, ", maxRequestSeconds: 3600"))
			d := item[appsv1.Deployment](t, o, "Deployment")
			least := budgetOf(t, o) + imagePullSeconds + c.more + *d.Spec.Template.Spec.TerminationGracePeriodSeconds
			if got := int64(*d.Spec.ProgressDeadlineSeconds); got < least-startupPeriodSeconds {
				t.Errorf("%s%s: the deadline of %d s is below %d", c.source, c.model, got, least)
			}
		}
	})
}

// TestEnginesDoNotGiveUpBeforeTheProbe: vLLM gives up after 600 s by itself, and so do the nodes of a group on one
// of them that still downloads, whatever the probe allows.
func TestEnginesDoNotGiveUpBeforeTheProbe(t *testing.T) {
	const nodes = "accelerator: {product: NVIDIA-L4, nodes: 2}"
	leader := func(name string) corev1.Container {
		pod, _ := groupOf(t, rendered(t, served(name, "", "", ", startupSeconds: 4000", nodes)))
		return pod.Containers[0]
	}
	equal(t, "vLLM's own timeout", env(leader("vllm"), "VLLM_ENGINE_READY_TIMEOUT_S").Value, "4000")
	for name, flag := range map[string]string{"vllm": "--distributed-timeout-seconds=4000", "sglang": "--dist-timeout=4000"} {
		if args := leader(name).Args; !slices.Contains(args, flag) {
			t.Errorf("%s: expected %s among %v", name, flag, args)
		}
	}
}

// TestRequestsAreFinishedByEveryEngine: some engines cut off what runs when they are told to stop, and those have
// to be left alone before. The others need the time after. One that ignores the signal must not hold its GPUs for
// longer than its requests take.
func TestRequestsAreFinishedByEveryEngine(t *testing.T) {
	cutOff := []string{"llamacpp", "tensorflow-serving", "tgi", "vllm"}
	forEveryEngine(t, func(t *testing.T, name string) {
		for _, longest := range []int64{1, 300, 3600} {
			p := pod(t, rendered(t, served(name, "", "", fmt.Sprintf(", maxRequestSeconds: %d", longest))))
			before := p.Containers[0].Lifecycle.PreStop.Sleep.Seconds
			after := *p.TerminationGracePeriodSeconds - before
			switch isCutOff := slices.Contains(cutOff, name); {
			case before < unheardSeconds || after < exitSeconds:
				t.Errorf("%d s before the signal and %d after", before, after)
			case isCutOff && (before < unheardSeconds+longest || after > 60):
				t.Errorf("%d s before the signal and %d after, for requests of %d", before, after, longest)
			case !isCutOff && after < longest+exitSeconds:
				t.Errorf("%d s after the signal, for requests of %d", after, longest)
			}
		}
	})
}

// TestAutoscalersOwnTheNumberOfReplicas: an agent that applies a number takes back what the autoscaler did, at every
// apply: the model is scaled down under load.
func TestAutoscalersOwnTheNumberOfReplicas(t *testing.T) {
	const keda = "scaling: {max: 4, prometheus: {serverAddress: 'http://p', query: q, threshold: 1}}"
	forEveryEngine(t, func(t *testing.T, name string) {
		for field, owner := range map[string]string{
			"scaling: {min: 2}": "",
			"scaling: {min: 2, max: 4, metric: {name: waiting, target: 5}}": "HorizontalPodAutoscaler",
			keda: "ScaledObject",
			"scaling: {schedules: [{start: 0 8 * * *, end: 0 18 * * *, timeZone: UTC, replicas: 2}]}": "ScaledObject",
		} {
			o := rendered(t, served(name, "", "", "", onGPU, field))
			d := item[appsv1.Deployment](t, o, "Deployment")
			equal(t, field+": owned", d.Spec.Replicas == nil, owner != "")
			equal(t, field+": scaler", owner == "" || scales(ofKind(o.Items, owner), o.Workload()), true)
		}
	})
	forEveryEngineThat(t, "group", func(t *testing.T, name string) {
		o := rendered(t, served(name, "", "", "", "accelerator: {product: NVIDIA-L4, nodes: 2}", keda))
		_, said, _ := unstructured.NestedFieldNoCopy(o.Workload().Object, "spec", "replicas")
		equal(t, "replicas of a set", said, false)
		equal(t, "scaler of a set", scales(ofKind(o.Items, "ScaledObject"), o.Workload()), true)
	})
}
