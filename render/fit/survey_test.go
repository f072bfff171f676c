package fit

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestASurveyTriesWhatTheHeadsAllow: phi-4's 10 KV heads cannot be dealt out among 4 or 8 GPUs.
func TestASurveyTriesWhatTheHeadsAllow(t *testing.T) {
	for _, row := range Survey(modelNamed(t, "microsoft/phi-4"), Setup{MemoryPercent: 92}, true) {
		if row.GPUs > 2 {
			t.Errorf("%s: %d GPUs", row.Product.Name, row.GPUs)
		}
		if row.Product.Profile != "" && row.GPUs != 1 {
			t.Errorf("%s: %d slices", row.Product.Name, row.GPUs)
		}
	}
}

// TestASurveyTakesTheSmallestNumberThatFits: with one GPU less it does not, and the setup's own does not matter.
func TestASurveyTakesTheSmallestNumberThatFits(t *testing.T) {
	model := modelNamed(t, "Qwen/Qwen3-32B")
	for _, row := range Survey(model, Setup{MemoryPercent: 92, Tensor: 3, Pipeline: 7, Data: 5}, false) {
		if row.Estimate.Verdict != Fits || row.Estimate.GPUs != int64(row.GPUs) {
			t.Errorf("%s: %s on %d of %d GPUs", row.Product.Name, row.Estimate.Verdict, row.GPUs, row.Estimate.GPUs)
		}
		if row.GPUs > 1 && Of(model, Setup{MemoryPercent: 92, Tensor: row.GPUs / 2}, row.Product).Verdict == Fits {
			t.Errorf("%s: it fits on fewer than %d", row.Product.Name, row.GPUs)
		}
	}
}

// TestASurveyPrefersTightToNothing, with the smallest number of GPUs.
func TestASurveyPrefersTightToNothing(t *testing.T) {
	facts, gpu := known(t, "deepseek-ai/DeepSeek-R1", "NVIDIA-H100-NVL")
	if row := smallest(facts.Model, Setup{ContextLength: 16000, MemoryPercent: 92}, gpu, []int32{1, 2, 4, 8}); row.Estimate.Verdict != Tight || row.GPUs != 8 {
		t.Errorf("%s on %d", row.Estimate.Verdict, row.GPUs)
	}
	if row := smallest(facts.Model, Setup{ContextLength: 16000, MemoryPercent: 92}, gpu, []int32{8, 16, 1}); row.Estimate.Verdict != Fits || row.GPUs != 16 {
		t.Errorf("%s on %d", row.Estimate.Verdict, row.GPUs)
	}
	if row := smallest(facts.Model, Setup{ContextLength: 16000, MemoryPercent: 92}, gpu, []int32{8, 1}); row.GPUs != 8 {
		t.Errorf("%s on %d", row.Estimate.Verdict, row.GPUs)
	}
}

// TestAdviceLeadsToAModelThatFits: every way that it names is tried.
func TestAdviceLeadsToAModelThatFits(t *testing.T) {
	facts, gpu := known(t, "Qwen/Qwen3-32B", "NVIDIA-H100-80GB-HBM3")
	setup := Setup{ContextLength: 20000, MemoryPercent: 90}
	advice := Advise(facts.Model, setup, gpu)
	for way, change := range map[string]func(*Setup){
		"limit the context length to 17857":           func(s *Setup) { s.ContextLength = 17857 },
		"(spec.release.runtime.gpuMemoryPercent: 95)": func(s *Setup) { s.MemoryPercent = 95 },
		"give it 2 GPUs (spec.accelerator.count: 2)":  func(s *Setup) { s.Tensor = 2 },
		"keep the KV cache in fp8":                    func(s *Setup) { s.KVCachePrecision = "fp8" },
	} {
		tried := setup
		change(&tried)
		if e := Of(facts.Model, tried, gpu); !strings.Contains(advice, way) || e.Verdict != Fits {
			t.Errorf("%s: %s; the advice is %q", way, e.Verdict, advice)
		}
	}
	_, slice := known(t, "gpt2", "NVIDIA-H100-80GB-HBM3-MIG-3g.40gb")
	if advice := Advise(facts.Model, setup, slice); advice != "take a GPU with more memory" {
		t.Errorf("on a slice: %s", advice)
	}
}

// TestAdviceIsWhatTheEngineCanDo: llama.cpp knows no tensor parallelism, and takes what it needs; SGLang's share does
// not cover the activation, so that a larger one would take its place; and no more than 95 % was ever measured.
func TestAdviceIsWhatTheEngineCanDo(t *testing.T) {
	model, h100 := known(t, "openai/gpt-oss-120b", "NVIDIA-H100-80GB-HBM3")
	const more = "gpuMemoryPercent"
	for name, c := range map[string]struct {
		setup Setup
		more  bool
	}{
		"measured at 95":  {Setup{ContextLength: 16000, MemoryPercent: 90}, true},
		"what SGLang has": {Setup{ContextLength: 16000, MemoryPercent: 80, Reserve: Static}, false},
		"at 95 already":   {Setup{ContextLength: 128000, MemoryPercent: 95}, false},
		"no share at all": {Setup{ContextLength: 131072, Reserve: None}, false},
		"not enough":      {Setup{ContextLength: 131072, MemoryPercent: 90}, false},
	} {
		if advice := Advise(model.Model, c.setup, h100); advice == "" || strings.Contains(advice, more) != c.more {
			t.Errorf("%s: %s", name, advice)
		}
	}
	l4, _ := ProductNamed("NVIDIA-L4")
	if advice := Advise(modelNamed(t, "Qwen/Qwen3-0.6B"), Setup{ContextLength: 4096, MemoryPercent: 99}, l4); !strings.Contains(advice, more) {
		t.Errorf("without room for the processes: %s", advice)
	}
	layers := Setup{ContextLength: 8192, Reserve: None, Layerwise: true}
	big := Model{Parameters: 32762123264, Precision: "int8", Format: "gguf", Architecture: modelNamed(t, "Qwen/Qwen3-32B").Architecture}
	if advice := Advise(big, layers, l4); !strings.Contains(advice, "give it 2 GPUs (spec.accelerator.count: 2)") {
		t.Errorf("by layers: %s", advice)
	}
	for _, row := range Survey(big, layers, false) {
		if row.Product.Name == "NVIDIA-L4" && (row.GPUs != 2 || row.Estimate.Verdict != Fits) {
			t.Errorf("%s on %d", row.Estimate.Verdict, row.GPUs)
		}
	}
	phi := modelNamed(t, "microsoft/phi-4") // whose heads cannot be dealt out among 8
	if rows := Survey(phi, layers, false); rows[len(rows)-1].GPUs != 4 {
		t.Errorf("layers are not bound by the heads: %d", rows[len(rows)-1].GPUs)
	}
}

// broken is a writer that fails.
type broken struct{}

var errBroken = errors.New("broken pipe")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestAnErrorOfTheWriterIsReturned(t *testing.T) {
	facts, gpu := known(t, "Qwen/Qwen3-32B", "NVIDIA-L4")
	if err := WriteArithmetic(broken{}, Of(facts.Model, Setup{}, gpu)); !errors.Is(err, errBroken) {
		t.Errorf("the arithmetic: %v", err)
	}
	if err := Table(broken{}, facts.Model, Setup{}, nil); !errors.Is(err, errBroken) {
		t.Errorf("the table: %v", err)
	}
	var out bytes.Buffer
	if err := Table(&out, Model{}, Setup{}, nil); err != nil || !strings.HasPrefix(out.String(), "the model\n") {
		t.Errorf("an empty table: %v, %s", err, out.String())
	}
}
