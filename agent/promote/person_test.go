package promote_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// person is somebody with a clone of a repository on a real server, in which they are at work.
type person struct {
	*repository
	dir, home string
	said      bytes.Buffer // by git and its hooks
	clone     *promote.Clone
}

func newPerson(t *testing.T) *person {
	t.Helper()
	p := &person{repository: &repository{TestRepository: gitserver.ForTest(t), TB: t}, dir: t.TempDir(), home: t.TempDir()}
	p.commit(gitserver.Change{Message: "Serve llama", Files: llama(t)})
	for name, value := range map[string]string{"HOME": p.home, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": filepath.Join(p.home, ".gitconfig"), "GIT_TERMINAL_PROMPT": "0"} {
		t.Setenv(name, value)
	}
	p.put(filepath.Join(p.home, ".gitconfig"), "[user]\n\tname = Grace\n\temail = grace@example.com\n[push]\n\tfollowTags = true\n")
	p.in("clone", "--quiet", p.HTTP(gitserver.HTTP{}).URL, ".")
	p.open()
	return p
}

func (p *person) open() {
	p.Helper()
	var err error
	if p.clone, err = promote.OpenClone(p.dir, &p.said); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(p.clone.Close)
}

// in runs git in the clone.
func (p *person) in(args ...string) string {
	p.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimRight(string(out), "\n")
}

func (p *person) put(name, text string) {
	p.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(p.dir, name)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		p.Fatal(err)
	}
}

// work is everything of a person's that a promotion must not touch.
func (p *person) work() string {
	p.Helper()
	index, err := os.ReadFile(filepath.Join(p.dir, ".git/index"))
	if err != nil {
		p.Fatal(err)
	}
	fetched, _ := os.ReadFile(filepath.Join(p.dir, ".git/FETCH_HEAD"))
	return strings.Join([]string{
		p.in("--no-optional-locks", "status", "--porcelain=v2"), p.in("symbolic-ref", "HEAD"), p.in("for-each-ref", "refs/heads", "refs/tags", "refs/stash"), string(index), string(fetched),
	}, "\n")
}

// plan is the promotion of llama to prod, as the remote has it.
func (p *person) plan() (*promote.Plan, *source.Snapshot) {
	p.Helper()
	at, err := p.clone.Source().Resolve("refs/remotes/origin/main")
	if err != nil {
		p.Fatal(err)
	}
	plan, err := promote.New(renderer, at, layout, promote.Request{Model: "llama", To: "prod"})
	if err != nil {
		p.Fatal(err)
	}
	return plan, at
}

// make makes the commit.
func (p *person) make() string {
	p.Helper()
	plan, at := p.plan()
	id, err := p.clone.Commit(p.Context(), at, plan.Files(), "Promote\n\nBecause.\n")
	if err != nil {
		p.Fatal(err)
	}
	return id
}
