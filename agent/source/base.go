package source

import (
	"context"
	"fmt"
	"strings"
)

// DefaultBase returns the revision that the work at hand is to be compared
// with: what a change would be merged into, or, where there is nothing to be
// merged, what was there before.
//
// The target is what CI says (GITHUB_BASE_REF; CI_MERGE_REQUEST_TARGET_BRANCH_SHA,
// CI_MERGE_REQUEST_TARGET_BRANCH_NAME or CI_MERGE_REQUEST_DIFF_BASE_SHA of
// GitLab; CHANGE_TARGET of Jenkins), or else the first that exists of
// origin/HEAD, origin/main, origin/master, main and master. If CI says what the
// clone does not have, that is an error, not a reason to look elsewhere.
//
//   - If HEAD has commits that the target lacks, the target is the base.
//   - Otherwise nothing is left to be merged. If files below paths differ from
//     HEAD, they are the change, and the base is HEAD. No paths are all files.
//   - Otherwise, on a branch of another name than the target, the target is the
//     base, and there is no change.
//   - Otherwise, on the target branch or with a detached HEAD, as CI has after
//     a merge, the last step is the change, and the base is HEAD^1. If HEAD is
//     the first commit, it is empty: nothing was there before.
//
// Branches are returned by their full names, such as refs/remotes/origin/main,
// so that no tag can be mistaken for them. environment looks a variable up, as
// os.Getenv does.
func (c *Clone) DefaultBase(environment func(string) string, paths ...string) (string, error) {
	target, err := c.target(environment)
	if err != nil {
		return "", err
	}
	there, err := c.resolve(target)
	if err != nil {
		return "", fmt.Errorf("finding %q: %w", target, err)
	}
	here, err := c.head()
	if err != nil {
		return "", err
	}
	merged, err := c.objects.contains(context.Background(), there, here)
	if err != nil {
		return "", err
	}
	if !merged {
		return target, nil
	}
	dirty, err := c.dirty(paths)
	if err != nil {
		return "", err
	}
	if dirty {
		return "HEAD", nil
	}
	if branch := c.branch(); branch != "" && !isBranch(target, branch) {
		return target, nil
	}
	n, err := c.objects.node(here)
	if err != nil || len(n.parents) == 0 {
		return "", err
	}
	if _, err := c.parent(here, 1); err != nil {
		return "", fmt.Errorf("finding HEAD^1: %w", err)
	}
	return "HEAD^1", nil
}

// isBranch reports whether a ref is a branch of this name, here or at origin.
func isBranch(ref, name string) bool {
	return ref == "refs/heads/"+name || ref == "refs/remotes/origin/"+name
}

// dirty reports whether files are on disk as HEAD does not have them.
func (c *Clone) dirty(paths []string) (bool, error) {
	if c.at.root == "" {
		return false, nil
	}
	w, err := c.WorkTree()
	if err != nil {
		return false, err
	}
	defer w.Close()
	files, err := w.Dirty(paths...)
	return len(files) > 0, err
}

// target returns what a change would be merged into.
func (c *Clone) target(environment func(string) string) (string, error) {
	if sha := environment("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"); sha != "" {
		return sha, nil
	}
	for _, name := range []string{"GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"} {
		branch := environment(name)
		if branch == "" {
			continue
		}
		if _, ok := c.ref("refs/remotes/origin/" + branch); ok {
			return "refs/remotes/origin/" + branch, nil
		}
		sha := environment("CI_MERGE_REQUEST_DIFF_BASE_SHA")
		if sha != "" && name == "CI_MERGE_REQUEST_TARGET_BRANCH_NAME" {
			return sha, nil
		}
		return "", unknown(fmt.Sprintf("%s is %q, and the clone has no origin/%[2]s", name, branch),
			fmt.Sprintf("fetch it: fetch-depth: 0 for actions/checkout, elsewhere git fetch origin %[1]s:refs/remotes/origin/%[1]s", branch))
	}
	return c.usual()
}

// usual returns the main branch as it is commonly named.
func (c *Clone) usual() (string, error) {
	if ref := c.originHead(); ref != "" {
		return ref, nil
	}
	names := []string{"refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"}
	for _, name := range names {
		if _, ok := c.ref(name); ok {
			return name, nil
		}
	}
	if _, err := c.head(); err != nil {
		return "", err
	}
	return "", unknown("nothing says what a change would be merged into: there is neither refs/remotes/origin/HEAD nor any of "+strings.Join(names, ", "),
		"name the revision to compare with, or run git remote set-head origin --auto")
}

// originHead returns the branch that the remote has checked out.
func (c *Clone) originHead() string {
	c.objects.mu.Lock()
	ref, err := c.all[0].Reference("refs/remotes/origin/HEAD")
	c.objects.mu.Unlock()
	if err != nil || !strings.HasPrefix(ref.Target().String(), "refs/remotes/origin/") {
		return ""
	}
	if _, ok := c.ref(ref.Target().String()); !ok {
		return ""
	}
	return ref.Target().String()
}
