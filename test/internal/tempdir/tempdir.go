// Package tempdir makes temporary directories that are removed even if their owner is killed.
package tempdir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// A Dir is a directory that is removed with its owner, or, where the owner was killed, by the next one: as long as the
// owner lives, it holds a lock.
type Dir struct {
	Path string
	lock *os.File
}

// New makes a directory whose name begins with prefix, and removes those whose owners are gone.
func New(prefix string) (*Dir, error) {
	removeOrphans(prefix)
	path, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, fmt.Errorf("making a temporary directory: %w", err)
	}
	lock, err := lockOwner(path)
	if err != nil {
		return nil, fmt.Errorf("locking a temporary directory: %w", errors.Join(err, os.RemoveAll(path)))
	}
	return &Dir{Path: path, lock: lock}, nil
}

// lockOwner makes the owner's lock. It gets its name only when it is locked, so
// that no other process can take it for one that was left behind.
func lockOwner(dir string) (*os.File, error) {
	lock, err := os.CreateTemp(dir, "owner-")
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, os.Rename(lock.Name(), filepath.Join(dir, "owner"))
}

// Remove removes the directory and then lets go of the lock.
func (d *Dir) Remove() error {
	defer d.lock.Close()
	return os.RemoveAll(d.Path)
}

// removeOrphans removes the directories of owners that are gone. It is best
// effort: what belongs to another user cannot be opened, and stays.
func removeOrphans(prefix string) {
	paths, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return
	}
	for _, path := range paths {
		lock, err := os.OpenFile(filepath.Join(path, "owner"), os.O_RDWR, 0)
		if err != nil {
			continue // not yet locked by its owner, or not ours
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(path)
		}
		_ = lock.Close()
	}
}
