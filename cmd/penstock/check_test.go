package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inRepository changes to a repository of the reference tree, with a policy of its own in prod. It is committed on main; the
// branch change is checked out, and nothing is changed yet.
func inRepository(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for name, value := range map[string]string{"HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": filepath.Join(home, ".gitconfig")} {
		t.Setenv(name, value)
	}
	for _, name := range []string{"GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"} {
		t.Setenv(name, "")
	}
	put(t, filepath.Join(home, ".gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.com\n[advice]\n\tdetachedHead = false\n[protocol \"file\"]\n\tallow = always\n")
	inReference(t)
	replace(t, "environments/prod/environment.yaml", "  policies:\n", "  policies:\n  - name: few\n")
	put(t, "policies/few.yaml", fewPolicy)
	git(t, "init", "--quiet", "--initial-branch=main")
	commitAll(t, "Begin")
	git(t, "switch", "--quiet", "-c", "change")
}

const fewPolicy = `apiVersion: penstock.dev/v1alpha1
kind: Policy
metadata:
  name: few
spec:
  description: Few replicas. Nobody needs more.
  params:
    most: 5
  validations:
  - expression: "!has(descriptor.spec) || !has(descriptor.spec.scaling) || descriptor.spec.scaling.min <= params.most"
    message: too many replicas
`

func commitAll(t *testing.T, message string) {
	t.Helper()
	git(t, "add", "--all")
	git(t, "commit", "--quiet", "--allow-empty", "-m", message)
}

// wantCheck runs a command line and looks for parts of what it prints.
func wantCheck(t *testing.T, code int, args string, parts ...string) string {
	t.Helper()
	got, stdout, stderr := penstock(t, strings.Fields(args)...)
	if got != code {
		t.Errorf("%s: exit code %d, want %d", args, got, code)
	}
	for _, part := range parts {
		if !strings.Contains(stdout+stderr, part) {
			t.Errorf("%s: no %q", args, part)
		}
	}
	if t.Failed() {
		t.Logf("%s\n%s%s", args, stdout, stderr)
	}
	return stdout
}

func TestCheckExitsWithWhatItFound(t *testing.T) {
	inRepository(t)
	wantCheck(t, exitOK, "check", "admitted: 0 units change, 8 do not\n")
	replace(t, placement, "min: 3", "min: 4")
	wantCheck(t, exitOK, "check", "prod/llama-3-8b: Admitted\n", "admitted: 1 unit changes, 7 do not\n")
	replace(t, placement, "min: 4", "min: 9")
	wantCheck(t, exitInvalid, "check", "error: few: too many replicas (environments/prod/llama-3-8b/placement.yaml:12)", "held: 1 unit changes")
	replace(t, placement, "min: 9", "mim: 4")
	wantCheck(t, exitInvalid, "check", "prod/llama-3-8b: Invalid\n", "there is no such field")
	replace(t, placement, "mim: 4", "min: 3")
	put(t, "policies/bad.yaml", strings.NewReplacer("name: few", "name: bad", "params.most", "params.moist").Replace(fewPolicy))
	wantCheck(t, exitInvalid, "check", "(policies/bad.yaml:10:", "1 problem with the repository\n")
}

func TestCheckLooksAtWhatIsNotCommittedUnlessTold(t *testing.T) {
	inRepository(t)
	replace(t, placement, "min: 3", "min: 4")
	commitAll(t, "Scale")
	replace(t, placement, "min: 4", "min: 9")
	put(t, "environments/prod/bge-large-en/extra.yaml", "a: b\n") // which nobody reads
	wantCheck(t, exitInvalid, "check", " Scale and 2 files that are not committed against ", "+   spec.replicas: 9", "too many replicas")
	wantCheck(t, exitOK, "check --committed", " Scale against ", "+   spec.replicas: 4")
	if err := os.RemoveAll("environments/prod/bge-large-en"); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, exitInvalid, "check", "prod/bge-large-en: ", "change: removal of rel-")
}

func TestCheckComparesWithTheBase(t *testing.T) {
	inRepository(t)
	replace(t, placement, "min: 3", "min: 4")
	commitAll(t, "Scale")
	git(t, "switch", "--quiet", "main")
	replace(t, "environments/prod/bge-large-en/placement.yaml", "min: 2", "min: 5")
	replace(t, "policies/few.yaml", "most: 5", "most: 3")
	commitAll(t, "Be strict")
	git(t, "switch", "--quiet", "change")
	wantCheck(t, exitInvalid, "check", " against "+git(t, "rev-parse", "main")[:12]+" Be strict\n", "too many replicas", "held: 1 unit changes, 7 do not; 1 held\n")
	wantCheck(t, exitOK, "check --base main~1", "admitted: 1 unit changes")
	git(t, "switch", "--quiet", "--detach")
	wantCheck(t, exitInvalid, "check", "too many replicas")
	t.Setenv("GITHUB_BASE_REF", "main")
	wantCheck(t, exitFailed, "check", `GITHUB_BASE_REF is "main", and the clone has no origin/main`, "fetch-depth: 0")
}

// What was there before the first commit is nothing; on main without a change it is the last step.
func TestCheckOnMain(t *testing.T) {
	inRepository(t)
	git(t, "switch", "--quiet", "main")
	wantCheck(t, exitOK, "check", " Begin against nothing\n", "prod/llama-3-8b: Admitted\n  change: new rel-", "8 units change, 0 do not\n")
	replace(t, placement, "min: 3", "min: 4")
	wantCheck(t, exitOK, "check", "1 file that is not committed against", "1 unit changes, 7 do not\n")
	commitAll(t, "Scale")
	wantCheck(t, exitOK, "check", " Scale against ", "1 unit changes, 7 do not\n")
}

func TestCheckInAShallowClone(t *testing.T) {
	inRepository(t)
	replace(t, placement, "min: 3", "min: 4")
	commitAll(t, "Scale")
	replace(t, placement, "min: 4", "min: 5")
	commitAll(t, "Scale more")
	origin, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	git(t, "clone", "--quiet", "--depth=1", "--no-single-branch", "file://"+origin, ".")
	wantCheck(t, exitFailed, "check --base origin/main", "the clone is shallow and does not have it", "fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 for GitLab, git fetch --unshallow elsewhere")
	git(t, "fetch", "--quiet", "--unshallow")
	wantCheck(t, exitOK, "check --base origin/main", "1 unit changes, 7 do not\n")
}

func TestCheckNeedsARepositoryWithEnvironments(t *testing.T) {
	inRepository(t)
	wantCheck(t, exitFailed, "check --path models", "there are no environments in models, neither before nor after the change; run this in a clone of the repository, or give --path")
	wantCheck(t, exitFailed, "check production", `there is no environment "production"`)
	wantCheck(t, exitFailed, "check --base release", `finding "release": `)
	wantCheck(t, exitFailed, "check --kubeconfig missing", "finding the cluster: ")
	t.Chdir("environments")
	wantCheck(t, exitFailed, "check", "this is environments of the repository; run it at its top")
	t.Chdir(t.TempDir())
	wantCheck(t, exitFailed, "check", "error: ")
}

func TestCheckWritesSeveralReports(t *testing.T) {
	inRepository(t)
	replace(t, placement, "min: 3", "min: 9")
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	stdout := wantCheck(t, exitInvalid, "check -o text -o markdown="+at("a.md")+" -o json="+at("a.json")+" -o sarif="+at("a.sarif")+" -o junit="+at("a.xml"), "held: 1 unit changes")
	if !strings.HasPrefix(stdout, git(t, "rev-parse", "HEAD")[:12]) {
		t.Error("standard output is not the text alone")
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(at(name))
		if err != nil || len(data) == 0 {
			t.Fatal(err, name)
		}
		return data
	}
	var anything any
	for name, err := range map[string]error{
		"json": json.Unmarshal(read("a.json"), &anything), "sarif": json.Unmarshal(read("a.sarif"), &anything),
		"junit": xml.Unmarshal(read("a.xml"), new(struct{ XMLName xml.Name })),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.HasPrefix(string(read("a.md")), "<!-- penstock check -->") {
		t.Error("the comment has no marker")
	}
	// Where nothing was printed, the answer is.
	if code, stdout, stderr := penstock(t, "check", "-o", "json="+at("b.json")); code != exitInvalid || stdout != "" || stderr != "error: held: 1 unit changes, 7 do not; 1 held\n" {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}
	wantCheck(t, exitFailed, "check -o yaml", "--output yaml: expected text, markdown, json, sarif or junit, each perhaps with =FILE")
	wantCheck(t, exitFailed, "check -o text=", "--output text=: expected a file behind =")
	wantCheck(t, exitFailed, "check -o json="+at("no/such/dir/a.json"), "writing the report: ", "no such file or directory")
}

func TestCheckSelects(t *testing.T) {
	inRepository(t)
	replace(t, placement, "min: 3", "min: 9")
	wantCheck(t, exitOK, "check dev staging", "admitted: 0 units change, 5 do not\n")
	wantCheck(t, exitInvalid, "check prod/llama-3-8b", "held: 1 unit changes, 0 do not; 1 held\n")
	wantCheck(t, exitInvalid, "check --all", "change: none rel-", "held: 1 unit changes, 7 do not; 1 held\n")
}
