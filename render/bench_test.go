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
