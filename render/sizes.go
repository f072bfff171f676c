package render

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	cpusPerGPU         = 4
	memoryPerGPU       = 24 << 30
	sharedMemoryOnOne  = 2 << 30
	sharedMemoryOnMany = 16 << 30
	minCacheBytes      = 20 << 30
)

// quantities are the CPU, memory and shared memory of a pod. One without a GPU gets those of one with one.
func quantities(m *v1alpha1.ModelDeployment) (cpu, memory, shared resource.Quantity) {
	told := m.Spec.Resources
	if told == nil {
		told = new(v1alpha1.Resources)
	}
	gpus := int64(max(gpusPerPod(m), 1))
	sharedMemory := int64(sharedMemoryOnOne)
	if gpus > 1 {
		sharedMemory = sharedMemoryOnMany
	}
	cpu = or(told.CPU, *resource.NewQuantity(cpusPerGPU*gpus, resource.DecimalSI))
	memory = or(told.Memory, *resource.NewQuantity(memoryPerGPU*gpus, resource.BinarySI))
	shared = or(told.SharedMemory, *resource.NewQuantity(sharedMemory, resource.BinarySI))
	return cpu, memory, shared
}

// addCache adds where downloads are kept.
func (v values) addCache(m *v1alpha1.ModelDeployment) {
	cache := m.Spec.Cache
	if cache == nil {
		cache = new(v1alpha1.Cache)
	}
	switch {
	case cache.ClaimName != "":
		v["cacheClaim"] = map[string]any{"name": cache.ClaimName}
	case cache.Claim != nil:
		name := m.Name + "-cache"
		v["cacheClaim"] = map[string]any{"name": name}
		v["claim"] = map[string]any{"name": name, "size": cache.Claim.Size.String(), "accessModes": []any{string(accessMode(m))}}
		if cache.Claim.StorageClass != "" {
			v["claimStorageClass"] = map[string]any{"name": cache.Claim.StorageClass}
		}
	default:
		size := cacheSize(m)
		v["cacheVolume"] = map[string]any{"size": size.String()}
	}
}

// accessMode is that of the claim that keeps the cache.
func accessMode(m *v1alpha1.ModelDeployment) string {
	if c := m.Spec.Cache; c != nil && c.AccessMode != "" {
		return c.AccessMode
	}
	return "ReadWriteMany"
}

// cacheSize bounds the cache of a replica that has one of its own: twice the model, because a download
// and what it becomes may be there at once.
func cacheSize(m *v1alpha1.ModelDeployment) resource.Quantity {
	if c := m.Spec.Cache; c != nil && c.Size != nil {
		return *c.Size
	}
	least := *resource.NewQuantity(minCacheBytes, resource.BinarySI)
	if modelDirectory(m.Spec.Release) != "" && m.Spec.Release.Model.Prepare == nil {
		return least // the model is not downloaded
	}
	twice := twiceTheModel(m.Spec.Release.Model)
	if twice.Cmp(least) < 0 {
		return least
	}
	return twice
}

// twiceTheModel keeps the unit in which the descriptor says its size.
func twiceTheModel(model v1alpha1.Model) resource.Quantity {
	if model.Size == nil {
		const unit = 1 << 30
		whole := (2*weightBytes(model) + unit - 1) / unit * unit
		return *resource.NewQuantity(whole, resource.BinarySI)
	}
	twice := model.Size.DeepCopy()
	twice.Add(*model.Size)
	return twice
}
