package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// The labels and resources of NVIDIA's GPU feature discovery and device plugin
// (https://github.com/NVIDIA/k8s-device-plugin).
const (
	resourceGPU        = "nvidia.com/gpu"
	resourceMIG        = "nvidia.com/mig-"
	labelProduct       = "nvidia.com/gpu.product"
	labelMemory        = "nvidia.com/gpu.memory" // MiB
	labelSharing       = "nvidia.com/gpu.sharing-strategy"
	suffixShared       = "-SHARED"
	deviceDriver       = "gpu.nvidia.com"
	classGPU           = "gpu.nvidia.com"
	classMIG           = "mig.nvidia.com"
	claimOfAccelerator = "accelerator"
)

// addAccelerator adds what the pods ask for, where they may run, and how the model is split over them.
func (v values) addAccelerator(m *v1alpha1.ModelDeployment, e *engine) {
	cpu, memory, shared := quantities(m)
	requests := map[string]any{"cpu": cpu.String(), "memory": memory.String()}
	limits := map[string]any{"memory": memory.String()}
	v["initResources"] = map[string]any{"requests": maps.Clone(requests), "limits": maps.Clone(limits)}
	v["resources"] = map[string]any{"requests": requests, "limits": limits, "sharedMemory": shared.String()}
	prepare := map[string]any{"requests": requests, "limits": limits}
	v["prepareResources"] = prepare
	a := m.Spec.Accelerator
	if a == nil {
		return
	}
	v["gpu"] = map[string]any{"count": int64(gpusPerPod(m))}
	if e.Memory.Percent > 0 {
		v["memoryFraction"] = fraction(memoryPercent(m, e))
	}
	v.addParallelism(m, e)
	if nodes := nodesPerReplica(m); nodes > 1 {
		v["group"] = map[string]any{"size": int64(nodes)}
	}
	if a.RuntimeClass != "" {
		v["runtimeClass"] = map[string]any{"name": a.RuntimeClass}
	}
	if a.DRA != nil {
		v.addDeviceClaim(m)
		prepare["claims"] = []any{map[string]any{"name": claimOfAccelerator}}
		return
	}
	// The API server wants both to be the same.
	requests[resourceName(a)] = strconv.Itoa(int(gpusPerPod(m)))
	limits[resourceName(a)] = requests[resourceName(a)]
	if expressions := nodeExpressions(a); len(expressions) > 0 {
		v["nodeAffinity"] = expressions
	}
}

// resourceName is the extended resource that the device plugin offers. A plus is not allowed in it.
func resourceName(a *v1alpha1.Accelerator) string {
	if a.MIG != "" {
		return resourceMIG + strings.ReplaceAll(a.MIG, "+", ".")
	}
	return resourceGPU
}

// nodeExpressions say which nodes have the accelerator, by the labels of GPU feature discovery.
func nodeExpressions(a *v1alpha1.Accelerator) []any {
	var all []any
	add := func(key, operator string, values ...string) {
		all = append(all, map[string]any{"key": key, "operator": operator, "values": anys(values)})
	}
	if products := productsOf(a); len(products) > 0 {
		for _, product := range slices.Clone(products) {
			if a.Shared && !strings.HasSuffix(product, suffixShared) {
				products = append(products, product+suffixShared)
			}
		}
		add(labelProduct, "In", products...)
	}
	if a.Memory != nil {
		add(labelMemory, "Gt", strconv.FormatInt(a.Memory.Value()/(1<<20)-1, 10))
	}
	if !a.Shared && a.MIG == "" {
		add(labelSharing, "NotIn", "time-slicing", "mps") // nodes without the label do not share
	}
	return all
}

// productsOf are the GPUs of which any will do; none when the product does not matter.
func productsOf(a *v1alpha1.Accelerator) []string {
	if a.Product != "" {
		return []string{a.Product}
	}
	return slices.Clone(a.Products)
}

// addDeviceClaim adds a claim for devices instead of a resource of a device plugin.
func (v values) addDeviceClaim(m *v1alpha1.ModelDeployment) {
	a := m.Spec.Accelerator
	request := map[string]any{"deviceClassName": deviceClass(a), "allocationMode": "ExactCount", "count": int64(gpusPerPod(m))}
	var selectors []any
	for _, expression := range deviceSelectors(a) {
		selectors = append(selectors, map[string]any{"cel": map[string]any{"expression": expression}})
	}
	if len(selectors) > 0 {
		request["selectors"] = selectors
	}
	// A template cannot be changed, so its name says what is in it.
	name := fmt.Sprintf("%s-%s", m.Name, shortDigest(request))
	v["deviceClaim"] = map[string]any{"name": name, "request": request}
}

func deviceClass(a *v1alpha1.Accelerator) string {
	switch {
	case a.DRA.DeviceClass != "":
		return a.DRA.DeviceClass
	case a.MIG != "":
		return classMIG
	}
	return classGPU
}

// deviceSelectors are CEL expressions over the attributes that NVIDIA's driver publishes. It writes product
// names with spaces where GPU feature discovery has dashes.
func deviceSelectors(a *v1alpha1.Accelerator) []string {
	var all []string
	if products := productsOf(a); len(products) > 0 {
		quoted := make([]string, len(products))
		for i, product := range products {
			quoted[i] = strconv.Quote(product)
		}
		all = append(all, fmt.Sprintf(`device.attributes[%q].productName.replace(" ", "-") in [%s]`, deviceDriver, strings.Join(quoted, ", ")))
	}
	if a.Memory != nil {
		all = append(all, fmt.Sprintf(`device.capacity[%q].memory.compareTo(quantity(%q)) >= 0`, deviceDriver, a.Memory.String()))
	}
	if a.MIG != "" {
		all = append(all, fmt.Sprintf(`device.attributes[%q].profile == %q`, deviceDriver, a.MIG))
	}
	return append(all, a.DRA.Selectors...)
}

// gpusPerPod is how many GPUs a pod gets, 0 without an accelerator.
func gpusPerPod(m *v1alpha1.ModelDeployment) int32 {
	if m.Spec.Accelerator == nil {
		return 0
	}
	return or(m.Spec.Accelerator.Count, 1)
}

// nodesPerReplica is how many pods, each on a node of its own, a replica consists of.
func nodesPerReplica(m *v1alpha1.ModelDeployment) int32 {
	if m.Spec.Accelerator == nil {
		return 1
	}
	return or(m.Spec.Accelerator.Nodes, 1)
}

// gpusPerReplica is how many GPUs a replica gets on all of its nodes.
func gpusPerReplica(m *v1alpha1.ModelDeployment) int32 { return gpusPerPod(m) * nodesPerReplica(m) }

// addParallelism adds how the model is split, if the engine has to be told.
func (v values) addParallelism(m *v1alpha1.ModelDeployment, e *engine) {
	if e.Splits == splitsItself {
		return
	}
	tensor, pipeline, data := split(m, e)
	all := map[string]any{"tensor": int64(tensor)}
	if e.Splits == splitsPipeline && tensor == 1 {
		delete(all, "tensor")
	}
	if pipeline > 1 {
		all["pipeline"] = int64(pipeline)
	}
	if data > 1 {
		all["data"] = int64(data)
	}
	v["parallelism"] = all
}

// split is how the model is split over the GPUs of a replica. What the descriptor leaves open follows: a
// pipeline over the nodes, and tensors over the GPUs of each.
func split(m *v1alpha1.ModelDeployment, e *engine) (tensor, pipeline, data int32) {
	p := m.Spec.Parallelism
	if p == nil {
		p = new(v1alpha1.Parallelism)
	}
	gpus := gpusPerReplica(m)
	data = or(p.Data, 1)
	switch {
	case p.Pipeline != nil:
		pipeline = *p.Pipeline
	case e.Splits == splitsPipeline:
		pipeline = max(1, gpus/(or(p.Tensor, 1)*data))
	case p.Tensor != nil && *p.Tensor*data >= gpus:
		pipeline = 1 // over all nodes
	default:
		pipeline = nodesPerReplica(m)
	}
	return or(p.Tensor, max(1, gpus/(pipeline*data))), pipeline, data
}
