package spelling

import "testing"

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"vlm": "vllm", "vllmm": "vllm", "VLLM": "vllm", "vlml": "vllm", "triton": "triton", "trit0n": "triton",
		"ollama": "", "": "", "x": "",
	} {
		if got := Nearest(word, []string{"custom", "llamacpp", "triton", "vllm"}); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestDistanceIsThatOfTypingErrors(t *testing.T) {
	for pair, want := range map[[2]string]int{
		{"a", "a"}: 0, {"ab", "ba"}: 1, {"abc", "ab"}: 1, {"abc", "abd"}: 1, {"kitten", "sitting"}: 3,
	} {
		if got := Distance(pair[0], pair[1], 5); got != want {
			t.Errorf("%v: got %d, want %d", pair, got, want)
		}
	}
	if got := Distance("short", "much longer than that", 3); got != 4 {
		t.Errorf("words of other lengths: got %d, want one more than what was asked for", got)
	}
}
