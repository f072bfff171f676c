package fit

import (
	"fmt"
	"strings"
)

// Summary is the verdict and its reason, in one sentence without a full stop.
func (e Estimate) Summary() string {
	var reason string
	switch {
	case e.Verdict == Unknown && len(e.Unknown) == 0:
		return "whether it fits is not known: " + e.reason
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

const (
	// leastContext is the shortest context length that is worth advising.
	leastContext = 1024
	// mostPercent is the largest share of a GPU's memory that is worth advising: gpt-oss-120b was measured with
	// it on H100, and needed it. With more there is no room for the processes themselves.
	mostPercent = 95
)

// Advise says what would make a model fit that does not: a shorter context, more GPUs, a larger share of their
// memory, a smaller KV cache. It is empty for one that fits, and where nothing is known that would help.
func Advise(model Model, setup Setup, gpu Product) string {
	e := Of(model, setup, gpu)
	switch {
	case e.Verdict == Fits || e.Verdict == Unknown && len(e.Unknown) == 0:
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
	fits := func(change func(*Setup)) bool {
		changed := setup
		change(&changed)
		return Of(model, changed, gpu).Verdict == Fits
	}
	if fits(func(s *Setup) { s.MemoryPercent = mostPercent }) {
		ways = append(ways, fmt.Sprintf("let it fill %d %% of the memory (spec.release.runtime.gpuMemoryPercent: %d)", mostPercent, mostPercent))
	}
	if gpus := enough(model, setup, gpu); gpus > 0 {
		ways = append(ways, fmt.Sprintf("give it %d GPUs (spec.accelerator.count: %d)", gpus, gpus))
	}
	if e.KVPerToken > 0 && setup.KVCachePrecision != "fp8" && fits(func(s *Setup) { s.KVCachePrecision = "fp8" }) {
		ways = append(ways, "keep the KV cache in fp8")
	}
	return strings.Join(append(ways, "take a GPU with more memory"), ", or ")
}

// enough is the smallest number of GPUs, more than those of the setup, with which the model fits on one node; 0
// if there is none. Nothing links MIG slices.
func enough(model Model, setup Setup, gpu Product) int32 {
	if gpu.Profile != "" {
		return 0
	}
	setup = setup.defaulted()
	for _, gpus := range sizes(model.Architecture, setup) {
		if int64(gpus) > times(setup.gpus(), int64(setup.Data)) && Of(model, setup.over(gpus), gpu).Verdict == Fits {
			return gpus
		}
	}
	return 0
}
