package fit

import "fmt"

const gibibyte = 1 << 30

// vLLM sizes the activation by a trial step before it allocates the KV cache. What peaks there is not the model
// but the sampler, which sorts the logits of every sequence that may run at once: so the peak is a
// multiple of sequences × vocabulary, on every GPU, whatever the context length and the parallelism. Seven
// of the eight runs of the fixture agree on the multiple within 3 %, over three vocabularies (38.4 to 39.6
// bytes; 1024 sequences on H100): gpt-oss takes 7.38 GiB for its 201,088 words, not for its experts. Two runs
// outside the fixture, with 256 sequences, say the same: Llama-3.1-8B 1.19 GiB, Qwen3 1.40 GiB.
const (
	samplerMost = 39.6
	// Releases of vLLM since 0.19 sort less (1.89 GiB seen for Llama-3.1-8B); half is a cautious reading.
	samplerLeast = 19.2
	// The one multimodal run, Mistral-Small, took 2.12 GiB, or 17 bytes, for reasons not known; 2.5 GiB
	// in what llm-d-planner makes of it.
	multimodalMost  = 20
	multimodalLeast = 8.5
)

// The activation of models whose vocabulary is not known, on large GPUs: the highest figures are what
// bounds the fixture from above, the lowest are half of what it measured.
var activationByKind = map[string]Range{
	Dense:            {gibs(2.35), gibs(5.7)},
	MixtureOfExperts: {gibs(3.7), gibs(7.5)},
	Multimodal:       {gibs(1.05), gibs(2.5)},
}

const (
	// On other GPUs KAITO takes 2.3 GiB and 5 % of the weights, which is more than was seen.
	otherMost      = 23 * gibibyte / 10
	otherMostShare = 0.05
	// The lowest that was seen there, about.
	otherLeast = gibibyte / 2
	// A step of the model itself, when the sampler is not what peaks.
	stepMost = 5 * gibibyte / 2
)

// activation is the scratch space that each GPU needs, and how it was found.
func activation(m Model, s Setup, gpu Product, weights int64) (Range, string) {
	a, other := m.Architecture, Range{otherLeast, plus(otherMost, scaled(weights, otherMostShare))}
	kind, vocabulary := a.kind(), a.vocabulary()
	switch {
	case kind == Encoder || s.Reserve == None:
		return other, "2.30 GiB + 5 % of the weights; not measured, 0.50 GiB at best"
	case vocabulary == 0 && gpu.Tier() == Large:
		return activationByKind[kind], "measured on H100 for models that are " + kind
	case vocabulary == 0:
		return other, "2.30 GiB + 5 % of the weights; 0.50 GiB at best"
	}
	sequences := s.sequences(gpu)
	peak, how := sampler(kind, sequences, vocabulary)
	if gpu.Tier() == Large {
		return Range{max(peak.Optimistic, otherLeast), max(peak.Pessimistic, stepMost)}, how + "; at least 2.50 GiB"
	}
	return Range{max(peak.Optimistic, otherLeast), max(peak.Pessimistic, other.Pessimistic)}, how + "; at least 2.30 GiB + 5 % of the weights"
}

// sampler is the memory of the sampler.
func sampler(kind string, sequences, vocabulary int64) (Range, string) {
	least, most := samplerLeast, samplerMost
	if kind == Multimodal {
		least, most = multimodalLeast, multimodalMost
	}
	logits := times(sequences, vocabulary)
	how := fmt.Sprintf("%d sequences × vocabulary of %d × %g bytes, %g at best", sequences, vocabulary, most, least)
	return Range{scaled(logits, least), scaled(logits, most)}, how
}

// sequences is how many requests run at once. The defaults are vLLM's (engine/arg_utils.py), which tells GPUs
// apart in the same way as Tier does.
func (s Setup) sequences(gpu Product) int64 {
	switch {
	case s.Sequences > 0:
		return int64(s.Sequences)
	case gpu.Tier() == Large:
		return 1024
	}
	return 256
}

const (
	// What CUDA's libraries take beside PyTorch: 0.13 to 0.14 GiB on one GPU, 0.54 to 0.55 on two, in the
	// fixture. More than two were not measured.
	nonTorchAlone  = 14 * gibibyte / 100
	nonTorchLinked = 55 * gibibyte / 100
	// What a process takes on a GPU before it does anything: 78.57 of 79.18 GiB were free before the run of
	// DeepSeek-R1. Engines that count from all of the memory leave it outside of their percentage.
	processMemory = 61 * gibibyte / 100
)

// nonTorch is the memory that is neither weights nor activation nor KV cache, and how it was found.
func nonTorch(s Setup) (int64, string) {
	libraries, how := int64(nonTorchAlone), "libraries, on one GPU"
	if s.gpus() > 1 {
		libraries, how = nonTorchLinked, "libraries, with links between GPUs"
	}
	if s.Reserve == Total {
		return libraries, how
	}
	return libraries + processMemory, how + ", and 0.61 GiB of the process"
}

// gibs turns GiB into bytes.
func gibs(n float64) int64 { return scaled(gibibyte, n) }
