package fit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAWrongParallelismIsRefusedWithTheMend(t *testing.T) {
	phi4 := modelNamed(t, "microsoft/phi-4").Architecture          // 40 heads, 10 KV heads
	llama := modelNamed(t, "meta-llama/Llama-3.1-8B").Architecture // 32 heads, 8 KV heads
	odd := modelNamed(t, "gpt2-xl").Architecture                   // 25 heads
	deepseek := modelNamed(t, "deepseek-ai/DeepSeek-R1").Architecture
	for name, test := range map[string]struct {
		arch  *Architecture
		setup Setup
		gpus  int64
		want  []Mismatch
	}{
		"one GPU":                         {llama, Setup{}, 1, nil},
		"a number of GPUs not yet known":  {llama, Setup{Tensor: 4}, 0, nil},
		"more GPUs than KV heads":         {llama, Setup{Tensor: 16}, 16, nil},
		"MLA has no KV heads to deal out": {deepseek, Setup{Tensor: 16, Data: 2}, 32, nil},
		"an architecture not known":       {nil, Setup{Tensor: 3}, 3, nil},
		"heads": {llama, Setup{Tensor: 3}, 3, []Mismatch{
			{"tensor", "tensor parallelism of 3 does not divide the model's 32 attention heads", "set tensor to 1, 2, 4, 8, 16 or 32"}}},
		"odd heads": {odd, Setup{Tensor: 2}, 2, []Mismatch{
			{"tensor", "tensor parallelism of 2 does not divide the model's 25 attention heads", "set tensor to 1, 5 or 25"}}},
		"KV heads": {phi4, Setup{Tensor: 4}, 4, []Mismatch{
			{"tensor", "tensor parallelism of 4 neither divides the model's 10 KV heads nor is a multiple of them", "set tensor to 1, 2, 5, 10, 20 or 40"}}},
		"layers": {llama, Setup{Pipeline: 33}, 33, []Mismatch{
			{"pipeline", "pipeline parallelism of 33 is more than the model's 32 layers", "set pipeline to at most 32"}}},
		"too few GPUs": {llama, Setup{Tensor: 4, Pipeline: 2}, 4, []Mismatch{
			{"gpus", "tensor 4 × pipeline 2 × data 1 takes 8 GPUs, and a replica has 4", "ask for 8, or set tensor to 2"}}},
		"too many GPUs": {llama, Setup{Tensor: 2}, 3, []Mismatch{
			{"gpus", "tensor 2 × pipeline 1 × data 1 takes 2 GPUs, and a replica has 3", "ask for 2, or change the parallelism"}}},
		"less than nothing": {llama, Setup{Tensor: -2, Data: -1}, -1, []Mismatch{
			{"tensor", "tensor parallelism is -2", "leave it out, or set it to 1 or more"},
			{"data", "data parallelism is -1", "leave it out, or set it to 1 or more"},
			{"gpus", "tensor 1 × pipeline 1 × data 1 takes 1 GPUs, and a replica has -1", "ask for 1, or change the parallelism"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, CheckParallelism(test.arch, test.setup, test.gpus)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAContextThatIsLongerThanTheModelsIsRefused(t *testing.T) {
	a := modelNamed(t, "BAAI/bge-large-en-v1.5").Architecture
	want := []Mismatch{{"contextLength", "a context of 8192 tokens is longer than the model's own, 512", "set contextLength to at most 512"}}
	if diff := cmp.Diff(want, CheckContext(a, Setup{ContextLength: 8192})); diff != "" {
		t.Error(diff)
	}
	for _, allowed := range [][]Mismatch{CheckContext(a, Setup{ContextLength: 512}), CheckContext(a, Setup{}), CheckContext(nil, Setup{ContextLength: 9}), CheckContext(&Architecture{}, Setup{ContextLength: 9})} {
		if allowed != nil {
			t.Error(allowed)
		}
	}
}

func TestAProductThatCannotServeTheSetupIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		gpu       string
		precision string
		setup     Setup
		want      string // the subject
	}{
		"several slices":       {"NVIDIA-A100-SXM4-80GB-MIG-3g.40gb", "bf16", Setup{Tensor: 2}, "tensor"},
		"several shared GPUs":  {"NVIDIA-L4-SHARED", "bf16", Setup{Pipeline: 2}, "tensor"},
		"bf16 on Turing":       {"Tesla-T4", "bf16", Setup{}, "precision"},
		"fp16 on Turing":       {"Tesla-T4", "fp16", Setup{}, ""},
		"one slice":            {"NVIDIA-A100-SXM4-80GB-MIG-3g.40gb", "bf16", Setup{}, ""},
		"several copies of it": {"NVIDIA-L4-SHARED", "bf16", Setup{Data: 2}, ""},
		"several GPUs":         {"NVIDIA-L4", "bf16", Setup{Tensor: 4}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, gpu := known(t, "gpt2", test.gpu)
			found := CheckProduct(Model{Precision: test.precision}, test.setup, gpu)
			if test.want == "" && len(found) > 0 || test.want != "" && (len(found) != 1 || found[0].Subject != test.want) {
				t.Errorf("%+v", found)
			}
		})
	}
}
