package render

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	// preStopSeconds is how long a replica that stops keeps serving, until every proxy knows of it. It is
	// written in base/deployment.yaml too.
	preStopSeconds = 15
	// drainFactor leaves room for requests that take longer than they should.
	drainFactor = 1.5
	// defaultMaxRequestSeconds is how long one request may take unless told.
	defaultMaxRequestSeconds = 60

	// imagePullSeconds is what pulling an image of some 10 GB may take.
	imagePullSeconds = 600
	// startupPeriodSeconds is how often the startup probe asks. It is written in base/deployment.yaml too.
	startupPeriodSeconds = 10
	// minStartupSeconds is enough for small models, and the budget of those whose size is unknown.
	minStartupSeconds = 600
	// maxStartupSeconds is the most that the descriptor may ask for.
	maxStartupSeconds = 86_400
	// loadRate is how many bytes of weights a replica downloads and loads in a second. It is a guess on
	// the safe side for a hub behind a busy link; spec.release.runtime.startupSeconds overrides it.
	loadRate = 200e6
	// loadFactor and warmupSeconds leave room for slow days, and for compiling kernels after the weights.
	loadFactor    = 1.5
	warmupSeconds = 180

	cpusPerGPU         = 4
	memoryPerGPU       = 24 << 30
	sharedMemoryOnOne  = 2 << 30
	sharedMemoryOnMany = 16 << 30
	minCacheBytes      = 20 << 30
)

// values is what replacements, arguments and environment variables take their values from: the
// descriptor's spec, and what follows from it. A part under runtimes/parts is used when the values have a
// field of its name.
type values map[string]any

// valuesOf computes the values of a descriptor.
func valuesOf(unit *environments.Unit, m *v1alpha1.ModelDeployment, e *engine, release string) (values, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(m)
	if err != nil {
		return nil, err
	}
	spec, server := m.Spec, m.Spec.Release.Runtime
	scheme, location, _ := strings.Cut(spec.Release.Model.Source, "://")
	startup, grace := startupSeconds(m), graceSeconds(m)
	v := values{
		"spec":       object["spec"],
		"name":       m.Name,
		"namespace":  unit.Environment.Spec.Namespace,
		"image":      server.Image,
		"port":       int64(or(server.Port, e.Port)),
		"healthPath": cmp.Or(server.HealthPath, e.HealthPath),
		"model":      map[string]any{"scheme": scheme, "location": location},
		"selector":   texts(selector(m)),
		"labels":     texts(labels(unit, m, release)),
		"replicas":   int64(replicas(m)),
		"rollout":    rollout(spec.Rollout),
		"callers":    callers(unit, spec.Exposure),
		"resources":  resources(m),

		"startup":                 map[string]any{"seconds": startup, "failureThreshold": (startup + startupPeriodSeconds - 1) / startupPeriodSeconds},
		"shutdown":                map[string]any{"graceSeconds": grace},
		"progressDeadlineSeconds": startup + imagePullSeconds + grace,
	}
	v.addParts(m)
	return v, nil
}

// addParts adds the fields that stand for optional parts, other than args.
func (v values) addParts(m *v1alpha1.ModelDeployment) {
	spec := m.Spec
	if a := spec.Accelerator; a != nil {
		v["gpu"] = map[string]any{"product": a.Product, "count": int64(or(a.Count, 1))}
	}
	if spec.Cache != nil && spec.Cache.ClaimName != "" {
		v["cacheClaim"] = map[string]any{"name": spec.Cache.ClaimName}
	} else {
		size := cacheSize(m)
		v["cacheVolume"] = map[string]any{"size": size.String()}
	}
	if c := spec.Credentials; c != nil && c.ImagePullSecret != "" {
		v["imagePullSecret"] = map[string]any{"name": c.ImagePullSecret}
	}
	if command := spec.Release.Runtime.Command; len(command) > 0 {
		v["command"] = anys(command)
	}
}

// field is the value at a path such as spec.release.model.revision, or nil.
func (v values) field(path string) any {
	var at any = map[string]any(v)
	for step := range strings.SplitSeq(path, ".") {
		in, _ := at.(map[string]any)
		at = in[step]
	}
	return at
}

// startupSeconds is how long a replica may take until it serves.
func startupSeconds(m *v1alpha1.ModelDeployment) int64 {
	if told := m.Spec.Release.Runtime.StartupSeconds; told != nil {
		return int64(*told)
	}
	size := m.Spec.Release.Model.Size
	if size == nil {
		return minStartupSeconds
	}
	needed := math.Ceil(loadFactor*size.AsApproximateFloat64()/loadRate) + warmupSeconds
	return int64(min(max(needed, minStartupSeconds), maxStartupSeconds))
}

// graceSeconds is how long a replica that stops may finish its requests.
func graceSeconds(m *v1alpha1.ModelDeployment) int64 {
	request := or(m.Spec.Release.Runtime.MaxRequestSeconds, defaultMaxRequestSeconds)
	return int64(math.Ceil(float64(preStopSeconds+request) * drainFactor))
}

func replicas(m *v1alpha1.ModelDeployment) int32 {
	if m.Spec.Scaling == nil {
		return 1
	}
	return or(m.Spec.Scaling.Min, 1)
}

// gpusEach is how many GPUs a replica gets, 0 without an accelerator.
func gpusEach(m *v1alpha1.ModelDeployment) int32 {
	if m.Spec.Accelerator == nil {
		return 0
	}
	return or(m.Spec.Accelerator.Count, 1)
}

// rollout replaces one replica at a time where no GPU is to spare, and otherwise starts the new ones
// first. Kubernetes' own default would wait for ever for a GPU that the old replica holds.
func rollout(r *v1alpha1.Rollout) map[string]any {
	if r == nil || or(r.Surge, 0) == 0 {
		return map[string]any{"maxSurge": int64(0), "maxUnavailable": int64(1)}
	}
	return map[string]any{"maxSurge": int64(*r.Surge), "maxUnavailable": int64(0)}
}

// callers are the namespaces that may call the model: its own first.
func callers(unit *environments.Unit, exposure *v1alpha1.Exposure) []any {
	own := unit.Environment.Spec.Namespace
	var others []string
	if exposure != nil {
		others = slices.DeleteFunc(slices.Clone(exposure.Namespaces), func(n string) bool { return n == own })
		slices.Sort(others)
	}
	return anys(append([]string{own}, others...))
}

func resources(m *v1alpha1.ModelDeployment) map[string]any {
	cpu, memory, shared := quantities(m)
	return map[string]any{"cpu": cpu.String(), "memory": memory.String(), "sharedMemory": shared.String()}
}

// quantities are the CPU, memory and shared memory of a replica. One without a GPU gets those of one with one.
func quantities(m *v1alpha1.ModelDeployment) (cpu, memory, shared resource.Quantity) {
	told := m.Spec.Resources
	if told == nil {
		told = new(v1alpha1.Resources)
	}
	gpus := int64(max(gpusEach(m), 1))
	sharedMemory := int64(sharedMemoryOnOne)
	if gpus > 1 {
		sharedMemory = sharedMemoryOnMany
	}
	cpu = or(told.CPU, *resource.NewQuantity(cpusPerGPU*gpus, resource.DecimalSI))
	memory = or(told.Memory, *resource.NewQuantity(memoryPerGPU*gpus, resource.BinarySI))
	shared = or(told.SharedMemory, *resource.NewQuantity(sharedMemory, resource.BinarySI))
	return cpu, memory, shared
}

// cacheSize bounds the cache of a replica that has one of its own: twice the model, because a download
// and what it becomes may be there at once.
func cacheSize(m *v1alpha1.ModelDeployment) resource.Quantity {
	if c := m.Spec.Cache; c != nil && c.Size != nil {
		return *c.Size
	}
	least := *resource.NewQuantity(minCacheBytes, resource.BinarySI)
	if m.Spec.Release.Model.Size == nil {
		return least
	}
	twice := m.Spec.Release.Model.Size.DeepCopy()
	twice.Add(*m.Spec.Release.Model.Size)
	if twice.Cmp(least) < 0 {
		return least
	}
	return twice
}

func or[T any](told *T, otherwise T) T {
	if told == nil {
		return otherwise
	}
	return *told
}

func anys(list []string) []any {
	all := make([]any, len(list))
	for i, item := range list {
		all[i] = item
	}
	return all
}

func texts(m map[string]string) map[string]any {
	all := make(map[string]any, len(m))
	for key, value := range m {
		all[key] = value
	}
	return all
}
