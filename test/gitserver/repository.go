package gitserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// DefaultBranch is the branch of a Change that names none.
const DefaultBranch = "main"

// repoName is the repository's directory and the last part of its URLs.
const repoName = "repo.git"

// Repository is a bare repository on disk, and the fronts that serve it.
type Repository struct {
	root string // holds repo.git and home
	git  string // the git binary

	mu     sync.Mutex
	fronts []*Front
}

// New makes an empty bare repository below dir.
func New(dir string) (*Repository, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("serving a repository needs git: %w", err)
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Repository{root: root, git: git}
	if err := os.MkdirAll(r.home(), 0o700); err != nil {
		return nil, err
	}
	if _, err := r.run(root, nil, "init", "--quiet", "--bare", "--initial-branch="+DefaultBranch, repoName); err != nil {
		return nil, err
	}
	_, err = r.Git(nil, "config", "http.receivepack", "true")
	return r, err
}

// Dir returns the bare repository's directory.
func (r *Repository) Dir() string { return filepath.Join(r.root, repoName) }

func (r *Repository) home() string { return filepath.Join(r.root, "home") }

// Git runs the real git in the repository and returns what it prints, without
// the newline at its end.
func (r *Repository) Git(stdin io.Reader, args ...string) (string, error) {
	return r.run(r.Dir(), stdin, args...)
}

func (r *Repository) run(dir string, stdin io.Reader, args ...string) (string, error) {
	var out, complaint bytes.Buffer
	cmd := exec.Command(r.git, args...)
	cmd.Dir, cmd.Env = dir, r.env()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

// env is an environment in which git knows nothing of this machine.
func (r *Repository) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + r.home(),
		"XDG_CONFIG_HOME=" + r.home(),
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0",
		"LC_ALL=C",
		"TZ=UTC",
		"GIT_AUTHOR_NAME=" + DefaultAuthor.Name, "GIT_AUTHOR_EMAIL=" + DefaultAuthor.Email,
		"GIT_COMMITTER_NAME=" + DefaultAuthor.Name, "GIT_COMMITTER_EMAIL=" + DefaultAuthor.Email,
	}
}

// Hook has git run a shell script at a point, such as pre-receive or update. An
// empty script removes it.
func (r *Repository) Hook(name, script string) error {
	file := filepath.Join(r.Dir(), "hooks", name)
	if script == "" {
		return os.Remove(file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o700)
}

// add takes charge of a front.
func (r *Repository) add(f *Front) *Front {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fronts = append(r.fronts, f)
	return f
}

// Close closes every front. The repository stays on disk.
func (r *Repository) Close() error {
	r.mu.Lock()
	fronts := r.fronts
	r.fronts = nil
	r.mu.Unlock()
	var errs []error
	for _, f := range fronts {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
