package fit

import "fmt"

// perToken is what one token takes in the KV cache of one GPU, in bytes, and how that was found. 0 means
// that it is not known; an encoder has none.
//
// Check on vLLM: Mistral-Small-24B got 28.20 GiB for 184,832 tokens, which is 2 × 40 × 8 × 128 × 2 bytes.
func perToken(a *Architecture, s Setup) (int64, string) {
	width := bytesOfCache[s.KVCachePrecision]
	layers := shared(int64(max(a.Layers, 0)), int64(s.Pipeline))
	if a.MLA != nil {
		vector := plus(int64(a.MLA.KVLoraRank), int64(a.MLA.QKRopeHeadDim))
		how := fmt.Sprintf("%d layers × (%d + %d, MLA, on every GPU) × %d bytes", layers, a.MLA.KVLoraRank, a.MLA.QKRopeHeadDim, width)
		return times(layers, vector, width), how
	}
	heads := shared(int64(max(a.kvHeads(), 0)), int64(s.Tensor)) // never below 1: they are replicated
	how := fmt.Sprintf("2 × %d layers × %d of %d KV heads × %d × %d bytes", layers, heads, a.kvHeads(), a.headDim(), width)
	return times(2, layers, heads, int64(a.headDim()), width), how
}

// cacheOf is what one sequence of the length takes in the KV cache of one GPU. At best the engine drops what has
// left the window of a sliding layer; at worst it keeps everything, as a release without a hybrid cache does.
func cacheOf(a *Architecture, tokens, each int64) Range {
	full := times(tokens, each)
	sliding, layers := int64(a.SlidingLayers), int64(a.Layers)
	if a.SlidingWindow <= 0 || sliding <= 0 || layers <= 0 || each == 0 {
		return Range{full, full}
	}
	sliding = min(sliding, layers)
	window := min(tokens, int64(a.SlidingWindow))
	best := plus(times(shared(full, layers), layers-sliding), times(shared(times(window, each), layers), sliding))
	return Range{min(best, full), full}
}

// largestContext is the most tokens whose cache fits into the free memory, at most the model's own context.
func largestContext(a *Architecture, free, each int64) int32 {
	const most = 1<<31 - 1
	limit := int64(most)
	if a.ContextLength > 0 {
		limit = int64(a.ContextLength)
	}
	if each <= 0 {
		return 0
	}
	return int32(min(free/each, limit))
}
