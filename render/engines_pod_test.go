package render

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
)

// TestPodsReachTheNodesWithTheirGPUs: without the toleration, the label or the runtime class a pod is pending for
// ever, lands on a GPU that is too small, or starts and sees none.
func TestPodsReachTheNodesWithTheirGPUs(t *testing.T) {
	const gpu = corev1.ResourceName("nvidia.com/gpu")
	forEveryEngine(t, func(t *testing.T, name string) {
		p := pod(t, rendered(t, served(name, "", "", "", "accelerator: {products: [NVIDIA-L4, NVIDIA-L40S], memory: 20Gi, runtimeClass: nvidia}",
			"scheduling: {spot: true, tolerations: [{key: team}], nodeSelector: {pool: gpu}}")))
		terms := p.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
		equal(t, "affinity", fmt.Sprint(terms), "[{[{nvidia.com/gpu.product In [NVIDIA-L4 NVIDIA-L40S]} {nvidia.com/gpu.memory Gt [20479]} {nvidia.com/gpu.sharing-strategy NotIn [time-slicing mps]}] []}]")
		var tolerated []string
		for _, toleration := range p.Tolerations {
			tolerated = append(tolerated, toleration.Key)
		}
		equal(t, "tolerations", strings.Join(tolerated, " "), "nvidia.com/gpu cloud.google.com/gke-spot kubernetes.azure.com/scalesetpriority team")
		equal(t, "runtime class", *p.RuntimeClassName, "nvidia")
		equal(t, "selector", p.NodeSelector["pool"], "gpu")
		requested, limited := p.Containers[0].Resources.Requests[gpu], p.Containers[0].Resources.Limits[gpu]
		equal(t, "GPUs", requested.String()+limited.String(), "11")
	})
}

// TestSlicesOfAnyProduct: an affinity without a condition matches no node, or is refused by the API server.
func TestSlicesOfAnyProduct(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		for _, accelerator := range []string{"{mig: 1g.10gb}", "{mig: 1g.10gb, dra: {}}", "{dra: {deviceClass: gpu.example.com}}"} {
			if p := pod(t, rendered(t, served(name, "", "", "", "accelerator: "+accelerator))); p.Affinity != nil {
				t.Errorf("%s: %v", accelerator, p.Affinity)
			}
		}
	})
}

// TestSharedMemoryIsInTheMemoryLimit: /dev/shm is memory of the container, so a limit that does not leave room
// beside it gets the server killed when it fills; without a limit of its own it could fill the node.
func TestSharedMemoryIsInTheMemoryLimit(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		p := pod(t, rendered(t, served(name, "", "", "", "accelerator: {product: NVIDIA-L4, count: 2}")))
		limit, requested := p.Containers[0].Resources.Limits.Memory(), p.Containers[0].Resources.Requests.Memory()
		shm := volume(t, p, mountAt(t, p.Containers[0], "/dev/shm").Name).EmptyDir
		if shm == nil || shm.Medium != corev1.StorageMediumMemory || shm.SizeLimit.IsZero() || limit.Cmp(*shm.SizeLimit) <= 0 {
			t.Errorf("shared memory %+v with a memory limit of %s", shm, limit)
		}
		equal(t, "requested memory", requested.String(), limit.String())
	})
}

// TestWhatIsWrittenCanBeWritten: Hugging Face takes lock files in its cache, and PyTorch makes directories in its
// home: where they are read-only, or nobody's, the server dies at its start. What was verified may not be written.
func TestWhatIsWrittenCanBeWritten(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		for _, cache := range []string{"cache: {}", "cache: {claimName: weights}"} {
			p := pod(t, rendered(t, served(name, "pvc://claim/model", "", "", onGPU, cache)))
			c := p.Containers[0]
			for _, variable := range c.Env {
				if !path.IsAbs(variable.Value) || variable.Name == "MODEL_DIR" {
					continue
				}
				within := func(m corev1.VolumeMount) bool { return isWithin(variable.Value, m.MountPath) }
				if i := slices.IndexFunc(c.VolumeMounts, within); i >= 0 && c.VolumeMounts[i].ReadOnly || i < 0 && !isWithin(variable.Value, "/tmp") {
					t.Errorf("%s is %s, which cannot be written", variable.Name, variable.Value)
				}
			}
			mounted := mountAt(t, c, "/cache")
			if claim := volume(t, p, mounted.Name).PersistentVolumeClaim; mounted.ReadOnly || claim != nil && claim.ReadOnly {
				t.Errorf("%s is read-only", cache)
			}
			model := mountAt(t, c, modelMount)
			equal(t, "read-only model", model.ReadOnly && volume(t, p, model.Name).PersistentVolumeClaim.ReadOnly, true)
			equal(t, "its user's group", *p.SecurityContext.FSGroup, *p.SecurityContext.RunAsGroup)
		}
	})
	forEveryEngine(t, func(t *testing.T, name string) {
		if slices.Contains(renderer().engines[name].Sources, "hf") && env(server(t, rendered(t, served(name, "", "", ""))), "HF_HOME") == nil {
			t.Error("a server that downloads from the hub keeps it where nobody can write")
		}
	})
}

// TestNoServiceIsInTheEnvironment: a Service named vllm would set VLLM_PORT, and vLLM would crash on it; SGLang
// reads SGLANG_PORT.
func TestNoServiceIsInTheEnvironment(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		equal(t, "service links", *pod(t, rendered(t, served(name, "", "", ""))).EnableServiceLinks, false)
	})
	forEveryEngineThat(t, "group", func(t *testing.T, name string) {
		leader, worker := groupOf(t, rendered(t, served(name, "", "", "", "accelerator: {product: NVIDIA-L4, nodes: 2}")))
		equal(t, "service links", *leader.EnableServiceLinks || *worker.EnableServiceLinks, false)
	})
}

// TestEveryUnitHasAPolicyAndABudget: without them anybody in the cluster may call the model, and a drain may take
// all of its replicas at once. A port that the policy forgets is one that Prometheus cannot scrape.
func TestEveryUnitHasAPolicyAndABudget(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		o := rendered(t, served(name, "", "", "", onGPU, "monitoring: {podMonitor: {}}"))
		policy := item[networkingv1.NetworkPolicy](t, o, "NetworkPolicy").Spec
		var open, ports []string
		for _, port := range policy.Ingress[0].Ports {
			open = append(open, port.Port.String())
		}
		for _, port := range server(t, o).Ports {
			ports = append(ports, fmt.Sprint(port.ContainerPort))
		}
		slices.Sort(open)
		slices.Sort(ports)
		equal(t, "open ports", strings.Join(open, " "), strings.Join(ports, " "))
		equal(t, "rules", len(policy.Ingress)+len(policy.PolicyTypes), 3)
		equal(t, "budget", item[policyv1.PodDisruptionBudget](t, o, "PodDisruptionBudget").Spec.MaxUnavailable.IntValue(), 1)
	})
}

// TestNamedPortsExist: a probe, a Service or a PodMonitor that names a port that no container has never succeeds.
func TestNamedPortsExist(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		o := rendered(t, served(name, "", "", "", onGPU, "monitoring: {podMonitor: {}}"))
		c := server(t, o)
		var named []string
		for _, probe := range []*corev1.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
			named = append(named, probe.HTTPGet.Port.String())
			if probe.HTTPGet.Path == "" || strings.Contains(probe.HTTPGet.Path, "{") || probe.InitialDelaySeconds != 0 {
				t.Errorf("probe %+v", probe)
			}
		}
		for _, port := range item[corev1.Service](t, o, "Service").Spec.Ports {
			named = append(named, port.TargetPort.String())
		}
		for _, port := range append(named, renderer().engines[name].Metrics.Port) {
			if !slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == port }) {
				t.Errorf("there is no port %s among %v", port, c.Ports)
			}
		}
		if patience := c.LivenessProbe.PeriodSeconds * c.LivenessProbe.FailureThreshold; patience < 50 {
			t.Errorf("liveness gives up after %d s", patience)
		}
	})
}

func mountAt(t *testing.T, c corev1.Container, dir string) corev1.VolumeMount {
	t.Helper()
	i := slices.IndexFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == dir })
	if i < 0 {
		t.Fatalf("nothing is mounted at %s", dir)
	}
	return c.VolumeMounts[i]
}

func volume(t *testing.T, p corev1.PodSpec, name string) corev1.Volume {
	t.Helper()
	i := slices.IndexFunc(p.Volumes, func(v corev1.Volume) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("there is no volume %s", name)
	}
	return p.Volumes[i]
}
