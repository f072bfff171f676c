package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const overNodes = "accelerator: {product: NVIDIA-L4, count: 2, nodes: 3}"

// TestWorkersAreNotAsked: a worker has no HTTP server. Probed, it is restarted for ever, and takes its group with it
// each time; behind a Service it fails a part of all requests; and alone in another zone it is slow.
func TestWorkersAreNotAsked(t *testing.T) {
	forEveryEngineThat(t, "group", func(t *testing.T, name string) {
		o := rendered(t, served(name, "", "", "", overNodes, "scheduling: {spread: {over: topology.kubernetes.io/zone}}", "exposure: {inferencePool: {endpointPicker: epp}}"))
		leader, worker := groupOf(t, o)
		l, w := leader.Containers[0], worker.Containers[0]
		if l.StartupProbe == nil || l.ReadinessProbe == nil || l.LivenessProbe == nil || l.Lifecycle == nil || len(l.Ports) == 0 {
			t.Errorf("the leader is not probed: %+v", l)
		}
		// A drained worker that goes at once cuts off what its leader still answers.
		if w.Lifecycle == nil || w.Lifecycle.PreStop.Sleep.Seconds != l.Lifecycle.PreStop.Sleep.Seconds {
			t.Errorf("the worker goes before its leader: %+v", w.Lifecycle)
		}
		if w.StartupProbe != nil || w.ReadinessProbe != nil || w.LivenessProbe != nil || len(w.Ports) > 0 {
			t.Errorf("the worker is probed: %+v", w)
		}
		equal(t, "GPUs", fmt.Sprint(w.Resources), fmt.Sprint(l.Resources))
		equal(t, "spread leaders and workers", fmt.Sprint(len(leader.TopologySpreadConstraints), len(worker.TopologySpreadConstraints)), "1 0")
		pool, _, _ := unstructured.NestedStringMap(ofKind(o.Items, "InferencePool").Object, "spec", "selector", "matchLabels")
		spread := leader.TopologySpreadConstraints[0].LabelSelector.MatchLabels
		for what, selector := range map[string]map[string]string{"pool": pool, "service": item[corev1.Service](t, o, "Service").Spec.Selector, "spread": spread} {
			equal(t, what, selector["leaderworkerset.sigs.k8s.io/worker-index"], "0")
		}
	})
}

// TestOnlyWorkersAreHeadless: a leader that does not listen serves nobody, and a worker that listens answers what
// only the leader can.
func TestOnlyWorkersAreHeadless(t *testing.T) {
	leader, worker := groupOf(t, rendered(t, served("vllm", "", "", "", overNodes)))
	equal(t, "leader", slices.Contains(leader.Containers[0].Args, "--headless"), false)
	equal(t, "worker", slices.Contains(worker.Containers[0].Args, "--headless"), true)
	for _, want := range []string{"--nnodes=3", "--node-rank=$(LWS_WORKER_INDEX)", "--master-addr=$(LWS_LEADER_ADDRESS)", "--tensor-parallel-size=2", "--pipeline-parallel-size=3"} {
		equal(t, want, slices.Contains(leader.Containers[0].Args, want) && slices.Contains(worker.Containers[0].Args, want), true)
	}
}

// TestNodesOfAGroupFindEachOther: LeaderWorkerSet makes a Service without an address under the name of the set, unless
// there is one of that name; the unit's own Service is one, has an address, and gives pods no names. And they talk at
// ports that they choose, which the policy for callers does not open.
func TestNodesOfAGroupFindEachOther(t *testing.T) {
	forEveryEngineThat(t, "group", func(t *testing.T, name string) {
		o := rendered(t, served(name, "", "", "", overNodes))
		set := o.Workload()
		policy, _, _ := unstructured.NestedString(set.Object, "spec", "networkConfig", "subdomainPolicy")
		if policy != "UniquePerReplica" && item[corev1.Service](t, o, "Service").Name == set.GetName() {
			t.Errorf("the Service for the names of pods would be called as the one for callers is, %s", set.GetName())
		}
		rules := item[networkingv1.NetworkPolicy](t, o, "NetworkPolicy").Spec
		in, out := rules.Ingress[1], rules.Egress[2]
		equal(t, "all ports", len(in.Ports)+len(out.Ports), 0)
		equal(t, "from the unit's own pods", fmt.Sprint(in.From[0].PodSelector.MatchLabels), fmt.Sprint(rules.PodSelector.MatchLabels))
		equal(t, "to the unit's own pods", fmt.Sprint(out.To[0].PodSelector.MatchLabels), fmt.Sprint(rules.PodSelector.MatchLabels))
	})
}

// TestBudgetOfGroups: a budget counts pods. Two of three replicas are four of six pods, and then a drain may take
// one pod from each of two groups, which takes both groups.
func TestBudgetOfGroups(t *testing.T) {
	for budget, want := range map[string]string{
		"": "1", "disruptionBudget: {maxUnavailable: 2}": "2", "disruptionBudget: {minAvailable: 2}": "1", "disruptionBudget: {minAvailable: 3}": "0",
	} {
		spec := item[policyv1.PodDisruptionBudget](t, rendered(t, served("vllm", "", "", "", overNodes, "scaling: {min: 3}", budget)), "PodDisruptionBudget").Spec
		if spec.MinAvailable != nil || spec.MaxUnavailable.String() != want {
			t.Errorf("%s: %+v", budget, spec)
		}
	}
	spec := item[policyv1.PodDisruptionBudget](t, rendered(t, served("vllm", "", "", "", onGPU, "scaling: {min: 3}", "disruptionBudget: {minAvailable: 2}")), "PodDisruptionBudget").Spec
	equal(t, "of replicas on one node", spec.MinAvailable.String(), "2")
}

// TestGroupsKeepWhatTheDeploymentHad: the labels of the Deployment that is not there, among them Kueue's.
func TestGroupsKeepWhatTheDeploymentHad(t *testing.T) {
	o := rendered(t, served("sglang", "", "", "", overNodes, "scheduling: {queue: large, spread: {}}", "scaling: {min: 2}"))
	equal(t, "queue", o.Workload().GetLabels()["kueue.x-k8s.io/queue-name"], "large")
	equal(t, "Deployment", ofKind(o.Items, "Deployment") == nil, true)
	equal(t, "GPUs", o.GPUs, 12)
	groups, _, _ := unstructured.NestedInt64(o.Workload().Object, "spec", "replicas")
	equal(t, "groups", groups, 2)
	if yaml, _ := o.YAML(); strings.Contains(string(yaml), "pod-template-hash") {
		t.Error("pods of a set have no such label")
	}
}

// TestGroupsHaveNamesThatServicesTake: LeaderWorkerSet's webhook refuses others, at the apply.
func TestGroupsHaveNamesThatServicesTake(t *testing.T) {
	model := strings.Replace(descriptor("", "", "accelerator: {product: NVIDIA-H100-80GB-HBM3, nodes: 2}"), "name: m", "name: 7b", 1)
	tree := fstest.MapFS{"environments/prod/7b/model.yaml": {Data: []byte(model)}}
	_, err := renderer().Render(tree, unitOf("prod/7b"))
	want := "environments/prod/7b/model.yaml:3: metadata.name: a model on several nodes cannot have the name 7b; begin it with a letter, or take one node"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
