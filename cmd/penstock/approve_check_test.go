package main

import (
	"strings"
	"testing"
)

// judged runs check on a unit against main.
func judged(t *testing.T) (code int, report string) {
	t.Helper()
	code, stdout, stderr := penstock(t, "check", "--base", "main", "prod/llama-3-8b")
	return code, stdout + stderr
}

func TestAnApprovalLetsInWhatPolicyHolds(t *testing.T) {
	asGrace(t)
	git(t, "switch", "--quiet", "main")
	put(t, "environments/prod/environment.yaml", "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: prod\nspec:\n  namespace: models-prod\n  policies:\n  - name: approvals\n")
	git(t, "commit", "--quiet", "-am", "Ask for approval")
	git(t, "switch", "--quiet", "change")
	git(t, "merge", "--quiet", "--no-edit", "main")
	if code, report := judged(t); code != exitInvalid || !strings.Contains(report, "approved by 0 of 1 people") {
		t.Fatalf("without approval: exit code %d\n%s", code, report)
	}
	mustApprove(t, "prod/llama-3-8b")
	if code, report := judged(t); code != exitOK {
		t.Errorf("approved: exit code %d\n%s", code, report)
	}
	replace(t, placement, "min: 4", "min: 5")
	git(t, "-c", "user.email=ada@example.com", "commit", "--quiet", "-am", "Scale further")
	code, report := judged(t)
	for _, part := range []string{"approved by 0 of 1 people", "a file that the unit reads has changed since; ask for approval again"} {
		if code != exitInvalid || !strings.Contains(report, part) {
			t.Errorf("changed since: exit code %d, no %q in\n%s", code, part, report)
		}
	}
	mustApprove(t, "prod/llama-3-8b")
	git(t, "switch", "--quiet", "main")
	git(t, "-c", "user.email=ada@example.com", "merge", "--quiet", "--squash", "change")
	git(t, "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "Squashed")
	if code, stdout, stderr := penstock(t, "check", "--base", "HEAD^", "prod/llama-3-8b"); code != exitOK {
		t.Errorf("squashed: exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestAnApprovedRemovalIsLetIn(t *testing.T) {
	asGrace(t)
	git(t, "switch", "--quiet", "main")
	put(t, "environments/prod/environment.yaml", "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: prod\nspec:\n  namespace: models-prod\n  policies:\n  - name: approvals\n")
	git(t, "commit", "--quiet", "-am", "Ask for approval")
	git(t, "switch", "--quiet", "-c", "remove")
	git(t, "rm", "-rq", "environments/prod/llama-3-8b")
	git(t, "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "Remove")
	checkAll := func() (int, string) {
		code, stdout, stderr := penstock(t, "check", "--base", "main")
		return code, stdout + stderr
	}
	if code, report := checkAll(); code != exitInvalid || !strings.Contains(report, "approved by 0 of 1 people") {
		t.Errorf("without approval: exit code %d\n%s", code, report)
	}
	mustApprove(t, "prod/llama-3-8b", "--removal", "--base", "main")
	if code, report := checkAll(); code != exitOK {
		t.Errorf("approved: exit code %d\n%s", code, report)
	}
}
