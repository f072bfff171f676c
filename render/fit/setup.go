package fit

// Reserve is what the engine's memory percentage covers.
type Reserve string

const (
	// Total: weights, activation and KV cache, as vLLM's --gpu-memory-utilization and TGI's
	// --cuda-memory-fraction. The Reserve of a Setup that says none.
	Total Reserve = "total"
	// Static: weights and KV cache; the activation has to find room in the rest, as with SGLang's
	// --mem-fraction-static.
	Static Reserve = "static"
	// None: there is no percentage. The server takes exactly what weights and context need, as llama.cpp
	// and servers of encoders do.
	None Reserve = "none"
)

// Setup is how a model is served.
type Setup struct {
	// Tensor, Pipeline and Data are the degrees of parallelism; 1 if they are less.
	Tensor, Pipeline, Data int32
	// Layerwise says that the engine gives each GPU whole layers, as llama.cpp does: more GPUs are more stages
	// of a pipeline, and tensors are not split.
	Layerwise bool
	// ContextLength is the longest sequence that is served, in tokens. 0 means the model's own.
	ContextLength int32
	// KVCachePrecision is the number format of the KV cache: bf16, fp16, fp8 or fp32; 16 bit unless told.
	KVCachePrecision string
	// MemoryPercent is the engine's share of the GPU's memory, 1 to 100. It has no default, because that of
	// vLLM alone was 90 and is 92; with Reserve None it does not matter.
	MemoryPercent int32
	// Reserve is what MemoryPercent covers.
	Reserve Reserve
	// Sequences is how many requests the engine runs at once (vLLM's --max-num-seqs). 0 means its default,
	// 1024 on large GPUs and 256 on others.
	Sequences int32
}

// defaulted returns the setup with what it leaves out.
func (s Setup) defaulted() Setup {
	s.Tensor, s.Pipeline, s.Data = max(s.Tensor, 1), max(s.Pipeline, 1), max(s.Data, 1)
	if s.Reserve == "" {
		s.Reserve = Total
	}
	return s
}

// over returns the setup of a replica on so many GPUs, without data parallelism.
func (s Setup) over(gpus int32) Setup {
	s.Tensor, s.Pipeline, s.Data = gpus, 1, 1
	if s.Layerwise {
		s.Tensor, s.Pipeline = 1, gpus
	}
	return s
}

// gpus is how many GPUs share one copy of the weights.
func (s Setup) gpus() int64 { return times(int64(s.Tensor), int64(s.Pipeline)) }

// context is the context length that is wanted; 0 if it is not known.
func (s Setup) context(arch *Architecture) int64 {
	if s.ContextLength > 0 {
		return int64(s.ContextLength)
	}
	if arch != nil {
		return int64(max(arch.ContextLength, 0))
	}
	return 0
}
