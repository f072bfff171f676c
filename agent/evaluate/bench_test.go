package evaluate_test

import (
	"testing"

	"github.com/penstock-dev/penstock/agent/evaluate"
)

// BenchmarkStep is what one Step costs: of a unit whose evaluations are recorded, as most are most of the time, and of one
// whose evaluation has ended.
func BenchmarkStep(b *testing.B) {
	w := newWorld(b)
	request := evaluate.Request{Healthy: true, Objects: w.applied(w.unit("v1", evaluation("mmlu", good), evaluation("latency", good)))}
	state := w.until(request, "done", isDone)
	recorded := request
	for _, e := range state.Ended {
		recorded.Recorded = append(recorded.Recorded, e.Job)
	}
	for name, r := range map[string]evaluate.Request{"recorded": recorded, "ended": request} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.runner.Step(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
