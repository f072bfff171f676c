package fleet_test

import (
	"fmt"
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/render/fleet"
)

// Products as their nodes are labelled.
const (
	h100 = "NVIDIA-H100-80GB-HBM3"
	a100 = "NVIDIA-A100-SXM4-80GB"
	l4   = "NVIDIA-L4"
)

var gpuTaint = []corev1.Taint{{Key: "nvidia.com/gpu", Effect: corev1.TaintEffectNoSchedule}}

// gpuNode has so many of a resource, 64 cores and 512 GiB.
func gpuNode(name, product, resource string, count int64) fleet.Node {
	n := cpuNode(name)
	n.Labels["nvidia.com/gpu.product"], n.Labels["nvidia.com/gpu.memory"] = product, "81559"
	n.Taints = gpuTaint
	n.Allocatable[corev1.ResourceName(resource)] = count
	return n
}

func cpuNode(name string) fleet.Node {
	return fleet.Node{
		Name: name, Labels: map[string]string{"kubernetes.io/hostname": name, "zone": "a"}, Ready: true,
		Allocatable: fleet.Amounts{"cpu": 64_000, "memory": 512 << 30, "pods": 110},
	}
}

// mixed is a fleet of two nodes of H100, one of A100, two of L4, one of A100 in slices and one without GPUs.
func mixed() []fleet.Node {
	return []fleet.Node{
		gpuNode("h100-0", h100, "nvidia.com/gpu", 8), gpuNode("h100-1", h100, "nvidia.com/gpu", 8),
		gpuNode("a100-0", a100, "nvidia.com/gpu", 8),
		gpuNode("l4-0", l4, "nvidia.com/gpu", 4), gpuNode("l4-1", l4, "nvidia.com/gpu", 4),
		gpuNode("mig-0", a100, "nvidia.com/mig-1g.10gb", 14), cpuNode("cpu-0"),
	}
}

// pod runs on a node and takes so many GPUs.
func pod(name, node string, gpus int64) fleet.Pod {
	return fleet.Pod{
		Namespace: "others", Name: name, UID: types.UID(name), Node: node, OwnerKind: "ReplicaSet",
		Requests: fleet.Amounts{"nvidia.com/gpu": gpus, "cpu": 1000, "pods": 1},
	}
}

// spec parses a pod's spec.
func spec(t testing.TB, text string) corev1.PodSpec {
	t.Helper()
	var s corev1.PodSpec
	if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return s
}

// on is the spec of a pod that takes so many of a resource on nodes of a product; of any product when it is empty.
func on(t testing.TB, product, resource string, count int) corev1.PodSpec {
	t.Helper()
	selector := "{}"
	if product != "" {
		selector = "{nvidia.com/gpu.product: " + product + "}"
	}
	return spec(t, fmt.Sprintf(`
nodeSelector: %s
tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
containers:
- name: server
  image: server
  resources: {limits: {%s: %d}, requests: {cpu: 2}}
`, selector, resource, count))
}

// place asks a fleet of these nodes and pods.
func place(t testing.TB, nodes []fleet.Node, pods []fleet.Pod, w fleet.Workload) fleet.Placement {
	t.Helper()
	p := fleet.New(fleet.State{Nodes: nodes, Pods: pods}).Place(t.Context(), w, nil)
	if p.Fit > p.Ever || p.Ever > p.Replicas {
		t.Errorf("figures out of order: %+v", p)
	}
	return p
}

// class is NVIDIA's, for GPUs.
func class() *resourcev1.DeviceClass {
	return &resourcev1.DeviceClass{
		ObjectMeta: metav1.ObjectMeta{Name: "gpu.nvidia.com"},
		Spec: resourcev1.DeviceClassSpec{Selectors: []resourcev1.DeviceSelector{
			cel(`device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'gpu'`),
		}},
	}
}

func cel(expression string) resourcev1.DeviceSelector {
	return resourcev1.DeviceSelector{CEL: &resourcev1.CELDeviceSelector{Expression: expression}}
}

// slice offers so many devices of a product on a node.
func slice(node, product string, count int, generation int64) *resourcev1.ResourceSlice {
	s := &resourcev1.ResourceSlice{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", node, generation)},
		Spec: resourcev1.ResourceSliceSpec{
			Driver: "gpu.nvidia.com", NodeName: &node,
			Pool: resourcev1.ResourcePool{Name: node, Generation: generation, ResourceSliceCount: 1},
		},
	}
	for i := range count {
		s.Spec.Devices = append(s.Spec.Devices, resourcev1.Device{
			Name: fmt.Sprintf("gpu-%d", i),
			Attributes: map[resourcev1.QualifiedName]resourcev1.DeviceAttribute{
				"type": {StringValue: ptr.To("gpu")}, "productName": {StringValue: &product},
				"uuid": {StringValue: ptr.To(fmt.Sprintf("%s/%d", node, i))},
			},
			Capacity: map[resourcev1.QualifiedName]resourcev1.DeviceCapacity{"memory": {Value: resource.MustParse("80Gi")}},
		})
	}
	return s
}

// template asks for so many devices.
func template(name string, count int64, selectors ...resourcev1.DeviceSelector) resourcev1.ResourceClaimTemplate {
	return resourcev1.ResourceClaimTemplate{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: resourcev1.ResourceClaimTemplateSpec{Spec: resourcev1.ResourceClaimSpec{Devices: resourcev1.DeviceClaim{
			Requests: []resourcev1.DeviceRequest{{Name: "gpu", Exactly: &resourcev1.ExactDeviceRequest{
				DeviceClassName: "gpu.nvidia.com", Count: count, Selectors: selectors,
			}}},
		}}},
	}
}

// claiming is the spec of a pod with one claim from a template.
func claiming(t testing.TB, template string) corev1.PodSpec {
	t.Helper()
	return spec(t, fmt.Sprintf(`
tolerations: [{operator: Exists}]
resourceClaims: [{name: gpu, resourceClaimTemplateName: %s}]
containers: [{name: server, image: server, resources: {claims: [{name: gpu}], requests: {cpu: 2}}}]
`, template))
}

// draNode has no GPUs but those of its slice.
func draNode(name string) fleet.Node {
	n := cpuNode(name)
	n.Labels = maps.Clone(n.Labels)
	n.Taints = gpuTaint
	return n
}

// claim is one that a pod holds, with devices of a node.
func claim(pod, node string, devices ...int) fleet.Claim {
	c := &resourcev1.ResourceClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "claim-of-" + pod},
		Status: resourcev1.ResourceClaimStatus{
			Allocation:  &resourcev1.AllocationResult{},
			ReservedFor: []resourcev1.ResourceClaimConsumerReference{{Resource: "pods", Name: pod, UID: types.UID(pod)}},
		},
	}
	for _, i := range devices {
		c.Status.Allocation.Devices.Results = append(c.Status.Allocation.Devices.Results, resourcev1.DeviceRequestAllocationResult{
			Driver: "gpu.nvidia.com", Pool: node, Device: fmt.Sprintf("gpu-%d", i),
		})
	}
	return fleet.ClaimOf(c)
}
