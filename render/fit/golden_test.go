package fit

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test -update", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs; run go test -update and review the difference\n--- got\n%s", file, got)
	}
}

// TestArithmeticGolden shows what a person sees of an estimate.
func TestArithmeticGolden(t *testing.T) {
	for name, test := range map[string]struct {
		model string
		gpu   string
		setup Setup
	}{
		"fits":         {"meta-llama/Llama-3.1-8B-Instruct", "NVIDIA-H100-80GB-HBM3", Setup{ContextLength: 8192, MemoryPercent: 92}},
		"tight":        {"Qwen/Qwen3-32B", "NVIDIA-H100-80GB-HBM3", Setup{ContextLength: 20000, MemoryPercent: 90}},
		"does-not-fit": {"RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "NVIDIA-H100-80GB-HBM3", Setup{ContextLength: 16000, MemoryPercent: 90}},
		"mla":          {"deepseek-ai/DeepSeek-R1", "NVIDIA-H200", Setup{Tensor: 8, ContextLength: 65536, MemoryPercent: 92, KVCachePrecision: "fp8"}},
		"pipeline":     {"meta-llama/Llama-3.1-405B-Instruct", "NVIDIA-H100-80GB-HBM3", Setup{Tensor: 8, Pipeline: 4, ContextLength: 32768, MemoryPercent: 92}},
		"static":       {"openai/gpt-oss-20b", "NVIDIA-L40S", Setup{MemoryPercent: 88, Reserve: Static}},
		"encoder":      {"BAAI/bge-large-en-v1.5", "NVIDIA-A100-80GB-PCIe-MIG-1g.10gb", Setup{Reserve: None}},
		"shared":       {"Qwen/Qwen3-0.6B", "NVIDIA-L4-SHARED", Setup{ContextLength: 4096, MemoryPercent: 40}},
	} {
		t.Run(name, func(t *testing.T) {
			facts, gpu := known(t, test.model, test.gpu)
			var out bytes.Buffer
			if err := WriteArithmetic(&out, Of(facts.Model, test.setup, gpu)); err != nil {
				t.Fatal(err)
			}
			if advice := Advise(facts.Model, test.setup, gpu); advice != "" {
				out.WriteString("advice: " + advice + "\n")
			}
			golden(t, filepath.Join("arithmetic", name+".txt"), out.Bytes())
		})
	}
	t.Run("unknown", func(t *testing.T) {
		var out bytes.Buffer
		_, gpu := known(t, "Qwen/Qwen3-32B", "NVIDIA-L4")
		if err := WriteArithmetic(&out, Of(Model{WeightBytes: gibs(7)}, Setup{}, gpu)); err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("arithmetic", "unknown.txt"), out.Bytes())
	})
}

// TestTableGolden shows what penstock fit prints.
func TestTableGolden(t *testing.T) {
	for name, test := range map[string]struct {
		model  Model
		setup  Setup
		slices bool
	}{
		"llama-8b-with-slices": {modelNamed(t, "meta-llama/Llama-3.1-8B-Instruct"), Setup{ContextLength: 16384, MemoryPercent: 92}, true},
		"qwen3-32b":            {modelNamed(t, "Qwen/Qwen3-32B"), Setup{MemoryPercent: 92}, false},
		"deepseek-r1":          {modelNamed(t, "deepseek-ai/DeepSeek-R1"), Setup{ContextLength: 16000, MemoryPercent: 92}, false},
		"unknown":              {Model{Name: "a model of our own", Parameters: 12e9, Precision: "bf16"}, Setup{ContextLength: 4096, MemoryPercent: 92}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Table(&out, test.model, test.setup, Survey(test.model, test.setup, test.slices)); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("table", name+".txt"), out.Bytes())
		})
	}
}

// known returns a model and a GPU of the catalogues.
func known(t testing.TB, model, gpu string) (ModelFacts, Product) {
	t.Helper()
	facts, found := Lookup(model)
	product, named := ProductNamed(gpu)
	if !found || !named {
		t.Fatalf("%s or %s is not in the catalogue", model, gpu)
	}
	return facts, product
}

// modelNamed returns a model of the catalogue.
func modelNamed(t testing.TB, name string) Model {
	t.Helper()
	facts, _ := known(t, name, "NVIDIA-L4")
	return facts.Model
}
