package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// Tree is files as a commit holds them, or would hold them if it were made now.
type Tree interface {
	fs.FS
	// ObjectID returns Git's id of a file or directory: see Snapshot.ObjectID.
	ObjectID(name string) (string, error)
}

var (
	_ Tree = (*Snapshot)(nil)
	_ Tree = (*WorkTree)(nil)
)

// Clone is a repository that somebody else made and works in: a CI job, or a
// person. It is only read, never written, and git is not run, so nothing that
// the repository configures is executed. Make one with OpenClone. All methods
// may be called at the same time, except Close.
type Clone struct {
	at      layout
	cfg     gitConfig
	objects *objects
	past    *History
	shallow bool
	all     []*filesystem.Storage // the clone's own first; guarded by objects.mu
}

// OpenClone opens the repository that a directory is in: at its root, anywhere
// below, in a linked work tree, or bare. Commits are read where the clone
// borrows them from too. The variables GIT_DIR and the like are not heeded.
func OpenClone(dir string) (*Clone, error) {
	at, err := discover(dir)
	if err != nil {
		return nil, err
	}
	cfg, err := readConfig(at)
	if err != nil {
		return nil, err
	}
	c := &Clone{at: at, cfg: cfg, all: at.storages()}
	c.objects = &objects{lost: c.lost}
	c.past = newHistory(c.objects)
	ids, err := c.all[0].Shallow()
	c.shallow = len(ids) > 0
	var databases []database
	for _, s := range c.all {
		databases = append(databases, s)
	}
	c.objects.use(databases...)
	return c, err
}

// Close closes the files that are open. Nothing can be read after it.
func (c *Clone) Close() error {
	var errs []error
	for _, s := range c.all {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// Root returns the root of the work tree, or nothing if the clone is bare.
func (c *Clone) Root() string { return c.at.root }

// Prefix returns the slash-separated path from Root to the directory that was
// opened; empty if they are the same.
func (c *Clone) Prefix() string { return c.at.prefix }

// Shallow reports whether the clone lacks older commits. Whatever would need
// them fails with an Error of the kind HistoryMissing.
func (c *Clone) Shallow() bool { return c.shallow }

// History returns what the clone's commits say of the past.
func (c *Clone) History() *History { return c.past }

// MergeBase returns the best common ancestor of two commits: see
// History.MergeBase.
func (c *Clone) MergeBase(a, b *Snapshot) (*Snapshot, error) {
	id, err := c.past.mergeBase(context.Background(), a.commit.id, b.commit.id)
	if err != nil {
		return nil, fmt.Errorf("finding where %.12s and %.12s parted: %w", a.commit.id, b.commit.id, err)
	}
	return c.snapshot(id)
}

// snapshot shows a commit.
func (c *Clone) snapshot(id plumbing.Hash) (*Snapshot, error) {
	commit, err := c.objects.commit(id)
	if err != nil {
		return nil, err
	}
	return &Snapshot{objects: c.objects, commit: commit, maxFile: DefaultMaxFileSize}, nil
}

// deepen says how to get what a shallow clone lacks.
const deepen = "fetch all of it: fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 for GitLab, git fetch --unshallow elsewhere"

// lost explains a read that failed.
func (c *Clone) lost(doing string, err error) error {
	missing := errors.Is(err, plumbing.ErrObjectNotFound)
	switch {
	case missing && c.shallow:
		return &Error{Kind: HistoryMissing, Problem: doing + " failed: the clone is shallow and does not have it", Mend: deepen}
	case missing && c.cfg.partial():
		return &Error{Kind: HistoryMissing, Problem: doing + " failed: the clone is partial and does not have it",
			Mend: "clone without --filter, or run git fetch --refetch --no-filter"}
	}
	return &Error{Kind: CloneRefused, Err: err, Problem: fmt.Sprintf("%s from the clone in %s failed: %s", doing, c.at.common, reason(err)),
		Mend: "see what git fsck says, and clone it again"}
}
