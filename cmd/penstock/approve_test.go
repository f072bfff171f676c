package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/policies/trust"
)

const (
	graceFile = "environments/prod/llama-3-8b/approvals/grace@example.com.yaml"
	placement = "environments/prod/llama-3-8b/placement.yaml"
	release   = "environments/prod/llama-3-8b/release.yaml"
)

// git runs git in the current directory and returns what it prints.
func git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// put writes a file, and changed replaces text in one.
func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func replace(t *testing.T, name, old, new string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q: %v", name, old, err)
	}
	put(t, name, strings.Replace(string(text), old, new, 1))
}

// pemOf is a private key as ssh-keygen writes it, with a passphrase if there is one.
func pemOf(t *testing.T, private crypto.PrivateKey, passphrase string) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(private, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// authorized is a public key as in a .pub file.
func authorized(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// grace is somebody with a key in ~/.ssh.
type grace struct {
	home    string
	private ed25519.PrivateKey
	public  ssh.PublicKey
}

// asGrace changes to a clone of the reference tree, as grace, whom its trust file lists. The tree is on main; the branch
// change, which is checked out, has another number of replicas.
func asGrace(t *testing.T) grace {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	home := t.TempDir()
	for name, value := range map[string]string{"HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": filepath.Join(home, ".gitconfig"), "SSH_AUTH_SOCK": ""} {
		t.Setenv(name, value)
	}
	for _, name := range []string{"GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"} {
		t.Setenv(name, "")
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	g := grace{home: home, private: private}
	if g.public, err = ssh.NewPublicKey(public); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(home, ".ssh", "id_ed25519"), pemOf(t, private, ""))
	put(t, filepath.Join(home, ".gitconfig"), "[user]\n\tname = Grace\n\temail = grace@example.com\n")
	inReference(t)
	put(t, "trust/allowed_signers", "grace@example.com "+authorized(g.public)+"\n")
	git(t, "init", "--quiet", "--initial-branch=main")
	git(t, "add", ".")
	git(t, "commit", "--quiet", "-m", "Begin")
	git(t, "switch", "--quiet", "-c", "change")
	replace(t, placement, "min: 3", "min: 4")
	git(t, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-am", "Scale")
	return g
}

// mustApprove approves, and returns what was printed.
func mustApprove(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := penstock(t, append([]string{"approve"}, args...)...)
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	return stdout, stderr
}

// onlyApproval is the one approval of a directory.
func onlyApproval(t *testing.T, dir string) approval.File {
	t.Helper()
	files, problems := approval.Load(os.DirFS("."), dir)
	if len(problems) > 0 || len(files) != 1 {
		t.Fatalf("%d approvals in %s, %v", len(files), dir, problems)
	}
	return files[0]
}

func TestApproveSignsWhatIsCommittedAndCommitsJustThat(t *testing.T) {
	g := asGrace(t)
	put(t, "staged", "x")
	git(t, "add", "staged")
	put(t, "environments/dev/llama-3-8b/placement.yaml", "not finished")
	stdout, stderr := mustApprove(t, "prod/llama-3-8b")
	file := onlyApproval(t, filepath.Dir(graceFile))
	for _, part := range []string{
		"unit     prod/llama-3-8b\n", "release  rel-", "image    vllm/vllm-openai:v0.11.0@sha256:", "model    hf://meta-llama/Llama-3.1-8B-Instruct at 0e9e39f2",
		"GPUs     4\n", "files    environments/base/llama-3-8b/", "content  " + file.Content + "\n", "until    " + file.Expires.Format(time.RFC3339) + "\n",
		"signing as grace@example.com, with " + ssh.FingerprintSHA256(g.public), "\ncommitted " + graceFile + "; push it\n",
	} {
		if !strings.Contains(stdout, part) {
			t.Errorf("no %q in\n%s", part, stdout)
		}
	}
	if stderr != "" {
		t.Errorf("warned of %s", stderr)
	}
	signers, _ := trust.ParseSigners("trust/allowed_signers", []byte("grace@example.com "+authorized(g.public)+"\n"))
	identity, err := approval.Verify(file, signers, "prod/llama-3-8b", file.Content, time.Now())
	if err != nil || !identity.Is("grace@example.com") {
		t.Errorf("%+v, %v", identity, err)
	}
	if left := time.Until(file.Expires); left > 7*24*time.Hour || left < 7*24*time.Hour-time.Minute {
		t.Errorf("it ends in %v", left)
	}
	want := "Approve prod/llama-3-8b\n\nIt approves " + file.Content + "\nuntil " + file.Expires.Format(time.RFC3339) + ".\n\n\nA\t" + graceFile
	if got := git(t, "log", "-1", "--format=%B", "--name-status"); got != want {
		t.Errorf("committed:\n%s\nwant:\n%s", got, want)
	}
	if got := git(t, "diff", "--cached", "--name-only"); got != "staged" {
		t.Errorf("what was staged is now %q", got)
	}
	mustApprove(t, "environments/prod/llama-3-8b/", "--expires", "1h") // again replaces
	if again := onlyApproval(t, filepath.Dir(graceFile)); again.Content != file.Content || !again.Expires.Before(file.Expires) {
		t.Errorf("the second approval is %+v", again.Statement)
	}
}

func TestTheContentIsWhatSha256sumSaysOfTheFiles(t *testing.T) {
	asGrace(t)
	_, stderr := mustApprove(t, "prod/llama-3-8b", "--dry-run")
	_, files, _ := strings.Cut(stderr, "files")
	files, _, _ = strings.Cut(files, "\n")
	out, err := exec.Command("sh", "-c", "sha256sum "+files+" | sha256sum").Output()
	if err != nil {
		t.Skip(err)
	}
	if want := "sha256:" + strings.Fields(string(out))[0]; !strings.Contains(stderr, want) {
		t.Errorf("no %s in\n%s", want, stderr)
	}
}

func TestADryRunPrintsTheTextAndNeedsNoKey(t *testing.T) {
	g := asGrace(t)
	if err := os.Remove(filepath.Join(g.home, ".ssh", "id_ed25519")); err != nil {
		t.Fatal(err)
	}
	head := git(t, "rev-parse", "HEAD")
	stdout, _ := mustApprove(t, "prod/llama-3-8b", "--dry-run", "--expires", "72h")
	if !strings.HasPrefix(stdout, "Penstock approval, version 1\nunit: prod/llama-3-8b\ncontent: sha256:") || strings.Count(stdout, "\n") != 4 {
		t.Error(stdout)
	}
	if git(t, "status", "--porcelain") != "" || git(t, "rev-parse", "HEAD") != head {
		t.Error("it did something")
	}
}

func TestWithoutACommitTheFileIsLeftToYou(t *testing.T) {
	asGrace(t)
	head := git(t, "rev-parse", "HEAD")
	stdout, _ := mustApprove(t, "prod/llama-3-8b", "--no-commit", "--as", "grace")
	const name = "environments/prod/llama-3-8b/approvals/grace.yaml"
	if !strings.HasSuffix(stdout, "wrote "+name+"; commit and push it\n") || git(t, "rev-parse", "HEAD") != head || git(t, "diff", "--cached", "--name-only") != "" {
		t.Error(stdout)
	}
	onlyApproval(t, filepath.Dir(name))
}

func TestARemovalIsApprovedBeforeAndAfterTheModelIsGone(t *testing.T) {
	asGrace(t)
	git(t, "switch", "--quiet", "main")
	mustApprove(t, "prod/llama-3-8b", "--no-commit")
	kept := onlyApproval(t, filepath.Dir(graceFile))
	mustApprove(t, "prod/llama-3-8b", "--removal", "--no-commit")
	before := onlyApproval(t, filepath.Dir(graceFile))
	if kept.Content == before.Content {
		t.Error("to approve a model is to approve its removal")
	}
	git(t, "clean", "-fdq")
	git(t, "switch", "--quiet", "-c", "remove")
	git(t, "rm", "-rq", "environments/prod/llama-3-8b")
	git(t, "commit", "--quiet", "-m", "Remove")
	stdout, _ := mustApprove(t, "prod/llama-3-8b", "--removal")
	if after := onlyApproval(t, filepath.Dir(graceFile)); after.Content != before.Content || !strings.Contains(stdout, "removal of  prod/llama-3-8b\n") {
		t.Errorf("%s, and %s while it was there:\n%s", after.Content, before.Content, stdout)
	}
	if got := git(t, "log", "-1", "--format=%s"); got != "Approve the removal of prod/llama-3-8b" {
		t.Error(got)
	}
	if code, _, stderr := penstock(t, "validate"); code != exitOK {
		t.Errorf("the tree is not valid any more: %s", stderr)
	}
}

func TestRulesAreApprovedWithWhatChangedInThem(t *testing.T) {
	asGrace(t)
	mustApprove(t, "rules", "--no-commit")
	before := onlyApproval(t, "trust/approvals")
	put(t, "policies/mine.yaml", strings.Join([]string{"apiVersion: penstock.dev/v1alpha1", "kind: Policy", "metadata:", "  name: mine", "spec:", "  validations:", "  - expression: \"true\"", ""}, "\n"))
	code, _, stderr := penstock(t, "approve", "rules")
	if want := "error: policies/mine.yaml: what is not committed cannot be approved; commit it, or put it back with git restore\n"; code != exitInvalid || stderr != want {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	git(t, "add", "policies")
	git(t, "commit", "--quiet", "-m", "Rule")
	stdout, _ := mustApprove(t, "rules")
	after := onlyApproval(t, "trust/approvals")
	if before.Content == after.Content || after.Unit != "rules" {
		t.Errorf("a new policy makes no difference: %+v", after.Statement)
	}
	if want := "changed  1 files since refs/heads/main\n         policies/mine.yaml\n"; !strings.Contains(stdout, want) {
		t.Errorf("no %q in\n%s", want, stdout)
	}
	mustApprove(t, "rules", "--expires", "1h") // the approval itself changes nothing
	if again := onlyApproval(t, "trust/approvals"); again.Content != after.Content {
		t.Error("an approval of rules changes the rules")
	}
}

func TestApproveWarnsOfAKeyThatWillNotCount(t *testing.T) {
	g := asGrace(t)
	fingerprint, line := ssh.FingerprintSHA256(g.public), authorized(g.public)
	for name, test := range map[string]struct{ signers, want string }{
		"listed":            {"grace@example.com " + line, ""},
		"by a pattern":      {"*@example.com " + line, ""},
		"as somebody else":  {"ada@example.com " + line, "warning: trust/allowed_signers does not list the key for grace@example.com; give --as ada@example.com\n"},
		"not listed":        {"", "warning: it will not count: trust/allowed_signers lists no key " + fingerprint + " (ssh-ed25519); sign with a key that is listed, or have this one added\n"},
		"for another thing": {`grace@example.com namespaces="git" ` + line, "warning: it will not count: trust/allowed_signers:1 allows the key " + fingerprint + ` for namespaces="git" and not for "approval@penstock.dev"; sign with another key, or have the line changed` + "\n"},
		"wrong":             {"grace@example.com", "warning: nobody is trusted, so that no approval counts: trust/allowed_signers:1: "},
	} {
		put(t, "trust/allowed_signers", test.signers+"\n")
		git(t, "commit", "--quiet", "-am", name, "--allow-empty")
		if _, stderr := mustApprove(t, "prod/llama-3-8b", "--no-commit"); stderr != test.want && !(strings.HasSuffix(test.want, ": ") && strings.HasPrefix(stderr, test.want)) {
			t.Errorf("%s: %s\nwant %s", name, stderr, test.want)
		}
	}
	git(t, "rm", "-q", "trust/allowed_signers")
	git(t, "commit", "--quiet", "-m", "Trust nobody")
	if _, stderr := mustApprove(t, "prod/llama-3-8b", "--no-commit"); !strings.HasPrefix(stderr, "warning: trust/allowed_signers is not there, so that no approval counts: ") {
		t.Error(stderr)
	}
}
