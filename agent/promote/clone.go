package promote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/source"
)

// Remote is the remote that a person's clone pushes to.
const Remote = "origin"

// Clone is the Store of a person: a clone, whose server is its remote origin. Commits are made by the user's own git, as they
// would sign them; their work tree, index and branches are left alone. Make one with OpenClone.
type Clone struct {
	// Offline has the server taken to be as it was seen last.
	Offline bool

	git   git
	dir   string
	clone *source.Clone
}

var _ Store = (*Clone)(nil)

// OpenClone opens the clone that a directory is in. What git and its hooks say goes to errOut.
func OpenClone(dir string, errOut io.Writer) (*Clone, error) {
	c := &Clone{dir: dir}
	if err := c.open(); err != nil {
		return nil, err
	}
	root := c.clone.Root()
	if root == "" {
		root = dir
	}
	c.git = git{dir: root, errOut: errOut}
	return c, nil
}

// open reads the clone anew: git may have packed what it fetched.
func (c *Clone) open() error {
	opened, err := source.OpenClone(c.dir)
	if err != nil {
		return err
	}
	c.Close()
	c.clone = opened
	return nil
}

// Close closes the files that are open.
func (c *Clone) Close() {
	if c.clone != nil {
		_ = c.clone.Close() // it was only read
	}
}

// Source is the clone as it is read. It changes with Fetch and Tip.
func (c *Clone) Source() *source.Clone { return c.clone }

// History is that of the clone.
func (c *Clone) History() *source.History { return c.clone.History() }

// URL is where the remote is; empty without one.
func (c *Clone) URL(ctx context.Context) string {
	url, err := c.git.quiet().run(ctx, nil, nil, "remote", "get-url", "--push", Remote)
	if err != nil {
		return ""
	}
	return url
}

// Fetch fetches a branch, and all of Penstock's.
func (c *Clone) Fetch(ctx context.Context, branch string) error {
	spec := func(name string) string { return "+refs/heads/" + name + ":refs/remotes/" + Remote + "/" + name }
	_, err := c.git.quiet().run(ctx, nil, nil, "fetch", "--quiet", "--no-tags", "--prune", "--no-auto-gc", "--no-write-fetch-head", "--recurse-submodules=no",
		Remote, spec(branch), spec("penstock/*"))
	if err != nil {
		return fmt.Errorf("fetching %s: %w; with --offline what was fetched before is used", branch, err)
	}
	return c.open()
}

// Tip asks the server where a branch is, and fetches it.
func (c *Clone) Tip(ctx context.Context, branch string) (string, error) {
	if c.Offline {
		all, err := c.clone.Branches(branch)
		return all[branch], err
	}
	ref := "refs/heads/" + branch
	listed, err := c.git.quiet().run(ctx, nil, nil, "ls-remote", Remote, ref)
	if err != nil {
		return "", fmt.Errorf("asking where %s is: %w", branch, err)
	}
	for line := range strings.Lines(listed) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name != ref || !commitForm.MatchString(id) {
			continue
		}
		if _, err := c.clone.At(id); err == nil {
			return id, nil
		}
		return id, c.Fetch(ctx, branch)
	}
	return "", nil
}

// At shows a commit.
func (c *Clone) At(_ context.Context, commit string) (*source.Snapshot, error) {
	return c.clone.At(commit)
}

// Commit makes a commit as the user's git would: by their name, and signed if that is what commit.gpgsign says.
func (c *Clone) Commit(ctx context.Context, parent *source.Snapshot, files map[string][]byte, message string) (string, error) {
	tree, err := c.writeTree(ctx, parent.Commit().Hash, files)
	if err != nil {
		return "", fmt.Errorf("making the commit: %w", err)
	}
	args := []string{"-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-p", parent.Commit().Hash, "-F", "-"}
	if c.git.config(ctx, "--type=bool", "commit.gpgsign") == "true" {
		args = append(args, "-S")
	}
	id, err := c.git.quiet().run(ctx, strings.NewReader(message), nil, append(args, tree)...)
	if err != nil {
		return "", fmt.Errorf("making the commit: %w", err)
	}
	return id, nil
}

// writeTree writes the tree of a commit with other contents of some files, by an index of its own.
func (c *Clone) writeTree(ctx context.Context, commit string, files map[string][]byte) (tree string, err error) {
	dir, err := os.MkdirTemp("", "penstock-index-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	index := func(stdin io.Reader, args ...string) (string, error) {
		plain := []string{"-c", "core.splitIndex=false", "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "index.sparse=false"}
		return c.git.quiet().run(ctx, stdin, []string{"GIT_INDEX_FILE=" + filepath.Join(dir, "index")}, append(plain, args...)...)
	}
	if _, err := index(nil, "read-tree", commit); err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if files[name] == nil {
			if _, err := index(nil, "update-index", "--force-remove", "--", name); err != nil {
				return "", err
			}
			continue
		}
		blob, err := index(strings.NewReader(string(files[name])), "hash-object", "-w", "--no-filters", "--stdin")
		if err != nil {
			return "", err
		}
		if _, err := index(nil, "update-index", "--add", "--cacheinfo", "100644,"+blob+","+name); err != nil {
			return "", err
		}
	}
	return index(nil, "write-tree")
}

// Push pushes with the user's credentials and hooks, from just the tip that was looked at.
func (c *Clone) Push(ctx context.Context, branch, old, commit string) error {
	return c.push(ctx, branch, old, commit)
}

// Delete deletes the branch at the server.
func (c *Clone) Delete(ctx context.Context, branch, old string) error {
	return c.push(ctx, branch, old, "")
}

func (c *Clone) push(ctx context.Context, branch, old, commit string) error {
	ref := "refs/heads/" + branch
	_, err := c.git.run(ctx, nil, nil, "push", "--quiet", "--no-follow-tags", "--recurse-submodules=no",
		"--force-with-lease="+ref+":"+old, Remote, commit+":"+ref)
	if err == nil {
		return nil
	}
	now, asked := c.Tip(ctx, branch)
	switch {
	case asked != nil:
		return &source.Error{Kind: source.PushUnknown, Doing: "push to", Branch: branch, Err: err, Problem: err.Error(), Mend: "try again"}
	case now == commit:
		return nil
	case now != old:
		return &source.Error{Kind: source.PushOvertaken, Doing: "push to", Branch: branch, Tip: now, Err: err,
			Problem: "somebody else has moved it meanwhile", Mend: "try again"}
	}
	return &source.Error{Kind: source.PushRefused, Doing: "push to", Branch: branch, Err: err, Problem: err.Error()}
}
