package render

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render/fit"
)

// fitModel is what a descriptor and the catalogue of well-known models know of a model as the engine serves it. The
// descriptor has the last word.
func (e *engine) fitModel(model v1alpha1.Model) fit.Model {
	if model.Precision == "" {
		model.Precision = e.makes(model)
	}
	known := fitModel(model)
	if model.Prepare == nil && toldQuantization(model) == "fp8" && e.Quantizes["fp8"] != "" {
		model.Precision, model.Size = "bf16", nil
		known.LoadedBytes = fit.Of(fitModel(model), fit.Setup{}, fit.Product{}).Weights
	}
	return known
}

func fitModel(model v1alpha1.Model) fit.Model {
	facts, _ := fit.Lookup(model.Source)
	known := facts.In(model.Precision)
	if known.Name == "" {
		known.Name = model.Source
	}
	if known.Format = model.Format; model.Format == "gguf" {
		known.WeightBytes = 0 // that of another file
	}
	if model.Parameters != "" {
		known.Parameters, known.WeightBytes = parameters(model.Parameters), 0
	}
	if model.Size != nil {
		known.WeightBytes = model.Size.Value()
	}
	if model.Architecture != nil {
		known.Architecture = architecture(model.Architecture, known.Architecture)
	}
	return known
}

// parameters reads a number such as 8.03B.
func parameters(text string) int64 {
	unit := map[string]float64{"M": 1e6, "B": 1e9, "T": 1e12}[text[len(text)-1:]]
	number, err := strconv.ParseFloat(strings.TrimRight(text, "MBT"), 64)
	if err != nil || unit == 0 || number*unit > math.MaxInt64/2 {
		return 0
	}
	return int64(number * unit)
}

// architecture is that of the descriptor, with what only the catalogue knows of the model.
func architecture(a *v1alpha1.Architecture, known *fit.Architecture) *fit.Architecture {
	made := &fit.Architecture{}
	if known != nil {
		*made = *known
	}
	made.Kind, made.Layers, made.Heads, made.MLA = a.Kind, a.Layers, a.Heads, nil
	made.KVHeads, made.HeadDim = or(a.KVHeads, 0), or(a.HeadDim, 0)
	made.ContextLength = or(a.MaxPositionEmbeddings, made.ContextLength)
	if a.MLA != nil {
		made.MLA = &fit.MLA{KVLoraRank: a.MLA.KVLoraRank, QKRopeHeadDim: a.MLA.QKRopeHeadDim}
	}
	return made
}

// weightBytes is the size of the weights as they are fetched, or as they become if that is more; 0 when nobody
// knows.
func weightBytes(model v1alpha1.Model) int64 {
	weights := func(m fit.Model) int64 { return fit.Of(m, fit.Setup{}, fit.Product{}).Weights }
	size := weights(fitModel(model))
	if model.Size == nil && model.Parameters == "" {
		size = max(size, checkpointBytes(model))
	}
	return size
}

// checkpointBytes is the size of a well-known checkpoint, whatever is made of it; 0 for others.
func checkpointBytes(model v1alpha1.Model) int64 {
	facts, _ := fit.Lookup(model.Source)
	return fit.Of(facts.Model, fit.Setup{}, fit.Product{}).Weights
}

// fitSetup is how the engine serves the model.
func fitSetup(m *v1alpha1.ModelDeployment, e *engine) fit.Setup {
	server := m.Spec.Release.Runtime
	setup := fit.Setup{
		ContextLength: or(server.ContextLength, 0), KVCachePrecision: server.KVCachePrecision,
		MemoryPercent: memoryPercent(m, e), Reserve: e.Memory.Covers,
		Layerwise: e.Splits == splitsPipeline, Sequences: numberAfter(e.Memory.SequencesFlag, server.Args),
	}
	setup.Tensor, setup.Pipeline, setup.Data = split(m, e)
	return setup
}

// numberAfter is the number that arguments give to a flag, or 0.
func numberAfter(flag string, args []string) int32 {
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if flag == "" || dashed(name) != flag {
			continue
		}
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		if n, err := strconv.ParseInt(value, 10, 32); err == nil && n > 0 {
			return int32(n)
		}
	}
	return 0
}

// FitReport is what is known of a model, how it is served, and how that fits on its GPUs.
type FitReport struct {
	Model fit.Model
	Setup fit.Setup
	// Fits is empty for a model without an accelerator.
	Fits []Fit
	// Problems are what the engine cannot do, or no GPU, whatever the memory; without file and line.
	Problems problem.List
}

// Fit reckons with a descriptor that has been decoded. It needs no environment.
func (r *Renderer) Fit(m *v1alpha1.ModelDeployment) (FitReport, error) {
	e, ok := r.engines[m.Spec.Release.Runtime.Engine]
	if !ok {
		return FitReport{}, problem.List{r.noEngine(m.Spec.Release.Runtime.Engine)}
	}
	unit := &environments.Unit{Environment: &environments.Environment{}, Name: m.Name}
	v, err := valuesOf(unit, m, e, "")
	if err != nil {
		return FitReport{}, fmt.Errorf("compute the values of %s: %w", m.Name, err)
	}
	return FitReport{
		Model: e.fitModel(m.Spec.Release.Model), Setup: fitSetup(m, e), Fits: estimate(m, e), Problems: r.unsupported(m, e, v),
	}, nil
}

// estimate is whether the model fits on each of the GPUs that the descriptor names; on a GPU of just that
// memory when it names none.
func estimate(m *v1alpha1.ModelDeployment, e *engine) []Fit {
	a := m.Spec.Accelerator
	if a == nil {
		return nil
	}
	model, setup := e.fitModel(m.Spec.Release.Model), fitSetup(m, e)
	var all []Fit
	for _, product := range gpusOf(a) {
		all = append(all, Fit{product, fit.Of(model, setup, product)})
	}
	return all
}

// Fit is whether a model fits on one of the GPUs that its descriptor names.
type Fit struct {
	// Product is the GPU.
	Product fit.Product `json:"product"`
	// Estimate is the verdict and how it was reckoned.
	Estimate fit.Estimate `json:"estimate"`
}

// Worst is the least favourable of several: the scheduler may choose any of the GPUs. It is false when there
// are none, as for a model on CPUs.
func Worst(all []Fit) (Fit, bool) {
	order := []fit.Verdict{fit.Fits, fit.Tight, fit.Unknown, fit.DoesNotFit}
	if len(all) == 0 {
		return Fit{}, false
	}
	return slices.MaxFunc(all, func(a, b Fit) int {
		return cmp.Compare(slices.Index(order, a.Estimate.Verdict), slices.Index(order, b.Estimate.Verdict))
	}), true
}

func memoryPercent(m *v1alpha1.ModelDeployment, e *engine) int32 {
	return or(m.Spec.Release.Runtime.GPUMemoryPercent, e.Memory.Percent)
}

// MemoryWarning says that the model is too large for its GPUs, or only just not, and is empty otherwise.
func (o *Objects) MemoryWarning() string {
	worst, onGPU := Worst(o.Fits)
	if !onGPU || worst.Estimate.Verdict != fit.DoesNotFit && worst.Estimate.Verdict != fit.Tight {
		return ""
	}
	return worst.Product.Name + ": " + worst.Estimate.Summary() + "; penstock fit " + o.Unit.ID() + " shows how that was reckoned"
}
