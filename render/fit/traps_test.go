package fit

import (
	"math"
	"strings"
	"testing"
)

// llama8B is a shape to vary.
func llama8B() Architecture {
	return Architecture{Kind: Dense, Layers: 32, Heads: 32, KVHeads: 8, HeadDim: 128, ContextLength: 131072, HiddenSize: 4096, VocabSize: 128256}
}

// with changes a shape.
func with(change func(*Architecture)) Architecture {
	a := llama8B()
	change(&a)
	return a
}

// TestTheCacheOfATokenFollowsFromTheShape: each of these is a figure that estimators in the field get wrong.
func TestTheCacheOfATokenFollowsFromTheShape(t *testing.T) {
	qwen4B := *modelNamed(t, "Qwen/Qwen3-4B").Architecture
	deepseek := *modelNamed(t, "deepseek-ai/DeepSeek-R1").Architecture
	for name, test := range map[string]struct {
		shape Architecture
		setup Setup
		want  int64
	}{
		"on one GPU": {llama8B(), Setup{}, 131072},
		"head_dim is not hidden size divided by heads":   {qwen4B, Setup{}, 147456},
		"head_dim follows from the rest if it is absent": {with(func(a *Architecture) { a.HeadDim = 0 }), Setup{}, 131072},
		"as many KV heads as heads if they are absent":   {with(func(a *Architecture) { a.KVHeads = 0 }), Setup{}, 4 * 131072},
		"tensor parallelism deals out the KV heads":      {llama8B(), Setup{Tensor: 4}, 131072 / 4},
		"more GPUs than KV heads replicate them":         {llama8B(), Setup{Tensor: 32}, 131072 / 8},
		"pipeline parallelism deals out the layers":      {llama8B(), Setup{Pipeline: 5}, 7 * 131072 / 32},
		"data parallelism deals out nothing":             {llama8B(), Setup{Data: 8}, 131072},
		"fp8 halves it":                                  {llama8B(), Setup{KVCachePrecision: "fp8"}, 131072 / 2},
		"MLA keeps one vector":                           {deepseek, Setup{}, 70272},
		"MLA is replicated on every GPU":                 {deepseek, Setup{Tensor: 8}, 70272},
		"MLA in fp8":                                     {deepseek, Setup{Tensor: 8, KVCachePrecision: "fp8"}, 35136},
		"Mistral-Small, as vLLM reported it":             {*modelNamed(t, "mistralai/Mistral-Small-3.2-24B-Instruct-2506").Architecture, Setup{}, 163840},
	} {
		t.Run(name, func(t *testing.T) {
			if got, how := perToken(&test.shape, test.setup.defaulted()); got != test.want {
				t.Errorf("%d bytes (%s), want %d", got, how, test.want)
			}
		})
	}
}

// TestSlidingWindowsMakeTheNeedARange: half of gpt-oss's layers keep 128 tokens, if the engine makes use of it.
func TestSlidingWindowsMakeTheNeedARange(t *testing.T) {
	a := modelNamed(t, "openai/gpt-oss-20b").Architecture
	if got, want := cacheOf(a, 131072, 49152), (Range{12*131072*2048 + 12*128*2048, 24 * 131072 * 2048}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := cacheOf(a, 100, 49152), (Range{4915200, 4915200}); got != want {
		t.Errorf("a sequence inside of the window: %+v, want %+v", got, want)
	}
}

// TestWeightsOfQuantizedCheckpointsCountTheEmbeddings: quantizers leave them in 16 bit.
func TestWeightsOfQuantizedCheckpointsCountTheEmbeddings(t *testing.T) {
	for name, test := range map[string]struct {
		model Model
		want  float64 // GiB
	}{
		"measured 67.72":                    {modelNamed(t, "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic"), 67.67},
		"published 5.68":                    {Model{Parameters: 8190735360, Precision: "int4", Architecture: modelNamed(t, "Qwen/Qwen3-8B").Architecture}, 5.75},
		"a vocabulary that is not known":    {Model{Parameters: 8190735360, Precision: "int4", Architecture: &Architecture{HiddenSize: 4096}}, 5.75},
		"a hidden size that is not known":   {Model{Parameters: 8030261248, Precision: "fp8", Architecture: &Architecture{Heads: 32, HeadDim: 128, VocabSize: 128256}}, 8.46},
		"embeddings are not more than all":  {Model{Parameters: 1000, Precision: "int4", Architecture: modelNamed(t, "Qwen/Qwen3-8B").Architecture}, 0},
		"tied embeddings are there once":    {Model{Parameters: 4022468096, Precision: "fp8", Architecture: modelNamed(t, "Qwen/Qwen3-4B").Architecture}, 4.11},
		"Q4_K_M, 4.58 by its README":        {Model{Parameters: 8030261248, Precision: "int4", Format: "gguf", Architecture: modelNamed(t, "Qwen/Qwen3-8B").Architecture}, 4.58},
		"Q8_0, 7.95 by its README":          {Model{Parameters: 8030261248, Precision: "int8", Format: "gguf"}, 7.95},
		"GGUF in 16 bit":                    {Model{Parameters: 8030261248, Precision: "bf16", Format: "gguf"}, 14.96},
		"in 16 bit nothing is different":    {modelNamed(t, "meta-llama/Llama-3.3-70B-Instruct"), 131.42},
		"a size that is given is the size":  {Model{WeightBytes: gibs(3), Parameters: 1e12, Precision: "fp32"}, 3},
		"a precision that is not known":     {Model{Parameters: 1e9, Precision: "fp2"}, 0},
		"parameters without a precision":    {Model{Parameters: 1e9}, 0},
		"fewer parameters than none at all": {Model{Parameters: -5, Precision: "bf16"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got, how := weights(test.model); math.Abs(inGiB(got)-test.want) > 0.01 {
				t.Errorf("%.3f GiB (%s), want %.2f", inGiB(got), how, test.want)
			}
		})
	}
}

// TestPipelineStagesHoldWholeLayers: 126 layers on 4 stages are 32 on the first, not 31.5.
func TestPipelineStagesHoldWholeLayers(t *testing.T) {
	m := modelNamed(t, "meta-llama/Llama-3.1-405B-Instruct")
	all, _ := weights(m)
	table := int64(128256) * 16384 * 2 // bytes
	want := ((all-2*table)/126*32 + table) / 8
	if got, how := weightsPerGPU(m, Setup{Tensor: 8, Pipeline: 4}.defaulted(), all); math.Abs(inGiB(got)-inGiB(want)) > 0.01 {
		t.Errorf("%.2f GiB (%s), want %.2f", inGiB(got), how, inGiB(want))
	}
}

// TestActivationIsThatOfTheSampler: two runs that are not in the fixture, from vLLM's own logs.
func TestActivationIsThatOfTheSampler(t *testing.T) {
	for _, test := range []struct {
		what       string
		vocabulary int64
		measured   float64 // GiB, with 256 sequences
	}{
		{"Llama-3.1-8B on a GPU with 79.14 GiB", 128256, 1.19},
		{"Qwen3, with 15.27 GiB of weights", 151936, 1.40},
	} {
		got, _ := sampler(Dense, 256, test.vocabulary)
		if off := inGiB(got.Pessimistic)/test.measured - 1; off < -0.005 || off > 0.04 {
			t.Errorf("%s: %.2f GiB, measured %.2f", test.what, inGiB(got.Pessimistic), test.measured)
		}
	}
}

// TestActivationDependsOnTheEngineAndTheGPU and not on the parallelism or the context.
func TestActivationDependsOnTheEngineAndTheGPU(t *testing.T) {
	facts, h100 := known(t, "meta-llama/Llama-3.1-8B-Instruct", "NVIDIA-H100-80GB-HBM3")
	_, a100 := known(t, "gpt2", "NVIDIA-A100-SXM4-80GB")
	base := Of(facts.Model, Setup{MemoryPercent: 90}, h100).Activation
	if got := Of(facts.Model, Setup{MemoryPercent: 90, Tensor: 8, ContextLength: 100}, h100).Activation; got != base {
		t.Errorf("on 8 GPUs %+v, on one %+v", got, base)
	}
	if got := Of(facts.Model, Setup{MemoryPercent: 90}, a100).Activation; got.Pessimistic != plus(gibs(2.3), scaled(16060522496, 0.05)) {
		t.Errorf("on A100 %.2f GiB", inGiB(got.Pessimistic))
	}
	if got := Of(facts.Model, Setup{MemoryPercent: 90, Sequences: 128}, h100).Activation; got.Pessimistic != gibs(2.5) {
		t.Errorf("with 128 sequences %.2f GiB", inGiB(got.Pessimistic))
	}
	for kind, want := range map[string]Range{Dense: {gibs(2.35), gibs(5.7)}, MixtureOfExperts: {gibs(3.7), gibs(7.5)}, Multimodal: {gibs(1.05), gibs(2.5)}} {
		a := with(func(a *Architecture) { a.Kind, a.VocabSize = kind, 0 })
		if got := Of(Model{Parameters: 8e9, Precision: "bf16", Architecture: &a}, Setup{MemoryPercent: 90}, h100).Activation; got != want {
			t.Errorf("%s without a vocabulary: %+v, want %+v", kind, got, want)
		}
	}
}

// TestAnEncoderKeepsNoCache: any context fits as soon as the weights do.
func TestAnEncoderKeepsNoCache(t *testing.T) {
	facts, slice := known(t, "BAAI/bge-large-en-v1.5", "NVIDIA-A100-80GB-PCIe-MIG-1g.10gb")
	e := Of(facts.Model, Setup{Reserve: None}, slice)
	if e.Verdict != Fits || e.NeededKV != (Range{}) || e.KVPerToken != 0 || e.MaxContext != 512 {
		t.Errorf("%s, %+v needed, context %d", e.Verdict, e.NeededKV, e.MaxContext)
	}
}

// TestStaticLeavesTheActivationToTheRest: SGLang's percentage covers weights and cache only.
func TestStaticLeavesTheActivationToTheRest(t *testing.T) {
	facts, gpu := known(t, "meta-llama/Llama-3.1-8B-Instruct", "NVIDIA-H100-80GB-HBM3")
	for percent, want := range map[int32]Verdict{88: Fits, 95: Tight, 98: DoesNotFit} {
		e := Of(facts.Model, Setup{ContextLength: 8192, MemoryPercent: percent, Reserve: Static}, gpu)
		if e.Verdict != want {
			t.Errorf("at %d %%: %s, want %s", percent, e.Verdict, want)
		}
		if said := strings.Contains(e.Summary(), "the activation needs"); said == (want == Fits) {
			t.Errorf("at %d %%: %s", percent, e.Summary())
		}
		if want != Fits && e.MaxContext != 0 {
			t.Errorf("at %d %%: a context of %d", percent, e.MaxContext)
		}
	}
}

// TestAlmostAllOfTheMemoryIsTight: vLLM refuses to start when less than its share is free, and CUDA's process
// takes some.
func TestAlmostAllOfTheMemoryIsTight(t *testing.T) {
	facts, gpu := known(t, "Qwen/Qwen3-0.6B", "NVIDIA-L4")
	for percent, want := range map[int32]Verdict{97: Fits, 99: Tight} {
		if e := Of(facts.Model, Setup{ContextLength: 4096, MemoryPercent: percent}, gpu); e.Verdict != want {
			t.Errorf("at %d %%: %s, want %s", percent, e.Verdict, want)
		}
	}
}

// TestLlamaCppTakesWhatItNeeds: no percentage, and the cache is allocated for the context.
func TestLlamaCppTakesWhatItNeeds(t *testing.T) {
	facts, gpu := known(t, "meta-llama/Llama-3.1-8B-Instruct", "NVIDIA-L4")
	e := Of(facts.In("int4"), Setup{ContextLength: 65536, Reserve: None}, gpu)
	if e.Verdict != Fits || e.Budget != gpu.UsableBytes {
		t.Errorf("%s of a budget of %s", e.Summary(), gib(e.Budget))
	}
}

// TestASharedGPUIsNeverMoreThanTight: others may take the memory.
func TestASharedGPUIsNeverMoreThanTight(t *testing.T) {
	facts, gpu := known(t, "Qwen/Qwen3-0.6B", "NVIDIA-L4-SHARED")
	if e := Of(facts.Model, Setup{ContextLength: 4096, MemoryPercent: 90}, gpu); e.Verdict != Tight || !strings.Contains(e.Summary(), "share") {
		t.Errorf("%s: %s", e.Verdict, e.Summary())
	}
}

// TestWhatIsNotKnownIsSaid: nothing is guessed.
func TestWhatIsNotKnownIsSaid(t *testing.T) {
	a := llama8B()
	model := Model{Parameters: 8e9, Precision: "bf16", Architecture: &a}
	setup := Setup{MemoryPercent: 90}
	gpu, _ := ProductNamed("NVIDIA-H100-80GB-HBM3")
	for name, test := range map[string]struct {
		change func(*Model, *Setup, *Product)
		want   string
	}{
		"weights":      {func(m *Model, _ *Setup, _ *Product) { m.Parameters = 0 }, "size of the weights"},
		"precision":    {func(m *Model, _ *Setup, _ *Product) { m.Precision = "" }, "size of the weights"},
		"architecture": {func(m *Model, _ *Setup, _ *Product) { m.Architecture = nil }, "architecture"},
		"kind":         {func(m *Model, _ *Setup, _ *Product) { m.Architecture.Kind = "mamba" }, `kind "mamba"`},
		"layers":       {func(m *Model, _ *Setup, _ *Product) { m.Architecture.Layers = 0 }, "layers"},
		"head_dim":     {func(m *Model, _ *Setup, _ *Product) { m.Architecture.HeadDim, m.Architecture.HiddenSize = 0, 0 }, "head_dim"},
		"context":      {func(m *Model, _ *Setup, _ *Product) { m.Architecture.ContextLength = 0 }, "context length"},
		"percent":      {func(_ *Model, s *Setup, _ *Product) { s.MemoryPercent = 0 }, "share of the GPU's memory"},
		"cache":        {func(_ *Model, s *Setup, _ *Product) { s.KVCachePrecision = "fp3" }, `"fp3"`},
		"GPU":          {func(_ *Model, _ *Setup, g *Product) { *g = Product{} }, "memory of the GPU"},
	} {
		t.Run(name, func(t *testing.T) {
			m, s, g := model, setup, gpu
			m.Architecture = model.Architecture.clone()
			test.change(&m, &s, &g)
			e := Of(m, s, g)
			if e.Verdict != Unknown || len(e.Unknown) != 1 || !strings.Contains(e.Unknown[0], test.want) || e.MaxContext != 0 {
				t.Errorf("%s, missing %q; want %q", e.Verdict, e.Unknown, test.want)
			}
			if !strings.Contains(e.Summary(), test.want) || !strings.Contains(Advise(m, s, g), test.want) {
				t.Errorf("the summary is %q and the advice %q", e.Summary(), Advise(m, s, g))
			}
		})
	}
	if e := Of(model, setup, gpu); e.Verdict != Fits {
		t.Errorf("with everything known: %s", e.Summary())
	}
}

// TestWeightsThatAreTooLargeDoNotFitWhateverElseIsNotKnown.
func TestWeightsThatAreTooLargeDoNotFitWhateverElseIsNotKnown(t *testing.T) {
	gpu, _ := ProductNamed("NVIDIA-L4")
	if e := Of(Model{WeightBytes: gibs(30)}, Setup{}, gpu); e.Verdict != DoesNotFit {
		t.Errorf("%s", e.Verdict)
	}
}

// TestWhatIsQuantizedAfterItWasLoadedIsTight: a model that fits in fp8 alone may end its server while it loads.
func TestWhatIsQuantizedAfterItWasLoadedIsTight(t *testing.T) {
	facts, gpu := known(t, "meta-llama/Llama-3.3-70B-Instruct", "NVIDIA-H200")
	model := facts.In("fp8")
	for loaded, want := range map[float64]Verdict{0: Fits, 100: Fits, 131.42: Tight} {
		model.LoadedBytes = gibs(loaded)
		e := Of(model, Setup{ContextLength: 8192, MemoryPercent: 90}, gpu)
		if e.Verdict != want || strings.Contains(e.Summary(), "before they quantize") != (want == Tight) {
			t.Errorf("%g GiB: %s", loaded, e.Summary())
		}
		if e := Of(model, Setup{ContextLength: 8192, MemoryPercent: 90, Tensor: 2}, gpu); e.Verdict != Fits {
			t.Errorf("%g GiB on two: %s", loaded, e.Summary())
		}
	}
}

// TestCompiledGraphsAreNotEstimated: what a server of them allocates is not known. That weights are larger than the
// GPU is.
func TestCompiledGraphsAreNotEstimated(t *testing.T) {
	gpu, _ := ProductNamed("NVIDIA-L4")
	a := llama8B()
	for _, format := range []string{"onnx", "savedmodel", "tensorrt"} {
		for _, m := range []Model{{Format: format}, {Format: format, WeightBytes: gibs(20)}, {Format: format, WeightBytes: gibs(1), Architecture: &a}} {
			e := Of(m, Setup{Reserve: None}, gpu)
			if e.Verdict != Unknown || e.Summary() != "whether it fits is not known: what a model in "+format+" takes is not estimated" || Advise(m, Setup{Reserve: None}, gpu) != "" {
				t.Errorf("%s: %s, %s; %q", format, e.Verdict, e.Summary(), Advise(m, Setup{Reserve: None}, gpu))
			}
		}
		if e := Of(Model{Format: format, WeightBytes: gibs(30)}, Setup{Reserve: None}, gpu); e.Verdict != DoesNotFit || e.Summary() != "it does not fit: 30.00 GiB of weights are more than 22.03 GiB" {
			t.Errorf("%s: %s", format, e.Summary())
		}
	}
}
