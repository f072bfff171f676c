package gitserver_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestMakesCommitsThatGitUnderstands(t *testing.T) {
	repo := gitserver.ForTest(t)
	first := repo.Write("Begin", map[string]string{"a.txt": "one\n", `odd "näme"`: "two\n", "dir/b.txt": "three\n"})
	second := repo.Commit(gitserver.Change{
		Message:    "Change it all",
		Author:     gitserver.Person{Name: "Grace", Email: "grace@example.com"},
		When:       time.Unix(1_700_000_000, 0),
		FS:         fstest.MapFS{"fs/c.txt": {Data: []byte("four")}},
		Executable: map[string]string{"run": "#!/bin/sh\n"},
		Links:      map[string]string{"link": "a.txt"},
		Submodules: map[string]string{"sub": first},
		Delete:     []string{"dir"},
	})
	got := git(t, repo, "ls-tree", "-r", "--format=%(objectmode) %(path)", second)
	want := "100644 a.txt\n100644 fs/c.txt\n120000 link\n100644 \"odd \\\"n\\303\\244me\\\"\"\n100755 run\n160000 sub"
	if got != want {
		t.Errorf("the tree is\n%s\nnot\n%s", got, want)
	}
	if got := git(t, repo, "log", "-1", "--format=%P %an %ae %at %s", second); got != first+" Grace grace@example.com 1700000000 Change it all" {
		t.Errorf("the commit is %q", got)
	}
	git(t, repo, "fsck", "--strict")
}

func TestForcePushes(t *testing.T) {
	repo := gitserver.ForTest(t)
	first := repo.Write("1", map[string]string{"a": "1"})
	second := repo.Write("2", map[string]string{"a": "2"})
	side := repo.Commit(gitserver.Change{Message: "side", Onto: first, Files: map[string]string{"a": "side"}})
	merge := repo.Commit(gitserver.Change{Message: "merge", Merge: []string{second}})
	if got := git(t, repo, "log", "-1", "--format=%P", merge); got != side+" "+second {
		t.Errorf("the merge's parents are %s", got)
	}
	repo.Reset("main", first)
	if head, err := repo.Head("main"); err != nil || head != first {
		t.Errorf("after the reset main is at %s, %v", head, err)
	}
}

func TestServesTheRealGit(t *testing.T) {
	repo := gitserver.ForTest(t)
	want := repo.Write("Begin", map[string]string{"a.txt": "one\n"})
	for name, options := range map[string]gitserver.HTTP{
		"plain": {},
		"tls":   {TLS: true},
		"basic": {Username: "ada", Password: "s3cret"},
		"token": {TLS: true, Token: "t0ken"},
	} {
		t.Run(name, func(t *testing.T) {
			front := repo.HTTP(options)
			if got := lsRemote(t, front, options); !strings.HasPrefix(got, want) {
				t.Errorf("git ls-remote says %q", got)
			}
			var sent int64
			for _, r := range front.Requests() {
				sent += r.Bytes
			}
			if front.Count("info/refs") == 0 || sent == 0 {
				t.Errorf("counted %+v", front.Requests())
			}
		})
	}
}

func TestServesTheRealSSH(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("no ssh")
	}
	repo := gitserver.ForTest(t)
	want := repo.Write("Begin", map[string]string{"a.txt": "one\n"})
	front := repo.SSH(gitserver.SSH{})
	dir, clone := repo.SecretDir(front), filepath.Join(t.TempDir(), "clone")
	cmd := exec.Command("git", "clone", "--quiet", "--bare", front.URL, clone)
	cmd.Env = append(os.Environ(), "GIT_SSH_COMMAND=ssh -F none -o IdentitiesOnly=yes -o UserKnownHostsFile="+dir+"/known_hosts -i "+dir+"/identity")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v: %s", err, out)
	}
	if head, err := os.ReadFile(filepath.Join(clone, "packed-refs")); err != nil || !strings.Contains(string(head), want) {
		t.Errorf("cloned %s, %v", head, err)
	}
	if got := front.Count("git-upload-pack"); got != 1 {
		t.Errorf("counted %d sessions", got)
	}
}

// Everything that a front starts has ended when Close returns.
func TestCloseJoins(t *testing.T) {
	before := runtime.NumGoroutine()
	repo, err := gitserver.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	front, err := repo.ServeHTTP(gitserver.HTTP{})
	if err != nil {
		t.Fatal(err)
	}
	front.Inject(gitserver.Fault{Kind: gitserver.Hang})
	hung := exec.Command("git", "ls-remote", front.URL)
	if err := hung.Start(); err != nil {
		t.Fatal(err)
	}
	for front.Count("info/refs") == 0 {
		runtime.Gosched()
	}
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	_ = hung.Wait()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func git(t *testing.T, repo *gitserver.TestRepository, args ...string) string {
	t.Helper()
	out, err := repo.Git(nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lsRemote asks with the machine's own git.
func lsRemote(t *testing.T, front *gitserver.Front, options gitserver.HTTP) string {
	t.Helper()
	dir := t.TempDir()
	if err := front.WriteSecret(dir); err != nil {
		t.Fatal(err)
	}
	url := front.URL
	if options.Username != "" {
		url = strings.Replace(url, "://", "://"+options.Username+":"+options.Password+"@", 1)
	}
	var args []string
	if options.Token != "" {
		args = append(args, "-c", "http.extraHeader=Authorization: Bearer "+options.Token)
	}
	cmd := exec.Command("git", append(args, "ls-remote", url, "refs/heads/main")...)
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir, "GIT_SSL_CAINFO="+dir+"/ca.crt")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git ls-remote: %v: %s", err, out)
	}
	return string(out)
}
