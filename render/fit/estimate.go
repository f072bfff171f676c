package fit

import (
	"fmt"
	"slices"
)

// Verdict says whether a model fits.
type Verdict string

const (
	// Fits: also with the largest activation that is known of.
	Fits Verdict = "fits"
	// Tight: only with the smallest activation, or where nothing keeps others from taking the memory.
	Tight Verdict = "tight"
	// DoesNotFit: not even with the smallest.
	DoesNotFit Verdict = "does not fit"
	// Unknown: something that matters is not known, see Estimate.Unknown; or models in the format are not
	// estimated.
	Unknown Verdict = "unknown"
)

// Range is an amount of memory at best and at worst, in bytes.
type Range struct {
	Optimistic  int64 `json:"optimistic"`
	Pessimistic int64 `json:"pessimistic"`
}

// Estimate is what the memory of each GPU is filled with. Amounts are bytes per GPU and never negative; what
// depends on something that is not known is 0.
type Estimate struct {
	// Verdict is the answer.
	Verdict Verdict `json:"verdict"`
	// GPUs is how many one replica takes: tensor × pipeline × data.
	GPUs int64 `json:"gpus"`
	// Weights is the size of all weights, and WeightsPerGPU the largest part that one GPU has of them.
	Weights       int64 `json:"weights"`
	WeightsPerGPU int64 `json:"weightsPerGPU"`
	// Budget is what the engine may fill.
	Budget int64 `json:"budget"`
	// Activation is the scratch space of a step.
	Activation Range `json:"activation"`
	// NonTorch is what CUDA and its libraries take.
	NonTorch int64 `json:"nonTorch"`
	// FreeKV is what is left for the KV cache. The pessimistic figure is the likely one: on the measured
	// runs it is right within 0.4 GiB.
	FreeKV Range `json:"freeKV"`
	// KVPerToken is what one token takes in the KV cache.
	KVPerToken int64 `json:"kvPerToken"`
	// Context is the context length, in tokens, for which NeededKV is the cache of one sequence.
	Context  int64 `json:"context"`
	NeededKV Range `json:"neededKV"`
	// MaxContext is the largest context length that fits at worst, at most the model's own; 0 if none does.
	MaxContext int32 `json:"maxContext"`
	// Unknown lists what has to be known for a verdict.
	Unknown []string `json:"unknown,omitempty"`
	// Notes are what a reader should know besides.
	Notes []string `json:"notes,omitempty"`
	// Lines are the arithmetic, one step each.
	Lines []Line `json:"lines"`
	// reason says what decided the verdict, if it was not the KV cache.
	reason string
}

// calculation is an estimate in the making.
type calculation struct {
	Estimate
	model Model
	setup Setup
	gpu   Product
	// beside is the verdict on what is not KV cache and has to fit too.
	beside Verdict
}

// Of estimates whether a model, served in this way, fits on GPUs of a product. It does not look at whether the
// parallelism is possible: see CheckParallelism.
func Of(model Model, setup Setup, gpu Product) Estimate {
	c := &calculation{model: model, setup: setup.defaulted(), gpu: gpu, beside: Fits}
	c.GPUs = times(c.setup.gpus(), int64(c.setup.Data))
	c.weigh()
	c.budget()
	if slices.Contains(unestimated, model.Format) {
		c.graph()
		return c.Estimate
	}
	c.overhead()
	c.free()
	c.need()
	c.judge()
	return c.Estimate
}

// graph judges a format that is not estimated: only weights that are larger than the memory say something.
func (c *calculation) graph() {
	c.Verdict, c.Unknown, c.reason = Unknown, nil, "what a model in "+c.model.Format+" takes is not estimated"
	if c.Budget > 0 && c.WeightsPerGPU > c.Budget {
		c.Verdict, c.reason = DoesNotFit, fmt.Sprintf("%s of weights are more than %s", gib(c.WeightsPerGPU), gib(c.Budget))
	}
}

// weigh finds the weights.
func (c *calculation) weigh() {
	var how string
	if c.Weights, how = weights(c.model); c.Weights == 0 {
		c.lack("the size of the weights, or the number of parameters and their precision")
		return
	}
	c.line("weights", how, gib(c.Weights))
	if c.WeightsPerGPU = c.Weights; c.setup.gpus() > 1 {
		c.WeightsPerGPU, how = weightsPerGPU(c.model, c.setup, c.Weights)
		c.line("weights per GPU", how, gib(c.WeightsPerGPU))
	}
}

// budget finds what the engine may fill.
func (c *calculation) budget() {
	if c.Budget = max(c.gpu.UsableBytes, 0); c.Budget == 0 {
		c.lack("the memory of the GPU")
		return
	}
	c.line("memory of a GPU", fmt.Sprintf("%s, %d MiB, as CUDA sees it", c.gpu.Name, c.gpu.MemoryMiB), gib(c.Budget))
	if c.gpu.Estimated {
		c.note("the memory of " + c.gpu.Name + " was not seen on a node but inferred")
	}
	if c.setup.Reserve == None {
		return
	}
	percent := int64(c.setup.MemoryPercent)
	if percent < 1 || percent > 100 {
		c.lack("the share of the GPU's memory that the engine may fill, from 1 to 100 %")
		return
	}
	c.Budget = c.Budget / 100 * percent // in this order it cannot overflow
	c.line("budget", fmt.Sprintf("%s × %d %%", gib(c.gpu.UsableBytes), percent), gib(c.Budget))
}

// overhead finds what is neither weights nor KV cache.
func (c *calculation) overhead() {
	var how string
	if kind := c.model.Architecture.kind(); kind != Encoder && activationByKind[kind] == (Range{}) {
		c.lack(fmt.Sprintf("what a model of kind %q needs (known are dense, mixture-of-experts, multimodal and encoder)", kind))
	}
	c.Activation, how = activation(c.model, c.setup, c.gpu, c.WeightsPerGPU)
	c.line("activation", how, between(c.Activation))
	c.NonTorch, how = nonTorch(c.setup)
	c.line("non-torch", how, gib(c.NonTorch))
	switch c.setup.Reserve {
	case Static:
		c.room("the activation", c.Activation)
	case Total:
		c.room("CUDA's own process", Range{0, processMemory})
	}
}

// room holds what has to fit beside the budget against the rest of the memory.
func (c *calculation) room(what string, need Range) {
	rest := minus(c.gpu.UsableBytes, c.Budget)
	if c.beside = compare(Range{rest, rest}, need); c.beside != Fits {
		c.reason = fmt.Sprintf("%s needs %s beside the budget, and %s are left there", what, between(need), gib(rest))
	}
}

// free finds what is free for the KV cache.
func (c *calculation) free() {
	if c.Weights == 0 {
		return
	}
	taken := plus(c.WeightsPerGPU, c.NonTorch)
	both, how := Range{taken, taken}, fmt.Sprintf("%s − %s − %s", gib(c.Budget), gib(c.WeightsPerGPU), gib(c.NonTorch))
	if c.setup.Reserve != Static {
		both = Range{plus(taken, c.Activation.Optimistic), plus(taken, c.Activation.Pessimistic)}
		how += " − " + between(c.Activation)
	}
	c.FreeKV = Range{minus(c.Budget, both.Optimistic), minus(c.Budget, both.Pessimistic)}
	if room := compare(Range{c.Budget, c.Budget}, both); room != Fits {
		c.beside, c.reason = worse(c.beside, room), fmt.Sprintf("weights and engine need %s per GPU, of %s", between(both), gib(c.Budget))
	}
	c.line("free for the KV cache", how, between(c.FreeKV))
}

// need finds what one token takes in the KV cache, if the model keeps one.
func (c *calculation) need() {
	a := c.model.Architecture
	if a == nil {
		c.lack("the architecture of the model")
		return
	}
	c.Context = c.setup.context(a)
	if a.kind() == Encoder {
		c.line("KV cache", "an encoder keeps none", gib(0))
		if c.beside == Fits {
			c.MaxContext = max(a.ContextLength, 0)
		}
		return
	}
	if bytesOfCache[c.setup.KVCachePrecision] == 0 {
		c.lack(fmt.Sprintf("the size of a KV cache in %q (known are bf16, fp16, fp8 and fp32)", c.setup.KVCachePrecision))
		return
	}
	var how string
	if c.KVPerToken, how = perToken(a, c.setup); c.KVPerToken == 0 {
		c.lack("layers, KV heads and head_dim of the architecture")
		return
	}
	c.line("KV cache per token", how, fmt.Sprintf("%d bytes", c.KVPerToken))
	c.sequence(a)
}

// sequence finds what one sequence takes in the KV cache, and how long one may be.
func (c *calculation) sequence(a *Architecture) {
	if c.Context == 0 {
		c.lack("the context length")
	}
	c.NeededKV = cacheOf(a, c.Context, c.KVPerToken)
	how := fmt.Sprintf("%d tokens × %d bytes", c.Context, c.KVPerToken)
	if c.NeededKV.Optimistic < c.NeededKV.Pessimistic {
		how += fmt.Sprintf("; at best %d layers keep %d tokens", a.SlidingLayers, a.SlidingWindow)
	}
	c.line("KV cache needed", how, between(c.NeededKV))
	if c.beside == Fits {
		c.MaxContext = largestContext(a, c.FreeKV.Pessimistic, c.KVPerToken)
	}
	how = fmt.Sprintf("%s ÷ %d bytes", gib(c.FreeKV.Pessimistic), c.KVPerToken)
	if c.MaxContext > 0 && c.MaxContext == a.ContextLength {
		how += ", at most the model's own context"
	}
	c.line("largest context", how, fmt.Sprintf("%d tokens", c.MaxContext))
}

// judge comes to the verdict. Weights that are too large are so whatever else is not known.
func (c *calculation) judge() {
	c.Verdict = compare(c.FreeKV, c.NeededKV)
	if c.gpu.Shared && c.beside == Fits {
		c.beside, c.reason = Tight, "pods share the GPU, and nothing keeps them from each other's memory"
	}
	if c.beside == Fits {
		c.loading()
	}
	if overall := worse(c.Verdict, c.beside); overall != c.Verdict {
		c.Verdict = overall
	} else if c.beside != overall {
		c.reason = ""
	}
	if full := c.Budget > 0 && plus(c.WeightsPerGPU, c.NonTorch) > c.Budget; len(c.Unknown) > 0 && !full {
		c.Verdict, c.MaxContext = Unknown, 0
	}
}

// loading: quantizing while loading takes much memory for a while, as documentation of SGLang says; older releases of
// vLLM loaded all weights in 16 bit first (from memory), and newer ones do it layer by layer.
func (c *calculation) loading() {
	if each := shared(c.model.LoadedBytes, c.setup.gpus()); c.Budget > 0 && each > c.Budget {
		c.beside, c.reason = Tight, fmt.Sprintf("some releases load all weights before they quantize them, %s per GPU, and may fill %s", gib(each), gib(c.Budget))
	}
}

// compare is the verdict on what is free and what is needed.
func compare(free, needed Range) Verdict {
	switch {
	case free.Pessimistic >= needed.Pessimistic:
		return Fits
	case free.Optimistic >= needed.Optimistic:
		return Tight
	}
	return DoesNotFit
}

// worse is the worse of two verdicts.
func worse(a, b Verdict) Verdict {
	order := map[Verdict]int{Fits: 0, Tight: 1, DoesNotFit: 2}
	if order[b] > order[a] {
		return b
	}
	return a
}

func (c *calculation) lack(what string) { c.Unknown = append(c.Unknown, what) }
func (c *calculation) note(what string) { c.Notes = append(c.Notes, what) }
func (c *calculation) line(what, how, result string) {
	c.Lines = append(c.Lines, Line{What: what, How: how, Result: result})
}
