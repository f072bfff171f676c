package fit

// bytesOfWeight is how many bytes a parameter takes. The 4-bit formats also store scales: int4 a 16-bit scale
// and zero point for each group of 128 (AWQ and GPTQ as usually published), mxfp4 an 8-bit scale for each 32
// (OCP microscaling formats, v1.0).
var bytesOfWeight = map[string]float64{
	"fp32": 4, "bf16": 2, "fp16": 2, "fp8": 1, "int8": 1, "int4": 0.5 + 4.0/128, "mxfp4": 0.5 + 1.0/32,
}

// bytesOfGGUF is the same for the formats of llama.cpp that people mean by int4 and int8: Q4_K_M, with 4.8944 bits
// a weight, and Q8_0, with 8.5008. Its quantizer converts the embeddings too. Both figures are those of
// Llama-3.1-8B in the README of its quantize tool; they differ a little from model to model.
var bytesOfGGUF = map[string]float64{"int4": 4.8944 / 8, "int8": 8.5008 / 8}

// unestimated are the formats of compiled graphs: what a server of them allocates follows from the graph, its
// batch sizes and its number of instances, of which nothing is known here.
var unestimated = []string{"onnx", "savedmodel", "tensorrt"}

// quantized reports whether checkpoints of the precision leave their embeddings in 16 bit.
func quantized(precision string) bool { return bytesOfWeight[precision] < 2 }

// bytesOfCache is how many bytes a number in the KV cache takes.
var bytesOfCache = map[string]int64{"": 2, "auto": 2, "bf16": 2, "fp16": 2, "fp32": 4, "fp8": 1}
