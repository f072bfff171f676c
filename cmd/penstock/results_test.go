package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What an evaluation left in a volume becomes a termination message, whatever it is.
func TestResults(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a result", map[string]string{"result.json": `{"metrics": {"mmlu/acc": 0.71, "else": 1}}`}, `{"metrics":{"mmlu/acc":0.71}}`},
		{"a name of its own", map[string]string{"m/result_2026-11-01T10.json": `{"results": {"mmlu": {"acc,none": 0.71}}}`, "m/samples.jsonl": "{}"}, `{"metrics":{"mmlu/acc":0.71}}`},
		{"the one that was asked for", map[string]string{"result.json": `{"metrics": {"mmlu/acc": 0.71}}`, "other.json": `{}`}, `{"metrics":{"mmlu/acc":0.71}}`},
		{"nothing", nil, `{"problems":["the evaluation ended well and left no result; have it write JSON to the file that PENSTOCK_RESULT names"]}`},
		{"two", map[string]string{"a.json": "{}", "b.json": "{}"}, `{"problems":["the evaluation left 2 files, such as a.json and b.json; have it write one, which PENSTOCK_RESULT names"]}`},
		{"too much", map[string]string{"result.json": strings.Repeat(" ", maxResult+1)}, `{"problems":["the result is larger than 1 MiB; leave out samples and prompts, of which nothing is read"]}`},
		{"no JSON", map[string]string{"result.json": "0.71 acc"}, `{"problems":["result.json:1: the file is not JSON:`},
		{"another metric", map[string]string{"result.json": `{"metrics": {"mmlu": 0.71}}`}, `{"problems":["result.json: none of the metrics that are asked for is among the 1 that were measured, such as mmlu;`},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, to := t.TempDir(), filepath.Join(t.TempDir(), "termination-log")
			for name, text := range test.files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, stdout, stderr := penstock(t, "results", filepath.Join(dir, "result.json"), "--metric=mmlu/acc", "--to="+to)
			message, err := os.ReadFile(to)
			if code != exitOK || err != nil || !strings.HasPrefix(string(message), test.want) || stdout != string(message)+"\n" {
				t.Errorf("exit code %d: %s %s, %v", code, message, stderr, err)
			}
		})
	}
}

// A link would hand on what the evaluation itself could not read.
func TestResultsFollowsNoLink(t *testing.T) {
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(secret, []byte(`{"metrics": {"secret": 42}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "result.json")); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := penstock(t, "results", filepath.Join(dir, "result.json"), "--metric=secret", "--to="+filepath.Join(t.TempDir(), "to"))
	if code != exitOK || strings.Contains(stdout, "42") || !strings.Contains(stdout, "left no result") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	if code, _, stderr := penstock(t, "results", "x", "--to=/nowhere/at/all"); code != exitFailed || !strings.Contains(stderr, "leaving the result for the agent") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
