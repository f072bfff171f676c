package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// penstock runs a command line in the current directory.
func penstock(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = run(t.Context(), genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut}, args)
	return code, out.String(), errOut.String()
}

// inReference changes to a directory with the reference tree, as penstock init writes it.
func inReference(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if code, _, stderr := penstock(t, "init"); code != exitOK {
		t.Fatal(stderr)
	}
}

func TestInitWritesATreeThatIsValid(t *testing.T) {
	inReference(t)
	code, stdout, stderr := penstock(t, "validate")
	if code != exitOK || !strings.HasSuffix(stdout, "models are valid\n") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestInitOverwritesNothing(t *testing.T) {
	inReference(t)
	mine := filepath.Join("environments", "prod", "environment.yaml")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := penstock(t, "init")
	if code != exitFailed || !strings.Contains(stderr, "exists already; nothing was written") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if content, _ := os.ReadFile(mine); string(content) != "mine" {
		t.Error("a file was overwritten")
	}
}

func TestRenderPrintsTheSameBytesEachTime(t *testing.T) {
	inReference(t)
	_, first, stderr := penstock(t, "render", "prod")
	_, second, _ := penstock(t, "render", "prod")
	if first != second || first == "" {
		t.Errorf("two renders differ, or are empty: %s", stderr)
	}
	_, one, _ := penstock(t, "render", "prod/llama-3-8b")
	if !strings.Contains(first, one) || !strings.Contains(one, "kind: Deployment") {
		t.Error("one model is not part of its environment's objects")
	}
}

func TestValidateNamesFileLineAndFieldAndExitsWithOne(t *testing.T) {
	inReference(t)
	release := filepath.Join("environments", "dev", "llama-3-8b", "release.yaml")
	content, err := os.ReadFile(release)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(content), "contextLength", "contextLenght", 1)
	if err := os.WriteFile(release, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := penstock(t, "validate")
	for _, part := range []string{"error: environments/dev/llama-3-8b/release.yaml:", "contextLenght", "1 problem\n"} {
		if !strings.Contains(stderr, part) {
			t.Errorf("no %q in: %s", part, stderr)
		}
	}
	if code != exitInvalid {
		t.Errorf("exit code %d", code)
	}
	if code, _, stderr := penstock(t, "validate", "prod"); code != exitOK {
		t.Errorf("another environment: exit code %d: %s", code, stderr)
	}
}

func TestErrorsHaveOneForm(t *testing.T) {
	inReference(t)
	for _, test := range []struct{ args, want string }{
		{"render", "error: accepts 1 arg(s), received 0"},
		{"render production", `error: there is no environment "production"`},
		{"render prod/llama", `error: there is no model "prod/llama"`},
		{"validate --path elsewhere", "error: read the environments in elsewhere: open elsewhere: no such file or directory; run this in a clone"},
		{"frobnicate", `error: unknown command "frobnicate" for "penstock"`},
		{"render --output", "error: unknown flag: --output; see 'penstock render --help'"},
		{"agent", `error: required flag(s) "url" not set`},
		{"agent --url https://git.example.com/r.git --kubeconfig missing", "error: finding the cluster: "},
		{"agent --url https://git.example.com/r.git --log-level loud", `error: --log-level "loud": expected debug, info, warn or error`},
		{"agent --url https://git.example.com/r.git --log-format xml", `error: --log-format "xml": expected json or text`},
		{"status --kubeconfig missing", "error: finding the cluster: "},
	} {
		code, stdout, stderr := penstock(t, strings.Fields(test.args)...)
		if code == exitOK || stdout != "" || !strings.HasPrefix(stderr, test.want) {
			t.Errorf("%s: exit code %d\nstdout %s\nstderr %s", test.args, code, stdout, stderr)
		}
		if strings.Count(stderr, "error: ") != strings.Count(stderr, "\nerror: ")+1 {
			t.Errorf("%s: the error is printed twice: %s", test.args, stderr)
		}
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, command := range newRootCommand(genericiooptions.NewTestIOStreamsDiscard()).Commands() {
		if command.Short == "" || command.Example == "" || command.GroupID == "" {
			t.Errorf("%s lacks a summary, an example or a group", command.Name())
		}
	}
}

func TestVersionNamesTheBuild(t *testing.T) {
	code, stdout, _ := penstock(t, "version")
	if code != exitOK || !strings.HasPrefix(stdout, "penstock ") || !strings.Contains(stdout, "go1.") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}
