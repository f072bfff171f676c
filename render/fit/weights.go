package fit

import "fmt"

// usualVocabulary is taken for the size of a vocabulary that is not known: that of Qwen2.5, which is larger
// than most.
const usualVocabulary = 152064

// weights is the size of all weights, and how it was found. 0 means that it is not known.
func weights(m Model) (int64, string) {
	if m.WeightBytes > 0 {
		return m.WeightBytes, "the size as it is given"
	}
	width, known := bytesOfWeight[m.Precision]
	if !known || m.Parameters <= 0 {
		return 0, ""
	}
	if gguf, is := bytesOfGGUF[m.Precision]; is && m.Format == "gguf" {
		return scaled(m.Parameters, gguf), fmt.Sprintf("%s parameters × %.4g bytes (%s in GGUF)", count(m.Parameters), gguf, m.Precision)
	}
	if !quantized(m.Precision) || m.Architecture == nil {
		return scaled(m.Parameters, width), fmt.Sprintf("%s parameters × %g bytes (%s)", count(m.Parameters), width, m.Precision)
	}
	table, note := embedding(m.Architecture)
	embeddings := min(times(table, tables(m.Architecture)), m.Parameters)
	how := fmt.Sprintf("(%s − %s) parameters × %.4g bytes (%s) + %s of the embeddings × 2 bytes%s",
		count(m.Parameters), count(embeddings), width, m.Precision, count(embeddings), note)
	return plus(scaled(m.Parameters-embeddings, width), times(embeddings, 2)), how
}

// embedding is how many parameters a table of the vocabulary has, and what was assumed to find it.
// Quantizers leave it in 16 bit: Llama-3.3-70B in fp8 takes 67.7 GiB, where 70.6e9 bytes would be 65.7.
func embedding(a *Architecture) (int64, string) {
	vocabulary, hidden, note := a.vocabulary(), int64(a.HiddenSize), ""
	if vocabulary == 0 {
		vocabulary, note = usualVocabulary, fmt.Sprintf(", for a vocabulary of %d, since it is not known", usualVocabulary)
	}
	if hidden <= 0 {
		hidden = times(int64(a.Heads), int64(a.headDim()))
	}
	return times(vocabulary, hidden), note
}

// tables is how many tables of the vocabulary a model has: input and output, unless they are tied.
func tables(a *Architecture) int64 {
	if a.TiedEmbeddings || a.kind() == Encoder {
		return 1
	}
	return 2
}

// weightsPerGPU divides the weights: tensor parallelism splits each layer, pipeline parallelism deals out
// whole layers, so the first stages may have one more. The embeddings are on the first and last stage.
func weightsPerGPU(m Model, s Setup, all int64) (int64, string) {
	a := m.Architecture
	if s.Pipeline == 1 || a == nil || a.Layers <= 0 {
		return shared(all, s.gpus()), fmt.Sprintf("%s ÷ %s", gib(all), gpus(s))
	}
	table, _ := embedding(a)
	table = min(times(table, 2), all)
	layers := shared(int64(a.Layers), int64(s.Pipeline))
	blocks := minus(all, times(table, tables(a)))
	stage := plus(times(shared(blocks, int64(a.Layers)), layers), table)
	how := fmt.Sprintf("%d of %d layers and a table of the vocabulary, ÷ tensor %d", layers, a.Layers, s.Tensor)
	return min(shared(stage, int64(s.Tensor)), all), how
}
