package gitserver_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/test/gitserver"
)

// pushed has the machine's own git push to a branch, and says how it went.
func pushed(t *testing.T, repo *gitserver.TestRepository, front *gitserver.Front, branch, token string) (string, error) {
	t.Helper()
	dir := repo.SecretDir(front)
	args := []string{"push", front.URL, "refs/heads/main:refs/heads/" + branch}
	if token != "" {
		args = append([]string{"-c", "http.extraHeader=Authorization: Bearer " + token}, args...)
	}
	cmd := exec.Command("git", args...)
	cmd.Dir = repo.Dir()
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir,
		"GIT_SSH_COMMAND=ssh -F none -o IdentitiesOnly=yes -o UserKnownHostsFile="+dir+"/known_hosts -i "+dir+"/identity")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Each way to refuse or lose a push is one that git meets too.
func TestPushesByGit(t *testing.T) {
	pack := "git-receive-pack"
	for name, tt := range map[string]struct {
		http  gitserver.HTTP
		ssh   *gitserver.SSH
		token string
		fault gitserver.Fault
		hook  string
		says  string // empty if git is content
		done  bool
	}{
		"http":            {done: true},
		"ssh":             {ssh: &gitserver.SSH{}, done: true},
		"http read-only":  {http: gitserver.HTTP{ReadOnly: true}, says: "403"},
		"ssh read-only":   {ssh: &gitserver.SSH{ReadOnly: true}, says: "marked as read only"},
		"http token":      {http: gitserver.HTTP{PushToken: "t0ken"}, token: "t0ken", done: true},
		"http no token":   {http: gitserver.HTTP{PushToken: "t0ken"}, says: "could not read Username"},
		"http hook":       {hook: "echo not so >&2; exit 1", says: "not so"},
		"ssh hook":        {ssh: &gitserver.SSH{}, hook: "echo not so >&2; exit 1", says: "not so"},
		"http swallowed":  {fault: gitserver.Fault{Kind: gitserver.Swallow, Service: pack}, says: "the remote end hung up", done: true},
		"ssh swallowed":   {ssh: &gitserver.SSH{}, fault: gitserver.Fault{Kind: gitserver.Swallow, Service: pack}, says: "the remote end hung up", done: true},
		"http cut":        {fault: gitserver.Fault{Kind: gitserver.CutRequest, Service: pack, Bytes: 100}, says: "the remote end hung up"},
		"ssh cut":         {ssh: &gitserver.SSH{}, fault: gitserver.Fault{Kind: gitserver.CutRequest, Service: pack, Bytes: 100}, says: "the remote end hung up"},
		"ssh answer lost": {ssh: &gitserver.SSH{}, fault: gitserver.Fault{Kind: gitserver.Truncate, Service: pack, Bytes: 4}, says: "Could not read from remote"},
	} {
		t.Run(name, func(t *testing.T) {
			repo := gitserver.ForTest(t)
			repo.Write("Begin", map[string]string{"a": "1"})
			var front *gitserver.Front
			if tt.ssh == nil {
				front = repo.HTTP(tt.http)
			} else if _, err := exec.LookPath("ssh"); err != nil {
				t.Skip("no ssh")
			} else {
				front = repo.SSH(*tt.ssh)
			}
			if tt.hook != "" {
				repo.Hook("pre-receive", tt.hook)
			}
			front.Inject(tt.fault)
			out, err := pushed(t, repo, front, "pushed", tt.token)
			if (err == nil) != (tt.says == "") || !strings.Contains(out, tt.says) {
				t.Errorf("git says %v: %s", err, out)
			}
			if _, err := repo.Head("pushed"); (err == nil) != tt.done {
				t.Errorf("the branch is there: %v", err == nil)
			}
			if n := front.Pushes(); tt.done && n == 0 { // git tries twice over a connection that was used before
				t.Errorf("counted %d pushes", n)
			}
		})
	}
}

// A hook is installed, runs, and is removed again.
func TestHooks(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", map[string]string{"a": "1"})
	front := repo.HTTP(gitserver.HTTP{})
	seen := filepath.Join(t.TempDir(), "seen")
	repo.Hook("post-receive", "cat > "+seen)
	if out, err := pushed(t, repo, front, "one", ""); err != nil {
		t.Fatal(out)
	}
	if text, err := os.ReadFile(seen); err != nil || !strings.Contains(string(text), "refs/heads/one") {
		t.Errorf("the hook saw %q, %v", text, err)
	}
	repo.Hook("post-receive", "")
	if err := os.Remove(seen); err != nil {
		t.Fatal(err)
	}
	if out, err := pushed(t, repo, front, "two", ""); err != nil {
		t.Fatal(out)
	}
	if _, err := os.Stat(seen); err == nil {
		t.Error("the hook ran after it was removed")
	}
}
