package giteaserver_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/test/giteaserver"
)

func TestMain(m *testing.M) { giteaserver.Main(m) }

// git runs the real git, which knows nothing of this machine's configuration.
func git(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.com"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestBranchesArePushedOverHTTPAsRightsAllow(t *testing.T) {
	t.Parallel()
	repo := giteaserver.ForTest(t)
	dir := t.TempDir()
	if out, err := git(t, dir, "clone", "--quiet", repo.URLFor(repo.Bot), "clone"); err != nil {
		t.Fatal(err, out)
	}
	clone := filepath.Join(dir, "clone")
	if out, err := git(t, clone, "commit", "--quiet", "--allow-empty", "-m", "Change nothing"); err != nil {
		t.Fatal(err, out)
	}
	for _, push := range []struct {
		as     giteaserver.Person
		branch string
		why    string // it fails; empty if it does not
	}{
		{repo.Bot, "penstock/promote/prod/llama", ""},
		{repo.Bot, "main", "protected branch"},
		{repo.Reader, "penstock/promote/prod/qwen", "permission denied"},
		{repo.Stranger, "penstock/promote/prod/qwen", "not found"},
		{repo.Engineer, "main", ""},
	} {
		out, err := git(t, clone, "push", repo.URLFor(push.as), "HEAD:refs/heads/"+push.branch)
		if (err != nil) != (push.why != "") || !strings.Contains(strings.ToLower(out), push.why) {
			t.Errorf("%s pushes to %s: got %v, want %q\n%s", push.as.Name, push.branch, err, push.why, out)
		}
	}
}

func TestTestsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	one, other := giteaserver.ForTest(t), giteaserver.ForTest(t)
	if one.FullName() == other.FullName() || one.Bot == other.Bot || one.Server != other.Server {
		t.Errorf("got %s of %s and %s of %s", one.FullName(), one.Bot.Name, other.FullName(), other.Bot.Name)
	}
	if _, _, err := one.As(one.Bot).GetRepo(other.Owner, other.Name); err == nil {
		t.Error("the bot of one test sees the repository of another")
	}
}

// get asks a front for Gitea's version.
func get(t *testing.T, front *giteaserver.Front) (int, error) {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(front.CA)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/api/v1/version", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestAFrontMisbehavesAloneAndAsOftenAsTold(t *testing.T) {
	t.Parallel()
	server := giteaserver.ForServer(t)
	front, other := server.Front(giteaserver.FrontOptions{TLS: true}), server.Front(giteaserver.FrontOptions{})
	front.Inject(giteaserver.Fault{Kind: giteaserver.Refuse, Path: "/version"})
	front.Inject(giteaserver.Fault{Kind: giteaserver.Lose})
	front.Inject(giteaserver.Fault{Kind: giteaserver.Answer, Status: 418})
	for i, want := range []int{0, 0, 418, 200} {
		if status, err := get(t, front); status != want || (err != nil) != (want == 0) {
			t.Errorf("request %d: got %d, %v, want %d", i, status, err, want)
		}
	}
	if status, err := get(t, other); status != 200 || err != nil {
		t.Errorf("the other front: got %d, %v", status, err)
	}
	if asked := front.Asked(); len(asked) != 4 || asked[0] != "GET /api/v1/version" {
		t.Errorf("got %v", asked)
	}
}
