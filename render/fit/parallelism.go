package fit

import (
	"fmt"
	"slices"
	"strings"
)

// Mismatch is a setup that no engine starts with, whatever the memory.
type Mismatch struct {
	// Subject is the setting that is wrong: tensor, pipeline, data, gpus, contextLength or precision.
	Subject string `json:"subject"`
	// Message says what is wrong.
	Message string `json:"message"`
	// Mend says what the user can do.
	Mend string `json:"mend"`
}

// largestTensor is the largest degree of tensor parallelism that a mend lists.
const largestTensor = 64

// CheckParallelism reports what is wrong with the degrees of parallelism: for the architecture, if it is known,
// and for the number of GPUs that a replica has, if it is not 0.
func CheckParallelism(arch *Architecture, setup Setup, gpus int64) []Mismatch {
	var found []Mismatch
	for _, degree := range []struct {
		name  string
		value int32
	}{{"tensor", setup.Tensor}, {"pipeline", setup.Pipeline}, {"data", setup.Data}} {
		if degree.value < 0 {
			found = append(found, Mismatch{degree.name, fmt.Sprintf("%s parallelism is %d", degree.name, degree.value), "leave it out, or set it to 1 or more"})
		}
	}
	setup = setup.defaulted()
	if arch != nil {
		found = append(found, checkTensor(arch, setup)...)
		found = append(found, checkPipeline(arch, setup)...)
	}
	return append(found, checkGPUs(arch, setup, gpus)...)
}

// checkTensor: each GPU of a tensor-parallel group takes the same number of attention heads, and either the
// same number of KV heads or a copy of one.
func checkTensor(a *Architecture, s Setup) []Mismatch {
	mend := "set tensor to " + either(TensorSizes(a))
	switch {
	case a.Heads > 0 && a.Heads%s.Tensor != 0:
		return []Mismatch{{"tensor", fmt.Sprintf("tensor parallelism of %d does not divide the model's %d attention heads", s.Tensor, a.Heads), mend}}
	case !replicable(a, s.Tensor):
		return []Mismatch{{"tensor", fmt.Sprintf("tensor parallelism of %d neither divides the model's %d KV heads nor is a multiple of them", s.Tensor, a.kvHeads()), mend}}
	}
	return nil
}

// replicable reports whether the KV heads can be dealt out among so many GPUs. With MLA there are none.
func replicable(a *Architecture, tensor int32) bool {
	heads := a.kvHeads()
	return a.MLA != nil || a.kind() == Encoder || heads <= 0 || heads%tensor == 0 || tensor%heads == 0
}

// TensorSizes are the degrees of tensor parallelism that the architecture allows, up to 64, in ascending
// order. Without a number of heads only 1 is sure.
func TensorSizes(a *Architecture) []int32 {
	sizes := []int32{1}
	for size := int32(2); a != nil && size <= min(a.Heads, largestTensor); size++ {
		if a.Heads%size == 0 && replicable(a, size) {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// checkPipeline: a stage has at least one layer.
func checkPipeline(a *Architecture, s Setup) []Mismatch {
	if a.Layers <= 0 || s.Pipeline <= a.Layers {
		return nil
	}
	return []Mismatch{{"pipeline", fmt.Sprintf("pipeline parallelism of %d is more than the model's %d layers", s.Pipeline, a.Layers), fmt.Sprintf("set pipeline to at most %d", a.Layers)}}
}

// checkGPUs: a replica has as many GPUs as its parallelism takes.
func checkGPUs(a *Architecture, s Setup, gpus int64) []Mismatch {
	takes := times(s.gpus(), int64(s.Data))
	if gpus == 0 || gpus == takes {
		return nil
	}
	mend := fmt.Sprintf("ask for %d, or change the parallelism", takes)
	rest := times(int64(s.Pipeline), int64(s.Data))
	if tensor := gpus / rest; gpus > 0 && gpus%rest == 0 && slices.Contains(TensorSizes(a), int32(min(tensor, largestTensor+1))) {
		mend = fmt.Sprintf("ask for %d, or set tensor to %d", takes, tensor)
	}
	return []Mismatch{{"gpus", fmt.Sprintf("tensor %d × pipeline %d × data %d takes %d GPUs, and a replica has %d", s.Tensor, s.Pipeline, s.Data, takes, gpus), mend}}
}

// CheckContext reports a context length that is longer than what the model was made for. vLLM refuses it,
// unless its rope scaling is set too.
func CheckContext(arch *Architecture, setup Setup) []Mismatch {
	if arch == nil || arch.ContextLength <= 0 || setup.ContextLength <= arch.ContextLength {
		return nil
	}
	return []Mismatch{{"contextLength", fmt.Sprintf("a context of %d tokens is longer than the model's own, %d", setup.ContextLength, arch.ContextLength),
		fmt.Sprintf("set contextLength to at most %d", arch.ContextLength)}}
}

// CheckProduct reports what a product cannot do whatever its memory: MIG slices have no links to each other, so
// a model has to fit on one (MIG user guide); two turns on a shared GPU are no more than one (device plugin's
// README); and Turing does not compute in bf16.
func CheckProduct(model Model, setup Setup, gpu Product) []Mismatch {
	var found []Mismatch
	setup = setup.defaulted()
	if setup.gpus() > 1 && gpu.Profile != "" {
		found = append(found, Mismatch{"tensor", fmt.Sprintf("a replica on %d slices of %s, which cannot reach each other's memory", setup.gpus(), gpu.Name),
			"take a larger slice or whole GPUs, or leave the parallelism out"})
	}
	if setup.gpus() > 1 && gpu.Shared {
		found = append(found, Mismatch{"tensor", fmt.Sprintf("a replica on %d shared GPUs, which may all be the same one", setup.gpus()),
			"take GPUs that are not shared, or leave the parallelism out"})
	}
	if gpu.Family == "turing" && model.Precision == "bf16" {
		found = append(found, Mismatch{"precision", gpu.Name + " does not compute in bf16", "set precision to fp16, or take a newer GPU"})
	}
	return found
}

// either lists numbers as a choice.
func either(sizes []int32) string {
	words := make([]string, len(sizes))
	for i, size := range sizes {
		words[i] = fmt.Sprint(size)
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
