package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
)

// TestPoint07SharedMemory: with the container runtime's 64 MiB tensor parallelism crashes; without a limit
// /dev/shm eats the node; and what is in it counts towards the memory limit.
func TestPoint07SharedMemory(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{onGPU, "2Gi"}, {"", "2Gi"},
		{"accelerator: {product: NVIDIA-L4, count: 2}", "16Gi"},
		{"resources: {sharedMemory: 5Gi}", "5Gi"},
	} {
		p := pod(t, rendered(t, descriptor("", "", c.fields)))
		i := slices.IndexFunc(p.Volumes, func(v corev1.Volume) bool { return v.Name == "shm" })
		shm := p.Volumes[i].EmptyDir
		equal(t, "medium", shm.Medium, corev1.StorageMediumMemory)
		equal(t, c.fields+" size", shm.SizeLimit.String(), c.want)
		limit := p.Containers[0].Resources.Limits[corev1.ResourceMemory]
		if limit.Cmp(*shm.SizeLimit) <= 0 {
			t.Errorf("a memory limit of %s cannot hold it", limit.String())
		}
		mounts := func(m corev1.VolumeMount) bool { return m.Name == "shm" && m.MountPath == "/dev/shm" }
		if !slices.ContainsFunc(p.Containers[0].VolumeMounts, mounts) {
			t.Error("it is not mounted")
		}
	}
}

// TestPoint08GPUs: other limits than requests are refused by the API server; other parallelism than GPUs
// leaves GPUs idle or vLLM dead; and the wrong product leaves the pod pending or out of memory.
func TestPoint08GPUs(t *testing.T) {
	o := rendered(t, descriptor("", "", "accelerator: {product: NVIDIA-H100-80GB-HBM3, count: 4}", "scaling: {min: 3}"))
	p := pod(t, o)
	c := p.Containers[0]
	const gpu = corev1.ResourceName("nvidia.com/gpu")
	requested, limited := c.Resources.Requests[gpu], c.Resources.Limits[gpu]
	equal(t, "requests", requested.String(), "4")
	equal(t, "limits", limited.String(), "4")
	equal(t, "all replicas' GPUs", o.GPUs, 12)
	node := p.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchExpressions
	equal(t, "product", fmt.Sprint(node[0]), "{nvidia.com/gpu.product In [NVIDIA-H100-80GB-HBM3]}")
	equal(t, "sharing", fmt.Sprint(node[1]), "{nvidia.com/gpu.sharing-strategy NotIn [time-slicing mps]}")
	equal(t, "toleration", p.Tolerations[0], corev1.Toleration{Key: "nvidia.com/gpu", Operator: "Exists", Effect: "NoSchedule"})
	if !slices.Contains(c.Args, "--tensor-parallel-size=4") {
		t.Errorf("arguments %v", c.Args)
	}

	cpu := pod(t, rendered(t, descriptor("", "")))
	if _, has := cpu.Containers[0].Resources.Limits[gpu]; has || cpu.Affinity != nil || cpu.Tolerations != nil {
		t.Error("a model without an accelerator asks for a GPU")
	}
	equal(t, "visible GPUs", env(cpu.Containers[0], "NVIDIA_VISIBLE_DEVICES").Value, "void")
}

// TestPoint09Environment: a Service named vllm would crash vLLM through VLLM_PORT, a token in Git would
// leak, and a home that cannot be written breaks PyTorch's caches for a user without an entry.
func TestPoint09Environment(t *testing.T) {
	o := rendered(t, descriptor("", "", "credentials: {modelToken: {name: hf, key: token}}"))
	p := pod(t, o)
	equal(t, "service links", *p.EnableServiceLinks, false)
	token := env(p.Containers[0], "HF_TOKEN")
	equal(t, "token's literal value", token.Value, "")
	equal(t, "token's secret", token.ValueFrom.SecretKeyRef.Name+"/"+token.ValueFrom.SecretKeyRef.Key, "hf/token")
	for _, name := range []string{"HF_HOME", "HOME", "USER"} {
		if env(p.Containers[0], name) == nil {
			t.Errorf("%s is not set", name)
		}
	}
	if env(server(t, rendered(t, descriptor("", ""))), "HF_TOKEN") != nil {
		t.Error("a token without credentials")
	}
}

// TestPoint10CacheCanBeWritten: Hugging Face takes lock files in its cache, so a read-only one fails at
// the start; an unbounded one fills the node's disk.
func TestPoint10CacheCanBeWritten(t *testing.T) {
	for fields, want := range map[string]string{"": "20Gi", "cache: {size: 7Gi}": "7Gi"} {
		p := pod(t, rendered(t, descriptor("", "", fields)))
		home := env(p.Containers[0], "HF_HOME").Value
		mount := p.Containers[0].VolumeMounts[slices.IndexFunc(p.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == "cache" })]
		if !strings.HasPrefix(home, mount.MountPath+"/") || mount.ReadOnly {
			t.Errorf("HF_HOME %s is not on the writable volume %+v", home, mount)
		}
		volume := p.Volumes[slices.IndexFunc(p.Volumes, func(v corev1.Volume) bool { return v.Name == "cache" })]
		equal(t, "size", volume.EmptyDir.SizeLimit.String(), want)
		if p.SecurityContext.FSGroup == nil {
			t.Error("the user cannot write to it")
		}
	}
	p := pod(t, rendered(t, descriptor(", size: 40Gi", "")))
	volume := p.Volumes[slices.IndexFunc(p.Volumes, func(v corev1.Volume) bool { return v.Name == "cache" })]
	equal(t, "twice the model", volume.EmptyDir.SizeLimit.String(), "80Gi")

	p = pod(t, rendered(t, descriptor("", "", "cache: {claimName: weights}")))
	volume = p.Volumes[slices.IndexFunc(p.Volumes, func(v corev1.Volume) bool { return v.Name == "cache" })]
	if volume.EmptyDir != nil || volume.PersistentVolumeClaim.ClaimName != "weights" || volume.PersistentVolumeClaim.ReadOnly {
		t.Errorf("expected the claim alone, writable: %+v", volume)
	}
}

// TestPoint11LeastPrivilege: model servers run other people's code; they get no privilege, no token, no
// neighbours that they need not have, and a drain cannot take all replicas at once. The pods satisfy the
// Pod Security Standard "restricted"; CUDA needs a writable root filesystem, which it allows.
func TestPoint11LeastPrivilege(t *testing.T) {
	o := rendered(t, descriptor("", "", "exposure: {namespaces: [gateway]}"))
	p := pod(t, o)
	c := p.Containers[0].SecurityContext
	equal(t, "non-root", *p.SecurityContext.RunAsNonRoot, true)
	equal(t, "seccomp", p.SecurityContext.SeccompProfile.Type, corev1.SeccompProfileTypeRuntimeDefault)
	equal(t, "escalation", *c.AllowPrivilegeEscalation, false)
	equal(t, "dropped", c.Capabilities.Drop[0], corev1.Capability("ALL"))
	equal(t, "read-only root", *c.ReadOnlyRootFilesystem, false)
	equal(t, "token", *p.AutomountServiceAccountToken, false)
	equal(t, "account", p.ServiceAccountName, item[corev1.ServiceAccount](t, o, "ServiceAccount").Name)

	budget := item[policyv1.PodDisruptionBudget](t, o, "PodDisruptionBudget")
	equal(t, "budget", budget.Spec.MaxUnavailable.IntValue(), 1)

	n := item[networkingv1.NetworkPolicy](t, o, "NetworkPolicy").Spec
	equal(t, "kinds of traffic", len(n.PolicyTypes), 2)
	from := n.Ingress[0].From[0].NamespaceSelector.MatchExpressions[0]
	equal(t, "callers", fmt.Sprint(from.Key, from.Operator, from.Values), "kubernetes.io/metadata.nameIn[ml-prod gateway]")
	equal(t, "ingress port", n.Ingress[0].Ports[0].Port.IntValue(), 8000)
	var out []int
	for _, rule := range n.Egress {
		for _, port := range rule.Ports {
			out = append(out, port.Port.IntValue())
		}
	}
	equal(t, "egress ports", fmt.Sprint(out), "[53 53 443]")
}

// TestPoint12AutoscalerOwnsReplicas: an agent that applies a number of replicas takes back what the
// autoscaler did, at every apply.
func TestPoint12AutoscalerOwnsReplicas(t *testing.T) {
	fixed := item[appsv1.Deployment](t, rendered(t, descriptor("", "", "scaling: {min: 2}")), "Deployment")
	equal(t, "replicas", *fixed.Spec.Replicas, 2)
	for target, owned := range map[string]bool{
		"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: Deployment, name: m}}":  true,
		"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: StatefulSet, name: m}}": false,
		"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: Deployment, name: x}}":  false,
		"apiVersion: v1\nkind: ConfigMap\nspec: {scaleTargetRef: {kind: Deployment, name: m}}":                            false,
		"apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {scaleTargetRef: {name: m}}":                             true,
	} {
		o := rendered(t, descriptor("", "", "scaling: {min: 2}"), "-- kustomization.yaml --\nresources: [model.yaml, scaler.yaml]\n-- scaler.yaml --\n", target, "\nmetadata: {name: scaler}\n")
		d := item[appsv1.Deployment](t, o, "Deployment")
		if (d.Spec.Replicas == nil) != owned {
			t.Errorf("%s: expected replicas left out: %v, got %v", target, owned, d.Spec.Replicas)
		}
	}
}

// TestSelectorsNeverChange: a Deployment's selector is immutable, so nothing that a release or a placement
// changes may be in it; and what selects must match the pods.
func TestSelectorsNeverChange(t *testing.T) {
	o := rendered(t, descriptor("", ""))
	d := item[appsv1.Deployment](t, o, "Deployment")
	want := map[string]string{"app.kubernetes.io/name": "m", "app.kubernetes.io/instance": "m"}
	equal(t, "deployment", fmt.Sprint(d.Spec.Selector.MatchLabels), fmt.Sprint(want))
	equal(t, "service", fmt.Sprint(item[corev1.Service](t, o, "Service").Spec.Selector), fmt.Sprint(want))
	equal(t, "budget", fmt.Sprint(item[policyv1.PodDisruptionBudget](t, o, "PodDisruptionBudget").Spec.Selector.MatchLabels), fmt.Sprint(want))
	equal(t, "policy", fmt.Sprint(item[networkingv1.NetworkPolicy](t, o, "NetworkPolicy").Spec.PodSelector.MatchLabels), fmt.Sprint(want))
	for key, value := range want {
		equal(t, "pod's "+key, d.Spec.Template.Labels[key], value)
	}
	equal(t, "pod's release", d.Spec.Template.Labels["penstock.dev/release"], o.ReleaseID)
}
