package gate_test

import (
	"strings"
	"testing"
	"time"
)

// Two keys of one person are one person, whatever other names one of them has.
func TestOnePersonApprovesOnce(t *testing.T) {
	old, current := key(t, 4), key(t, 5)
	changed := model(2, vllm, 2)
	content := newScene(t).write(unitFile, changed).subject().Wanted.Content
	s := newScene(t, "policies: [{name: approvals, params: {approvals: 2}}]").
		both("trust/allowed_signers", allowed("a.grace@example.com,grace@example.com", old)+allowed("grace@example.com", current)).
		write(unitFile, changed).
		write("environments/prod/llama/approvals/old.yaml", approve(t, old, "prod/llama", content, now.Add(time.Hour))).
		write("environments/prod/llama/approvals/new.yaml", approve(t, current, "prod/llama", content, now.Add(time.Hour)))
	s.commits = append(s.commits, commit(t, "ada@example.com", "Take the next revision\n", nil))
	if outcome := s.decide(); !strings.Contains(outcome.Explain(), "approved by 1 of 2 people") {
		t.Error(outcome.Explain())
	}
}
