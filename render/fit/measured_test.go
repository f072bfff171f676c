package fit

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"

	"sigs.k8s.io/yaml"
)

// run is a measured run of testdata/h100.yaml. Amounts are GiB per GPU.
type run struct {
	Model      string  `json:"model"`
	Tensor     int32   `json:"tensor"`
	Context    int32   `json:"context"`
	Percent    int32   `json:"percent"`
	Ran        bool    `json:"ran"`
	Weights    float64 `json:"weights"`
	Activation float64 `json:"activation"`
	NonTorch   float64 `json:"nonTorch"`
	FreeKV     float64 `json:"freeKV"`
}

// estimate is what the package says of the run. The weights are those of the catalogue, never the measured.
func (r run) estimate(t *testing.T) Estimate {
	t.Helper()
	facts, found := Lookup(r.Model)
	gpu, known := ProductNamed("NVIDIA-H100-80GB-HBM3")
	if !found || !known {
		t.Fatalf("%s or H100 is not in the catalogue", r.Model)
	}
	return Of(facts.Model, Setup{Tensor: r.Tensor, ContextLength: r.Context, MemoryPercent: r.Percent}, gpu)
}

// measured reads the fixture.
func measured(t *testing.T) []run {
	t.Helper()
	data, err := os.ReadFile("testdata/h100.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Runs []run `json:"runs"`
	}
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Runs
}

// TestTheMeasuredRunsComeOutRight: what ran fits, what failed does not, and the free memory is right.
func TestTheMeasuredRunsComeOutRight(t *testing.T) {
	const tolerance = 1.5 // GiB
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "model\ttensor\tcontext\toutcome\tverdict\tfree KV\testimated\terror\tat best\tactivation\testimated\tweights\testimated\t")
	ran, failed := 0, 0
	for _, r := range measured(t) {
		e := r.estimate(t)
		off := inGiB(e.FreeKV.Pessimistic) - r.FreeKV
		outcome := "ran"
		if ran++; !r.Ran {
			outcome, ran, failed = "failed", ran-1, failed+1
			off = 0
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t%.2f\t%.2f\t%+.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t\n", r.Model, r.Tensor, r.Context, outcome, e.Verdict,
			r.FreeKV, inGiB(e.FreeKV.Pessimistic), off, inGiB(e.FreeKV.Optimistic), r.Activation, inGiB(e.Activation.Pessimistic), r.Weights, inGiB(e.WeightsPerGPU))
		if fits := e.Verdict == Fits || e.Verdict == Tight; fits != r.Ran || e.Verdict == Unknown {
			t.Errorf("%s, tensor %d, context %d: %s, but it %s", r.Model, r.Tensor, r.Context, e.Verdict, outcome)
		}
		if off > tolerance || off < -tolerance {
			t.Errorf("%s, tensor %d: free KV memory is off by %+.2f GiB", r.Model, r.Tensor, off)
		}
		if r.Ran && e.FreeKV.Optimistic < gibs(r.FreeKV-0.05) {
			t.Errorf("%s, tensor %d: more was free (%.2f GiB) than at best (%.2f)", r.Model, r.Tensor, r.FreeKV, inGiB(e.FreeKV.Optimistic))
		}
	}
	if ran != 8 || failed != 3 {
		t.Errorf("the fixture has %d runs and %d failures", ran, failed)
	}
	table.Flush()
	t.Log("GiB per GPU; the estimate is the pessimistic one\n" + text.String())
}

// TestTheFixtureAddsUp: what the server reported sums to the memory that it was given.
func TestTheFixtureAddsUp(t *testing.T) {
	for _, r := range measured(t) {
		if !r.Ran {
			continue
		}
		if left := 79.18*float64(r.Percent)/100 - r.Weights - r.Activation - r.NonTorch; left-r.FreeKV > 0.015 || r.FreeKV-left > 0.015 {
			t.Errorf("%s, tensor %d: %.3f GiB are left and %.2f reported", r.Model, r.Tensor, left, r.FreeKV)
		}
	}
}

// inGiB is bytes as GiB.
func inGiB(n int64) float64 { return float64(n) / gibibyte }
