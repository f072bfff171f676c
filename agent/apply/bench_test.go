package apply_test

import (
	"fmt"
	"testing"
)

// BenchmarkApply is one unit of five objects and its parent, on a real API server.
func BenchmarkApply(b *testing.B) {
	bench := newBench(b)
	b.Run("create", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			bench.mustApply(bench.unit(fmt.Sprintf("unit-%d", i), set("Deployment", int64(0), "spec", "replicas")))
		}
	})
	objects := bench.unit("llama", set("Deployment", int64(0), "spec", "replicas"))
	bench.mustApply(objects)
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			bench.mustApply(objects)
		}
	})
	b.Run("change of one", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			bench.mustApply(bench.unit("llama", set("Deployment", int64(0), "spec", "replicas"), set("ConfigMap", fmt.Sprint(i), "data", "greeting")))
		}
	})
}
