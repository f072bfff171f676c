package render

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render/fit"
)

// FitModel is what a descriptor and the catalogue of well-known models know of a model. The descriptor has
// the last word.
func FitModel(model v1alpha1.Model) fit.Model {
	facts, _ := fit.Lookup(model.Source)
	known := facts.In(model.Precision)
	if known.Name == "" {
		known.Name = model.Source
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

// weightBytes is the size of the weights; 0 when nobody knows.
func weightBytes(model v1alpha1.Model) int64 {
	return fit.Of(FitModel(model), fit.Setup{}, fit.Product{}).Weights
}

// fitSetup is how the engine serves the model.
func fitSetup(m *v1alpha1.ModelDeployment, e *engine) fit.Setup {
	server := m.Spec.Release.Runtime
	setup := fit.Setup{
		ContextLength: or(server.ContextLength, 0), KVCachePrecision: server.KVCachePrecision,
		MemoryPercent: memoryPercent(m, e), Reserve: e.Memory.Covers,
		Sequences: numberAfter(e.Memory.SequencesFlag, server.Args),
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
}

// Fit reckons with a descriptor that has been decoded. Problems are without file and line.
func (r *Renderer) Fit(m *v1alpha1.ModelDeployment) (FitReport, problem.List) {
	e, ok := r.engines[m.Spec.Release.Runtime.Engine]
	if !ok {
		return FitReport{}, problem.List{r.noEngine(m.Spec.Release.Runtime.Engine)}
	}
	return FitReport{Model: FitModel(m.Spec.Release.Model), Setup: fitSetup(m, e), Fits: estimate(m, e)}, nil
}

// estimate is whether the model fits on each of the GPUs that the descriptor names; on a GPU of just that
// memory when it names none.
func estimate(m *v1alpha1.ModelDeployment, e *engine) []Fit {
	a := m.Spec.Accelerator
	if a == nil {
		return nil
	}
	model, setup := FitModel(m.Spec.Release.Model), fitSetup(m, e)
	var all []Fit
	for _, product := range gpusOf(a) {
		all = append(all, Fit{product, fit.Of(model, setup, product)})
	}
	return all
}

// gpusOf are the GPUs, or slices of them, that a request may get, as far as it names them.
func gpusOf(a *v1alpha1.Accelerator) []fit.Product {
	var all []fit.Product
	for _, name := range productsOf(a) {
		product, known := fit.ProductNamed(name)
		if !known {
			product = fit.Product{Name: name}
		}
		all = append(all, sliceOf(product, a.MIG))
	}
	switch {
	case len(all) > 0:
	case a.Memory != nil:
		all = append(all, fit.Generic(a.Memory.Value()>>20))
	case a.MIG != "":
		all = append(all, smallestSlice(a.MIG))
	default:
		all = append(all, fit.Product{Name: "any device of " + deviceClass(a)})
	}
	for i := range all {
		all[i].Shared = all[i].Shared || a.Shared
	}
	return all
}

// sliceOf is a MIG slice of a product, or the product itself without a profile.
func sliceOf(product fit.Product, profile string) fit.Product {
	if profile == "" {
		return product
	}
	if slice, known := product.Slice(profile); known {
		return slice
	}
	return fit.Product{Name: product.Name + " in slices of " + profile, Profile: profile}
}

// smallestSlice is the slice of a profile with the least memory: which product it will be of is not known.
func smallestSlice(profile string) fit.Product {
	smallest := fit.Product{Name: "a slice of " + profile, Profile: profile}
	for _, product := range fit.Products() {
		slice, has := product.Slice(profile)
		if has && (smallest.UsableBytes == 0 || slice.UsableBytes < smallest.UsableBytes) {
			smallest = slice
		}
	}
	return smallest
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
