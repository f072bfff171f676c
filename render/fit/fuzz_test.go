package fit

import (
	"io"
	"math"
	"testing"
)

// FuzzEstimate: whatever a descriptor says, nothing panics, and no memory is negative, overflows or contradicts the
// verdict.
func FuzzEstimate(f *testing.F) {
	extreme := []int64{math.MinInt64, math.MinInt32, -1, 0, 1, 2, 1 << 20, math.MaxInt32, math.MaxInt64}
	for i, a := range extreme {
		for j, b := range extreme {
			c := extreme[(i+j)%len(extreme)]
			f.Add(a, b, int32(c), int32(a), int32(b), int32(c), int32(a), int32(b), int32(c), int32(b), int32(c), c, uint16(i*j), uint16(j))
		}
	}
	f.Add(int64(0), int64(8030261248), int32(32), int32(32), int32(8), int32(128), int32(131072), int32(128256), int32(1), int32(1), int32(90), int64(81559), uint16(0), uint16(0))
	kinds := []string{Dense, MixtureOfExperts, Multimodal, Encoder, "", "other"}
	precisions := []string{"bf16", "fp8", "int4", "fp32", "", "mxfp4", "fp3"}
	formats := []string{"", "gguf", "safetensors", "onnx", "other"}
	reserves := []Reserve{Total, Static, None, "", "other"}
	f.Fuzz(func(t *testing.T, size, parameters int64, layers, heads, kvHeads, dim, context, vocabulary, tensor, pipeline, percent int32, mib int64, choice, more uint16) {
		a := &Architecture{Kind: kinds[int(choice)%len(kinds)], Layers: layers, Heads: heads, KVHeads: kvHeads, HeadDim: dim, ContextLength: context,
			HiddenSize: kvHeads, VocabSize: vocabulary, SlidingWindow: dim, SlidingLayers: pipeline, TiedEmbeddings: more%2 == 0}
		if more%3 == 0 {
			a.MLA = &MLA{KVLoraRank: dim, QKRopeHeadDim: kvHeads}
		}
		m := Model{LoadedBytes: parameters / 4, WeightBytes: size, Parameters: parameters, Precision: precisions[int(more)%len(precisions)], Format: formats[int(choice/3)%len(formats)], Architecture: a}
		s := Setup{Tensor: tensor, Pipeline: pipeline, Data: layers, ContextLength: context / 2, MemoryPercent: percent, Sequences: heads,
			KVCachePrecision: precisions[int(choice/7)%len(precisions)], Reserve: reserves[int(more/5)%len(reserves)], Layerwise: choice%2 == 0}
		gpu := Generic(mib)
		gpu.Shared = choice%11 == 0
		e := Of(m, s, gpu)
		consistent(t, e, gpu)
		if s.ContextLength = e.MaxContext; e.MaxContext > 0 && a.Kind != Encoder && !gpu.Shared && m.LoadedBytes <= 0 {
			if again := Of(m, s, gpu); again.Verdict != Fits {
				t.Errorf("the largest context, %d, does not fit: %s", e.MaxContext, again.Summary())
			}
		}
		Advise(m, s, gpu)
		if err := WriteArithmetic(io.Discard, e); err != nil {
			t.Error(err)
		}
		checked(t, a, s, int64(percent))
	})
}

// consistent holds the parts of an estimate against each other.
func consistent(t *testing.T, e Estimate, gpu Product) {
	t.Helper()
	for what, n := range map[string]int64{"weights": e.Weights, "weights per GPU": e.WeightsPerGPU, "budget": e.Budget, "non-torch": e.NonTorch, "GPUs": e.GPUs,
		"per token": e.KVPerToken, "context": e.Context, "largest context": int64(e.MaxContext),
		"activation": e.Activation.Optimistic, "free": e.FreeKV.Pessimistic, "needed": e.NeededKV.Optimistic} {
		if n < 0 {
			t.Errorf("%s is %d", what, n)
		}
	}
	for what, r := range map[string]Range{"activation": e.Activation, "needed": e.NeededKV, "free": {e.FreeKV.Pessimistic, e.FreeKV.Optimistic}} {
		if r.Optimistic > r.Pessimistic {
			t.Errorf("%s is worse at best than at worst: %+v", what, r)
		}
	}
	if e.Budget > max(gpu.UsableBytes, 0) || e.FreeKV.Optimistic > e.Budget || e.WeightsPerGPU > e.Weights || e.Weights > 0 && e.WeightsPerGPU == 0 {
		t.Errorf("more than there is: %+v", e)
	}
	if e.Verdict == Fits && (e.FreeKV.Pessimistic < e.NeededKV.Pessimistic || len(e.Unknown) > 0 || plus(e.WeightsPerGPU, e.NonTorch) > e.Budget) {
		t.Errorf("it does not fit: %+v", e)
	}
	if (e.Verdict == Unknown || e.Verdict == DoesNotFit && e.FreeKV.Optimistic == 0) && e.MaxContext > 0 {
		t.Errorf("a largest context of %d: %+v", e.MaxContext, e)
	}
}

// checked holds the checks of parallelism against each other.
func checked(t *testing.T, a *Architecture, s Setup, gpus int64) {
	t.Helper()
	CheckContext(a, s)
	for _, mismatch := range CheckParallelism(a, s, gpus) {
		if mismatch.Subject == "" || mismatch.Message == "" || mismatch.Mend == "" {
			t.Errorf("%+v says nothing", mismatch)
		}
	}
	for _, size := range TensorSizes(a) {
		if found := CheckParallelism(a, Setup{Tensor: size}, 0); len(found) > 0 {
			t.Errorf("a tensor parallelism of %d is listed as possible: %+v", size, found)
		}
	}
}

// FuzzLabels: labels come from nodes and descriptors, and may be anything.
func FuzzLabels(f *testing.F) {
	for _, p := range Products() {
		f.Add(p.Name + "-SHARED")
		f.Add(p.Name + "-MIG-1g.10gb")
	}
	f.Add("-MIG-")
	f.Fuzz(func(t *testing.T, label string) {
		if p, found := ProductNamed(label); found && p.Name != label {
			t.Errorf("%q is found as %q", label, p.Name)
		}
		Lookup(label)
	})
}
