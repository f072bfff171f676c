package fit

import (
	"math"
	"os"
	"strings"
	"testing"
)

// published is what is known of models from elsewhere: the size that KAITO or a safetensors index says, in GiB
// with so many places, and the bytes per token that go with it.
var published = map[string]struct {
	gib, places float64
	perToken    int64
	context     int32
}{
	"meta-llama/Llama-3.1-8B-Instruct":     {14.96, 2, 131072, 131072},
	"meta-llama/Llama-3.3-70B-Instruct":    {131.42, 2, 327680, 131072},
	"meta-llama/Llama-3.1-405B":            {756, 0, 516096, 131072},
	"meta-llama/Llama-3.2-1B":              {2.3, 1, 32768, 131072},
	"meta-llama/Llama-3.2-3B-Instruct":     {6.0, 1, 114688, 131072},
	"Qwen/Qwen2.5-7B":                      {14.2, 1, 57344, 131072},
	"Qwen/Qwen2.5-7B-Instruct":             {14.2, 1, 57344, 32768},
	"Qwen/Qwen2.5-14B":                     {27.51, 2, 196608, 131072},
	"Qwen/Qwen2.5-32B":                     {61.03, 2, 262144, 131072},
	"Qwen/Qwen2.5-72B-Instruct":            {135.4, 1, 327680, 32768},
	"Qwen/Qwen3-4B":                        {7.5, 1, 147456, 40960},
	"Qwen/Qwen3-8B":                        {15.3, 1, 147456, 40960},
	"Qwen/Qwen3-32B":                       {61.0, 1, 262144, 40960},
	"Qwen/Qwen3-30B-A3B":                   {56.9, 1, 98304, 40960},
	"Qwen/Qwen3-VL-235B-A22B-Instruct":     {438, 0, 192512, 262144},
	"mistralai/Mistral-7B-Instruct-v0.3":   {13.50, 2, 131072, 32768},
	"mistralai/Mixtral-8x7B-Instruct-v0.1": {87.0, 1, 131072, 32768},
	"deepseek-ai/DeepSeek-R1":              {641.3, 1, 70272, 163840},
	"moonshotai/Kimi-K2-Instruct":          {958.5, 1, 70272, 131072},
	"openai/gpt-oss-20b":                   {13.47, 2, 49152, 131072},
	"openai/gpt-oss-120b":                  {64.38, 2, 73728, 131072},
	"microsoft/phi-4":                      {27.31, 2, 204800, 16384},
	"google/gemma-3-27b-it":                {51.10, 2, 507904, 131072},
	"gpt2":                                 {0.23, 2, 36864, 1024},
	"gpt2-xl":                              {2.9, 1, 307200, 1024},
	"bert-base-uncased":                    {0.41, 2, 36864, 512},
	"BAAI/bge-large-en-v1.5":               {1.25, 2, 98304, 512},
}

// TestTheCatalogueAgreesWithPublishedSizes: parameters and precision yield them.
func TestTheCatalogueAgreesWithPublishedSizes(t *testing.T) {
	for id, want := range published {
		facts, found := Lookup(id)
		if !found {
			t.Errorf("%s is not in the catalogue", id)
			continue
		}
		all, _ := weights(facts.Model)
		if math.Abs(inGiB(all)-want.gib) > 0.51*math.Pow(10, -want.places) {
			t.Errorf("%s: %.3f GiB, want %v", id, inGiB(all), want.gib)
		}
		if got, how := perToken(facts.Architecture, Setup{}.defaulted()); got != want.perToken {
			t.Errorf("%s: %d bytes per token (%s), want %d", id, got, how, want.perToken)
		}
		if facts.Architecture.ContextLength != want.context {
			t.Errorf("%s: context of %d, want %d", id, facts.Architecture.ContextLength, want.context)
		}
	}
}

func TestEveryModelOfTheCatalogueCanBeJudged(t *testing.T) {
	gpu, _ := ProductNamed("NVIDIA-B200")
	for _, source := range catalogue().sources {
		facts, found := Lookup(source)
		if !found {
			t.Fatalf("%s is known and not found", source)
		}
		if e := Of(facts.Model, Setup{Tensor: 1, MemoryPercent: 90}, gpu); e.Verdict == Unknown {
			t.Errorf("%s: %s", source, e.Summary())
		}
		if a := facts.Architecture; a.VocabSize == 0 || a.HiddenSize == 0 || a.ContextLength == 0 || a.HeadDim == 0 && a.MLA == nil || a.Kind == "" {
			t.Errorf("%s: %+v lacks a figure", source, a)
		}
		if bytesOfWeight[facts.Precision] == 0 {
			t.Errorf("%s: precision %q", source, facts.Precision)
		}
	}
}

func TestAModelIsFoundByItsSource(t *testing.T) {
	for _, source := range []string{"hf://Qwen/Qwen3-32B", "Qwen/Qwen3-32B", "hf://qwen/QWEN3-32b"} {
		if facts, found := Lookup(source); !found || facts.Name != "Qwen3-32B" || facts.License != "apache-2.0" || facts.Precision != "bf16" {
			t.Errorf("%s: %+v", source, facts)
		}
	}
	for _, source := range []string{"", "hf://", "s3://Qwen/Qwen3-32B", "Qwen/Qwen3-33B", "hf://hf://gpt2"} {
		if facts, found := Lookup(source); found {
			t.Errorf("%s: found %+v", source, facts)
		}
	}
}

func TestACheckpointHasItsOwnPrecisionAndNoneOfItsWeightsInAnother(t *testing.T) {
	facts, _ := Lookup("openai/gpt-oss-20b")
	if facts.Precision != "mxfp4" || facts.WeightBytes != gibs(13.47) || facts.In("") != facts.Model || facts.In("mxfp4") != facts.Model {
		t.Errorf("%+v", facts)
	}
	if m := facts.In("bf16"); m.WeightBytes != 0 || m.Precision != "bf16" || m.Parameters != facts.Parameters {
		t.Errorf("in bf16: %+v", m)
	}
}

func TestTheCatalogueCannotBeChangedByWhoReadsIt(t *testing.T) {
	facts, _ := Lookup("deepseek-ai/DeepSeek-R1")
	facts.Architecture.Layers, facts.Architecture.MLA.KVLoraRank = 1, 1
	Products()[0].Name = "changed"
	again, _ := Lookup("deepseek-ai/DeepSeek-R1")
	if again.Architecture.Layers != 61 || again.Architecture.MLA.KVLoraRank != 512 || Products()[0].Name == "changed" {
		t.Error("it was changed")
	}
}

func TestAProductIsFoundByItsLabel(t *testing.T) {
	for label, want := range map[string]struct {
		mib     int64
		profile string
		shared  bool
		tier    Tier
	}{
		"NVIDIA-H100-80GB-HBM3":                    {81559, "", false, Large},
		"NVIDIA-H200":                              {143771, "", false, Large},
		"NVIDIA-A100-SXM4-80GB":                    {81920, "", false, Other},
		"NVIDIA-L4":                                {23034, "", false, Other},
		"NVIDIA-L4-SHARED":                         {23034, "", true, Other},
		"NVIDIA-A100-80GB-PCIe-MIG-1g.10gb":        {9728, "1g.10gb", false, Other},
		"NVIDIA-A100-80GB-PCIe-MIG-1g.10gb.me":     {9728, "1g.10gb.me", false, Other},
		"NVIDIA-A100-80GB-PCIe-MIG-1g.10gb-SHARED": {9728, "1g.10gb", true, Other},
		"NVIDIA-H100-80GB-HBM3-MIG-3g.40gb":        {40192, "3g.40gb", false, Other},
	} {
		p, found := ProductNamed(label)
		if !found || p.Name != label || p.MemoryMiB != want.mib || p.Profile != want.profile || p.Shared != want.shared || p.Tier() != want.tier {
			t.Errorf("%s: %+v, tier %s", label, p, p.Tier())
		}
	}
	for _, label := range []string{"", "-SHARED", "H100", "nvidia-l4", "NVIDIA-H200-141GB-HBM3", "NVIDIA-L4-MIG-1g.10gb", "NVIDIA-H100-80GB-HBM3-MIG-", "NVIDIA-H100-80GB-HBM3-MIG-1g.9gb"} {
		if p, found := ProductNamed(label); found {
			t.Errorf("%q: found %+v", label, p)
		}
	}
}

func TestEveryProductHasPlausibleFigures(t *testing.T) {
	for _, p := range Products() {
		ratio := float64(p.UsableBytes) / float64(p.MemoryMiB<<20)
		if ratio < 0.94 || ratio > 1 || p.Family == "" || p.Source == "" {
			t.Errorf("%s: CUDA sees %.3f of it, family %q", p.Name, ratio, p.Family)
		}
		for _, s := range p.Slices {
			if s.UsableBytes*int64(s.Count) > p.UsableBytes+p.UsableBytes/20 || s.Count < 1 || !strings.HasSuffix(s.Name, "-MIG-"+s.Profile) {
				t.Errorf("%s: %d of %d MiB", s.Name, s.Count, s.MemoryMiB)
			}
		}
	}
}

// TestTheMemoryThatCUDASeesIsInferred: seen on GPUs whose figure the catalogue does not have or does not use.
func TestTheMemoryThatCUDASeesIsInferred(t *testing.T) {
	for mib, seen := range map[int64]float64{81559: 79.18, 15360: 14.56, 46068: 44.53, 23034: 22.07} {
		if got := inGiB(Generic(mib).UsableBytes); got > seen+0.01 || got < seen-0.1 {
			t.Errorf("%d MiB: %.2f GiB, seen %.2f", mib, got, seen)
		}
	}
	for _, mib := range []int64{math.MinInt64, -1, 0, 100} {
		if got := Generic(mib).UsableBytes; got != 0 {
			t.Errorf("%d MiB: %d bytes", mib, got)
		}
	}
	if Generic(81559).Tier() != Large || Generic(23034).Tier() != Other {
		t.Error("the tier does not follow from the memory")
	}
}

func TestABrokenCatalogueIsRefused(t *testing.T) {
	for _, name := range []string{"products", "models"} {
		data, err := os.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range []string{"unknown: field\n" + string(data), strings.Replace(string(data), "- name:", "- nom:", 1), strings.Replace(string(data), "source:", "sources:", 1) + "\n- {}", "]"} {
			var err error
			if name == "products" {
				_, err = readProducts([]byte(broken))
			} else {
				_, _, err = readModels([]byte(broken))
			}
			if err == nil {
				t.Errorf("%s: %.40q was read", name, broken)
			}
		}
	}
	twice := "models:\n- {name: a, parameters: 1, basis: b, architecture: {}, checkpoints: [{id: A/b}, {id: a/B}]}"
	if _, _, err := readModels([]byte(twice)); err == nil {
		t.Error("a checkpoint that is there twice was read")
	}
}
