package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/policies/approval"
)

func TestWhatCannotBeApprovedIsRefusedAndNothingIsWritten(t *testing.T) {
	asGrace(t)
	git(t, "tag", "start")
	const dirty = ": what is not committed cannot be approved; commit it, or put it back with git restore\n"
	nothing := func() {}
	for _, test := range []struct {
		name   string
		change func()
		args   string
		code   int
		want   string
	}{
		{"an environment", nothing, "prod", exitFailed, "error: prod is not one model; approve each by itself, as in prod/llama-3-8b\n"},
		{"no environment", nothing, "production/llama-3-8b", exitFailed, `error: there is no environment "production"`},
		{"no model", nothing, "prod/llama", exitFailed, `error: there is no model "prod/llama"`},
		{"nothing", nothing, "", exitFailed, "error: accepts 1 arg(s), received 0"},
		{"too long", nothing, "prod/llama-3-8b --expires 2161h", exitFailed, "error: --expires 2161h0m0s: an approval counts for one second at least and 2160h (90 days) at most\n"},
		{"too short", nothing, "prod/llama-3-8b --expires 900ms", exitFailed, "error: --expires 900ms: an approval counts for one second at least"},
		{"ended", nothing, "prod/llama-3-8b --expires -1h", exitFailed, "error: --expires -1h0m0s: an approval counts for one second at least"},
		{"an edited release", func() { replace(t, release, "0e9e39f2", "1e9e39f2") }, "prod/llama-3-8b", exitInvalid, "error: " + release + dirty},
		{"an edited base", func() {
			replace(t, "environments/base/llama-3-8b/kustomization.yaml", "resources", "# mine\nresources")
		}, "prod/llama-3-8b", exitInvalid,
			"error: environments/base/llama-3-8b/kustomization.yaml" + dirty},
		{"staged alone", func() { replace(t, release, "0e9e39f2", "1e9e39f2"); git(t, "add", release) }, "prod/llama-3-8b --dry-run", exitInvalid, "error: " + release + dirty},
		{"a deleted file", func() { _ = os.Remove(release) }, "prod/llama-3-8b", exitInvalid, "error: " + release + dirty},
		{"a model that is not committed", func() { git(t, "mv", "environments/prod/llama-3-8b", "environments/prod/other") }, "prod/other", exitFailed, `error: there is no model "prod/other"`},
		{"a broken model", func() { replace(t, release, "contextLength", "contextLenght"); git(t, "commit", "-qam", "x") }, "prod/llama-3-8b", exitInvalid, "error: " + release + ":"},
		{"broken rules", func() { put(t, "policies/a.yaml", "kind: Policy\n"); git(t, "add", "."); git(t, "commit", "-qm", "x") }, "rules", exitInvalid, "error: policies/a.yaml:1: apiVersion: "},
		{"removed rules", nothing, "rules --removal", exitFailed, "error: rules cannot be removed; approve the change of the rules without --removal\n"},
		{"a removal of what never was", nothing, "prod/llama --removal", exitFailed, `error: finding what is removed, as of refs/heads/main: there is no model "prod/llama"`},
		{"a base that is not", func() { git(t, "rm", "-rq", "environments/prod/llama-3-8b"); git(t, "commit", "-qm", "x") }, "prod/llama-3-8b --removal --base nowhere", exitFailed, `error: finding what is removed: `},
		{"nobody", func() { git(t, "config", "--global", "--unset", "user.email") }, "prod/llama-3-8b", exitFailed,
			"error: nothing says who you are; set git config user.email, or give --as\n"},
	} {
		test.change()
		before := git(t, "status", "--porcelain")
		head := git(t, "rev-parse", "HEAD")
		code, stdout, stderr := penstock(t, append([]string{"approve"}, strings.Fields(test.args)...)...)
		if code != test.code || stdout != "" || !strings.HasPrefix(stderr, test.want) {
			t.Errorf("%s: exit code %d\n%s%s\nwant %s", test.name, code, stdout, stderr, test.want)
		}
		if after := git(t, "status", "--porcelain"); after != before || git(t, "rev-parse", "HEAD") != head {
			t.Errorf("%s: it did something:\n%s", test.name, after)
		}
		git(t, "reset", "-q", "--hard", "start")
	}
}

func TestApproveRunsAtTheTopOfAClone(t *testing.T) {
	asGrace(t)
	t.Chdir("environments")
	if code, _, stderr := penstock(t, "approve", "prod/llama-3-8b"); code != exitFailed || stderr != "error: this is environments of the repository; run it at its top\n" {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	t.Chdir("../.git")
	if code, _, stderr := penstock(t, "approve", "prod/llama-3-8b"); code != exitFailed {
		t.Errorf("in .git: exit code %d: %s", code, stderr)
	}
	t.Chdir(t.TempDir())
	if code, _, stderr := penstock(t, "approve", "prod/llama-3-8b"); code != exitFailed || !strings.HasPrefix(stderr, "error: ") {
		t.Errorf("in no clone: exit code %d: %s", code, stderr)
	}
}

func TestAHookOfTheUserCanRefuse(t *testing.T) {
	asGrace(t)
	hook := ".git/hooks/pre-commit"
	put(t, hook, "#!/bin/sh\necho not on a Friday >&2\nexit 1\n")
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := penstock(t, "approve", "prod/llama-3-8b")
	want := "not on a Friday\nerror: git commit failed (exit status 1): " + graceFile + " is written and not committed; commit it yourself\n"
	if code != exitFailed || stderr != want {
		t.Errorf("exit code %d: %s\nwant %s", code, stderr, want)
	}
}

// A branch that somebody else made may hold a symbolic link where the approval goes.
func TestNothingIsWrittenThroughALink(t *testing.T) {
	asGrace(t)
	outside := t.TempDir()
	for link, target := range map[string]string{"trust/approvals": outside, "trust/approvals/grace@example.com.yaml": filepath.Join(outside, "victim")} {
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := penstock(t, "approve", "rules"); code == exitOK {
			t.Errorf("%s: %s", link, stderr)
		}
		if err := writeBelow(".", "trust/approvals/grace@example.com.yaml", []byte("x")); err == nil {
			t.Errorf("%s: it was written through", link)
		}
		if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
			t.Errorf("%s: it wrote %v", link, entries)
		}
		if err := os.RemoveAll("trust/approvals"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsShownCannotHideAnything(t *testing.T) {
	var out strings.Builder
	what := &approved{rows: [][2]string{{"files", "models/a\x1b[8m\u202e\nGPUs  0"}}}
	if err := show(&out, what, approval.Statement{}); err != nil || !strings.HasPrefix(out.String(), "files    models/a\uFFFD[8m\uFFFD\uFFFDGPUs  0\n") {
		t.Errorf("%q, %v", out.String(), err)
	}
}
