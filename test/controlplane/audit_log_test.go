package controlplane

import (
	"strings"
	"testing"
	"time"
)

func TestReadRequests(t *testing.T) {
	line := func(id, second, verb string) string {
		return `{"auditID":"` + id + `","requestReceivedTimestamp":"2026-01-01T00:00:` + second + `.000000Z","verb":"` + verb + `"}` + "\n"
	}
	log := line("1", "01", "get") + line("2", "02", "watch") + line("3", "03", "list") + line("2", "02", "watch") + `{"auditID":"4","verb":"half`
	requests, err := readRequests(strings.NewReader(log), time.Date(2026, 1, 1, 0, 0, 2, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var verbs []string
	for _, r := range requests {
		verbs = append(verbs, r.Verb)
	}
	if got := strings.Join(verbs, " "); got != "watch list" {
		t.Errorf("got %q, want %q", got, "watch list")
	}
}
