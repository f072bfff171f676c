package render

import (
	"testing"

	"github.com/penstock-dev/penstock/environments"
)

// BenchmarkRender renders each unit of the reference, both steps.
func BenchmarkRender(b *testing.B) {
	tree, err := environments.Load(environments.Reference, ".")
	if err != nil {
		b.Fatal(err)
	}
	r := New()
	for _, unit := range tree.Units {
		b.Run(unit.ID(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Render(environments.Reference, unit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRenderRuntime renders a realistic descriptor of each engine, both steps.
func BenchmarkRenderRuntime(b *testing.B) {
	for _, name := range []string{
		"vllm-keda", "vllm-adapters", "vllm-nodes", "sglang-tensor", "sglang-nodes", "tgi", "triton-s3", "tensorflow-serving-gs", "llamacpp-mig", "custom-nodes",
	} {
		_, tree := archive(archives(b, "golden")[name])
		b.Run(name, func(b *testing.B) {
			unit := unitOf("prod/m")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := renderer().Render(tree, unit); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "renders/s")
		})
	}
}

// BenchmarkRenderFirst renders with a new Renderer, which builds the runtime's shape as well.
func BenchmarkRenderFirst(b *testing.B) {
	_, tree := archive([]byte("-- model.yaml --\n" + lone))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New().Render(tree, unitOf("prod/m")); err != nil {
			b.Fatal(err)
		}
	}
}
