package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/render/fit"
)

const llama = "hf://meta-llama/Llama-3.1-8B-Instruct"

// told is the value of an engine's --quantization, or "".
func told(t *testing.T, o *Objects) string {
	t.Helper()
	for _, arg := range server(t, o).Args {
		if method, is := strings.CutPrefix(strings.Replace(arg, "--quantize=", "--quantization=", 1), "--quantization="); is {
			return method
		}
	}
	return ""
}

// TestWhatFitReckonsWithIsWhatIsServed: a descriptor that says fp8, and a server that was not told to quantize, fill a
// GPU with twice as much as was reckoned.
func TestWhatFitReckonsWithIsWhatIsServed(t *testing.T) {
	for _, c := range []struct {
		engine, source, model, told string
		weights                     float64 // GiB
	}{
		{"vllm", llama, "", "", 14.96},
		{"vllm", llama, ", precision: fp16", "", 14.96},
		{"vllm", llama, ", precision: fp32", "", 29.92},
		{"vllm", llama, ", precision: fp8, quantization: fp8", "fp8", 8.46},
		{"vllm", llama, ", quantization: fp8", "fp8", 8.46},
		{"sglang", llama, ", quantization: fp8", "fp8", 8.46},
		{"tgi", llama, ", quantization: fp8", "fp8", 8.46},
		{"vllm", llama, ", quantization: bitsandbytes", "bitsandbytes", 5.41},
		{"sglang", llama, ", precision: int4, quantization: bitsandbytes", "bitsandbytes", 5.41},
		{"tgi", llama, ", quantization: bitsandbytes", "bitsandbytes", 8.46},
		{"custom", llama, ", precision: fp8", "", 8.46},
		{"vllm", llama, ", precision: int4, quantization: awq, prepare: {image: quantize}", "", 5.41},
		{"vllm", llama, ", precision: fp8, quantization: fp8, prepare: {image: quantize}", "", 8.46},
		{"vllm", llama, ", precision: int4, format: gguf, prepare: {image: quantize}, file: m.gguf", "", 4.58},
		{"vllm", "hf://Qwen/Qwen3-8B-AWQ", ", precision: int4, format: gguf, prepare: {image: quantize}, file: m.gguf", "", 4.67},
		{"custom", "hf://org/model-GGUF", ", parameters: 8B, precision: int8, format: gguf", "", 7.92},
		{"vllm", "hf://RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8", ", precision: fp8, quantization: fp8", "", 8.46},
		{"vllm", "hf://RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8", ", quantization: compressed-tensors", "", 8.46},
		{"vllm", "hf://Qwen/Qwen3-8B-AWQ", ", precision: int4, quantization: awq", "", 5.68},
		{"vllm", "hf://openai/gpt-oss-20b", ", precision: mxfp4, quantization: mxfp4", "", 13.47},
		{"vllm", "hf://org/model", ", parameters: 8B, quantization: fp8", "fp8", 7.45},
		{"vllm", "hf://org/model", ", parameters: 8B, precision: int8", "", 7.45},
		{"vllm", "hf://org/model", ", parameters: 8B, quantization: bitsandbytes", "bitsandbytes", 3.96},
	} {
		if !strings.Contains(c.model, "format") {
			c.model += ", format: safetensors"
		}
		text := descriptor(c.model, "", onGPU)
		text = strings.Replace(text, "hf://org/model", `"`+c.source+`"`, 1)
		o := rendered(t, strings.Replace(text, "engine: vllm", "engine: "+c.engine, 1))
		what := c.engine + " " + c.source + c.model
		equal(t, what+": told", told(t, o), c.told)
		equal(t, what+": weights", fmt.Sprintf("%.2f", float64(o.Fits[0].Estimate.Weights)/(1<<30)), fmt.Sprintf("%.2f", c.weights))
	}
}

// TestQuantizingWhileLoadingTakesRoomForAll: the estimate knows how large the weights are before.
func TestQuantizingWhileLoadingTakesRoomForAll(t *testing.T) {
	for model, want := range map[string]string{", quantization: fp8": "14.96", ", quantization: bitsandbytes": "0.00", ", quantization: fp8, prepare: {image: fetch}": "0.00", "": "0.00"} {
		report, err := New().Fit(rendered(t, strings.Replace(descriptor(model, ""), "hf://org/model", llama, 1)).Descriptor)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, model, fmt.Sprintf("%.2f", float64(report.Model.LoadedBytes)/(1<<30)), want)
	}
}

// TestTheCheckpointIsDownloadedWhole: one that the server makes smaller while it loads it is fetched at its own size,
// and the budget of what it becomes would end the download.
func TestTheCheckpointIsDownloadedWhole(t *testing.T) {
	budget := func(model string) int64 {
		return budgetOf(t, rendered(t, strings.Replace(descriptor(model, ""), "hf://org/model", "hf://meta-llama/Llama-3.1-405B-Instruct", 1)))
	}
	equal(t, "quantized", budget(", quantization: bitsandbytes"), budget(""))
	equal(t, "told", budget(", quantization: bitsandbytes, size: 1Gi"), 600)
}

// TestTritonTakesWhatItsModelsTake: it has no share of the memory that somebody could write. What it takes for a
// compiled graph is not known.
func TestTritonTakesWhatItsModelsTake(t *testing.T) {
	for model, want := range map[string]fit.Verdict{
		", format: onnx": fit.Unknown, ", format: onnx, size: 4Gi": fit.Unknown, ", format: onnx, size: 40Gi": fit.DoesNotFit,
		", format: pytorch, size: 1Gi, architecture: {kind: encoder, layers: 12, heads: 12}": fit.Fits,
	} {
		text := strings.Replace(descriptor(model, "", onGPU), "engine: vllm", "engine: triton", 1)
		e := rendered(t, strings.Replace(text, "hf://org/model", "s3://models/resnet", 1)).Fits[0].Estimate
		equal(t, model+": "+e.Summary(), e.Verdict, want)
	}
}

// TestFitNeedsNoEnvironmentAndNoGPU: a release is judged before anybody says where it goes.
func TestFitNeedsNoEnvironmentAndNoGPU(t *testing.T) {
	for text, want := range map[string]string{
		served("vllm", "", "", ""):                                      "false 0",
		served("llamacpp", "pvc://weights/m", "", "", onGPU):            "true 1",
		served("vllm", "", "", "", "accelerator: {product: NVIDIA-Z9}"): "false 1",
	} {
		report, err := New().Fit(rendered(t, text).Descriptor)
		if err != nil || len(report.Problems) > 0 {
			t.Fatal(err, report.Problems)
		}
		equal(t, text, fmt.Sprint(report.Setup.Layerwise, len(report.Fits)), want)
	}
	model := rendered(t, descriptor("", "")).Descriptor.DeepCopy()
	model.Spec.Release.Runtime.Engine = "vlm"
	_, err := New().Fit(model)
	equal(t, "engine", fmt.Sprint(err), `spec.release.runtime.engine: there is no runtime for "vlm"; did you mean vllm?`)
}
