package fit

import "testing"

// BenchmarkEstimate is one model on one GPU, with its arithmetic.
func BenchmarkEstimate(b *testing.B) {
	facts, gpu := known(b, "meta-llama/Llama-3.3-70B-Instruct", "NVIDIA-H100-80GB-HBM3")
	setup := Setup{Tensor: 4, ContextLength: 32768, MemoryPercent: 92}
	b.ReportAllocs()
	for b.Loop() {
		if Of(facts.Model, setup, gpu).Verdict != Fits {
			b.Fatal("it does not fit")
		}
	}
}

// BenchmarkSurvey is one model on every product, with slices.
func BenchmarkSurvey(b *testing.B) {
	model := modelNamed(b, "meta-llama/Llama-3.1-8B-Instruct")
	b.ReportAllocs()
	for b.Loop() {
		if len(Survey(model, Setup{MemoryPercent: 92}, true)) == 0 {
			b.Fatal("no products")
		}
	}
}

// BenchmarkReadCatalogues is what the first use costs.
func BenchmarkReadCatalogues(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readProducts(productsYAML); err != nil {
			b.Fatal(err)
		}
		if _, _, err := readModels(modelsYAML); err != nil {
			b.Fatal(err)
		}
	}
}
