package fit

import (
	"fmt"
	"strings"
)

// Summary is the verdict and its reason, in one sentence without a full stop.
func (e Estimate) Summary() string {
	var reason string
	switch {
	case e.Verdict == Unknown:
		return "whether it fits is not known; missing: " + strings.Join(e.Unknown, "; ")
	case e.reason != "":
		reason = e.reason
	case e.NeededKV.Pessimistic == 0:
		reason = fmt.Sprintf("%s per GPU are free beside weights and engine", between(e.FreeKV))
	default:
		reason = fmt.Sprintf("a sequence of %d tokens needs %s of KV cache per GPU, and %s are free", e.Context, between(e.NeededKV), between(e.FreeKV))
	}
	if e.Verdict == Tight {
		return "it is tight: " + reason
	}
	return fmt.Sprintf("it %s: %s", e.Verdict, reason)
}

// leastContext is the shortest context length that is worth advising.
const leastContext = 1024

// Advise says what would make a model fit that does not: a shorter context, more GPUs, a smaller KV cache.
// It is empty for one that fits.
func Advise(model Model, setup Setup, gpu Product) string {
	e := Of(model, setup, gpu)
	switch {
	case e.Verdict == Fits:
		return ""
	case e.Verdict == Unknown:
		return "say what is missing: " + strings.Join(e.Unknown, "; ")
	case gpu.Shared:
		return "take a GPU that is not shared"
	}
	var ways []string
	if int64(e.MaxContext) < e.Context && e.MaxContext >= leastContext {
		ways = append(ways, fmt.Sprintf("limit the context length to %d", e.MaxContext))
	}
	if tensor := smallestTensor(model, setup, gpu); tensor > 0 {
		ways = append(ways, fmt.Sprintf("set tensor parallelism to %d", tensor))
	}
	if fp8 := setup; e.KVPerToken > 0 && setup.KVCachePrecision != "fp8" {
		if fp8.KVCachePrecision = "fp8"; Of(model, fp8, gpu).Verdict == Fits {
			ways = append(ways, "keep the KV cache in fp8")
		}
	}
	return strings.Join(append(ways, "take a GPU with more memory"), ", or ")
}

// smallestTensor is the smallest degree of tensor parallelism, above that of the setup, with which the model
// fits; 0 if there is none. Nothing links MIG slices.
func smallestTensor(model Model, setup Setup, gpu Product) int32 {
	if gpu.Profile != "" {
		return 0
	}
	for _, tensor := range sizes(model.Architecture) {
		if tensor <= setup.Tensor {
			continue
		}
		if setup.Tensor = tensor; Of(model, setup, gpu).Verdict == Fits {
			return tensor
		}
	}
	return 0
}
