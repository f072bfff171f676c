package source_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
)

// clock dates commits, each later than the one before. Files on disk are dated
// by the machine.
var clock atomic.Int64

func init() { clock.Store(1_700_000_000) }

// checkout is a clone with a work tree, made and changed by the real git.
type checkout struct {
	t   testing.TB
	dir string
}

// newCheckout makes an empty repository. Neither git nor we see any
// configuration but its own.
func newCheckout(t testing.TB) checkout {
	t.Helper()
	isolate(t)
	c := checkout{t, t.TempDir()}
	c.git("init", "--quiet", "--initial-branch=main", ".")
	return c
}

func isolate(t testing.TB) {
	home := t.TempDir()
	if t, ok := t.(interface{ Setenv(key, value string) }); ok {
		t.Setenv("HOME", home)
		t.Setenv("XDG_CONFIG_HOME", home)
		t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
		t.Setenv("GIT_CONFIG_GLOBAL", "")
	}
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[user]\n\tname = Ada\n\temail = ada@example.com\n[advice]\n\tdetachedHead = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// in is the same in another directory.
func (c checkout) in(dir string) checkout { return checkout{c.t, dir} }

// git runs git and returns what it prints.
func (c checkout) git(args ...string) string {
	c.t.Helper()
	return c.gitWith("", args...)
}

func (c checkout) gitWith(stdin string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = c.dir, strings.NewReader(stdin)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "XDG_CONFIG_HOME=" + os.Getenv("HOME"),
		"GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C", "TZ=UTC", "GIT_EDITOR=true",
		fmt.Sprintf("GIT_COMMITTER_DATE=%d +0000", clock.Add(1))}
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		c.t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, complaint.String())
	}
	return strings.TrimRight(out.String(), "\n")
}

// write writes files; one without contents is deleted.
func (c checkout) write(files map[string]string) {
	c.t.Helper()
	for name, text := range files {
		path := filepath.Join(c.dir, name)
		if text == "" {
			remove(c.t, path)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
}

// commit commits everything and returns the id.
func (c checkout) commit(message string, files map[string]string) string {
	c.t.Helper()
	c.write(files)
	c.git("add", "--all")
	c.git("commit", "--quiet", "--allow-empty", "-m", message)
	return c.head()
}

func (c checkout) head() string {
	c.t.Helper()
	return c.git("rev-parse", "HEAD")
}

// open opens it as a clone.
func (c checkout) open() *source.Clone {
	c.t.Helper()
	clone, err := source.OpenClone(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { clone.Close() })
	return clone
}

// subjects returns the first lines of messages.
func subjects(commits []source.Commit) string {
	var all []string
	for _, c := range commits {
		all = append(all, c.Subject())
	}
	return strings.Join(all, " ")
}

// touching wants the commits with these subjects between two.
func (c checkout) touching(from, to, want string, names ...string) {
	c.t.Helper()
	commits, err := c.open().History().Touching(c.t.Context(), from, to, names)
	if err != nil {
		c.t.Fatal(err)
	}
	if got := subjects(commits); got != want {
		c.t.Errorf("%s..%s touched %q in %q, want %q", from, to, names, got, want)
	}
}

// step wants the newest commit of the first parents with this subject, or none.
func (c checkout) step(from, to, want string, names ...string) {
	c.t.Helper()
	commit, ok, err := c.open().History().FirstParentTouching(c.t.Context(), from, to, names)
	if err != nil {
		c.t.Fatal(err)
	}
	if got := commit.Subject(); got != want || ok != (want != "") {
		c.t.Errorf("%s..%s: the last step for %q is %q, %v; want %q", from, to, names, got, ok, want)
	}
}

func one(name, text string) map[string]string { return map[string]string{name: text} }

func manyFiles(n int) map[string]string {
	all := map[string]string{}
	for i := range n {
		all[fmt.Sprintf("environments/env%d/model%d/release.yaml", i%10, i/10)] = fmt.Sprintf("replicas: %d\n", i)
	}
	return all
}
