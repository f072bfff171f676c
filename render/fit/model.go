package fit

// The kinds of models. Activation and KV cache depend on them.
const (
	// Dense: every parameter takes part in every token. The kind of a model that says none.
	Dense = "dense"
	// MixtureOfExperts: a router picks some of the experts for each token; all of them are in memory.
	MixtureOfExperts = "mixture-of-experts"
	// Multimodal: a language model that also reads images or sound.
	Multimodal = "multimodal"
	// Encoder: reads a text once and keeps no KV cache, as BERT does.
	Encoder = "encoder"
)

// Model is what the estimate has to know of a model. The zero value is a model of which nothing is known.
type Model struct {
	// Name is what the model is called in tables.
	Name string `json:"name,omitempty"`
	// WeightBytes is the size of the weights. 0 means that it follows from Parameters and Precision.
	WeightBytes int64 `json:"weightBytes,omitempty"`
	// Parameters is how many there are. 0 means that it is not known.
	Parameters int64 `json:"parameters,omitempty"`
	// Precision is the number format of the weights: fp32, bf16, fp16, fp8, int8, int4 or mxfp4.
	Precision string `json:"precision,omitempty"`
	// LoadedBytes is the size of weights in 16 bit that the server quantizes only after it has loaded them; 0 if
	// they are as small as they will be.
	LoadedBytes int64 `json:"loadedBytes,omitempty"`
	// Format is the format of the weights' file: safetensors, pytorch, gguf, onnx, savedmodel or tensorrt. It
	// matters for GGUF, whose number formats are others, and for those that are not estimated.
	Format string `json:"format,omitempty"`
	// Architecture is the shape of the model. Nil means that it is not known.
	Architecture *Architecture `json:"architecture,omitempty"`
}

// Architecture is the shape of a transformer. The fields are those of its config.json; 0 means not known.
type Architecture struct {
	// Kind is Dense unless told.
	Kind string `json:"kind,omitempty"`
	// Layers is num_hidden_layers.
	Layers int32 `json:"layers"`
	// Heads is num_attention_heads.
	Heads int32 `json:"heads"`
	// KVHeads is num_key_value_heads; as many as Heads unless told.
	KVHeads int32 `json:"kvHeads,omitempty"`
	// HeadDim is head_dim. HiddenSize divided by Heads unless told, which is wrong for Qwen3-4B (128, not
	// 80) and gpt-oss (64, not 45), whose config.json says so.
	HeadDim int32 `json:"headDim,omitempty"`
	// MLA is multi-head latent attention, instead of KVHeads and HeadDim.
	MLA *MLA `json:"mla,omitempty"`
	// ContextLength is max_position_embeddings, in tokens.
	ContextLength int32 `json:"contextLength,omitempty"`
	// HiddenSize is hidden_size.
	HiddenSize int32 `json:"hiddenSize,omitempty"`
	// VocabSize is vocab_size.
	VocabSize int32 `json:"vocabSize,omitempty"`
	// TiedEmbeddings is tie_word_embeddings: one table of the vocabulary serves input and output.
	TiedEmbeddings bool `json:"tiedEmbeddings,omitempty"`
	// SlidingWindow is the length, in tokens, of the window of the SlidingLayers.
	SlidingWindow int32 `json:"slidingWindow,omitempty"`
	// SlidingLayers is how many of the Layers attend to the last SlidingWindow tokens only.
	SlidingLayers int32 `json:"slidingLayers,omitempty"`
}

// MLA is multi-head latent attention, as DeepSeek has it: the cache holds one compressed vector per token and
// layer, and every GPU of a tensor-parallel group holds all of it.
type MLA struct {
	// KVLoraRank is kv_lora_rank.
	KVLoraRank int32 `json:"kvLoraRank"`
	// QKRopeHeadDim is qk_rope_head_dim.
	QKRopeHeadDim int32 `json:"qkRopeHeadDim"`
}

// kind is the kind of the model, known or not.
func (a *Architecture) kind() string {
	if a == nil || a.Kind == "" {
		return Dense
	}
	return a.Kind
}

// kvHeads is how many pairs of key and value a layer has for each token.
func (a *Architecture) kvHeads() int32 {
	if a.KVHeads > 0 {
		return a.KVHeads
	}
	return a.Heads
}

// headDim is the length of a key; 0 if it is not known.
func (a *Architecture) headDim() int32 {
	switch {
	case a.HeadDim > 0:
		return a.HeadDim
	case a.Heads > 0:
		return a.HiddenSize / a.Heads
	}
	return 0
}

// vocabulary is the size of the vocabulary; 0 if it is not known.
func (a *Architecture) vocabulary() int64 {
	if a == nil {
		return 0
	}
	return int64(max(a.VocabSize, 0))
}
