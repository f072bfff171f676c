// Package fit estimates whether a model fits into the memory of a GPU, and shows its arithmetic.
//
// A server fills the memory of each GPU with four things:
//
//	weights      what the model's file holds, divided among the GPUs that share one copy
//	activation   scratch space of one step; each GPU needs it whole
//	non-torch    what CUDA and the links between GPUs take beside them
//	KV cache     the keys and values of the tokens of all requests; what is left over becomes it
//
// A model fits when what is left over holds at least one request of the full context length: with less,
// vLLM refuses to start. Weights and KV cache follow from the model's shape and are exact. The activation
// is not: it depends on the engine and its release, so it is a range, and with it the verdict has three
// values: it fits even with the largest activation, it is tight and fits with the smallest only, or it does
// not fit. When something that matters is not known the verdict is unknown, never a guess.
//
//	facts, _ := fit.Lookup("hf://Qwen/Qwen3-32B")
//	gpu, _ := fit.ProductNamed("NVIDIA-H100-80GB-HBM3")
//	estimate := fit.Of(facts.Model, fit.Setup{ContextLength: 16000, MemoryPercent: 90}, gpu)
//	fit.WriteArithmetic(os.Stdout, estimate)
//
// The formulas are those of engine and vendor documentation; the constants come from eight measured runs on
// H100 (testdata/h100.yaml, from llm-d-planner's docs/empirical-vllm-memory-results.md) and are explained
// where they stand. What GPUs and well-known models are like is in products.yaml and models.yaml, which
// are meant to be reviewed by people who never read Go.
//
// Not counted: LoRA adapters, speculative decoding, state of Mamba layers, expert parallelism (experts are
// counted as if every replica held them all), and CUDA graphs, which vLLM captures into the memory that
// its percentage leaves alone.
//
// The package is pure. No input makes it panic, and no amount of memory is negative or overflows.
package fit
