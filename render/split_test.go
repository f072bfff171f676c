package render

import (
	"fmt"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// TestWhatParallelismLeavesOpen: what the descriptor does not say follows from the GPUs: tensors over those of a node,
// and a pipeline over the nodes. What it says is never made to fit by something that it does not say.
func TestWhatParallelismLeavesOpen(t *testing.T) {
	for _, c := range []struct{ engine, accelerator, parallelism, want string }{
		{"vllm", "count: 4", "", "4 1 1"},
		{"vllm", "count: 4", "tensor: 2, pipeline: 2", "2 2 1"},
		{"vllm", "count: 4", "data: 2", "2 1 2"},
		{"vllm", "count: 4", "pipeline: 4", "1 4 1"},
		{"vllm", "count: 4", "tensor: 2", "2 1 1"}, // refused: two GPUs would be idle
		{"vllm", "count: 8, nodes: 2", "", "8 2 1"},
		{"vllm", "count: 8, nodes: 2", "tensor: 8", "8 2 1"},
		{"vllm", "count: 8, nodes: 2", "tensor: 16", "16 1 1"},
		{"sglang", "count: 8, nodes: 2", "tensor: 8, data: 2", "8 1 2"},
		{"sglang", "count: 8, nodes: 2", "tensor: 4", "4 2 1"}, // refused
		{"llamacpp", "count: 4", "", "1 4 1"},
		{"llamacpp", "count: 4", "pipeline: 2", "2 2 1"}, // refused: it knows no tensor parallelism
	} {
		var m v1alpha1.ModelDeployment
		text := descriptor("", "", "accelerator: {product: NVIDIA-L4, "+c.accelerator+"}", "parallelism: {"+c.parallelism+"}")
		if err := yaml.UnmarshalStrict([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		tensor, pipeline, data := split(&m, renderer().engines[c.engine])
		equal(t, c.engine+" "+c.accelerator+" "+c.parallelism, fmt.Sprint(tensor, pipeline, data), c.want)
	}
}
