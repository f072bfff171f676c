package controlplane

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

const tempPrefix = "penstock-controlplane-"

// A tempDir is a directory that is removed with its owner, or, where the owner
// was killed, by the next one: as long as the owner lives, it holds a lock.
type tempDir struct {
	path string
	lock *os.File
}

// newTempDir makes a directory, and removes those whose owners are gone.
func newTempDir() (*tempDir, error) {
	removeOrphans()
	path, err := os.MkdirTemp("", tempPrefix)
	if err != nil {
		return nil, doing("making a temporary directory", err)
	}
	lock, err := lockOwner(path)
	if err != nil {
		return nil, doing("locking a temporary directory", errors.Join(err, os.RemoveAll(path)))
	}
	return &tempDir{path: path, lock: lock}, nil
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

// remove removes the directory and then lets go of the lock.
func (d *tempDir) remove() error {
	defer d.lock.Close()
	return doing("removing the temporary directory", os.RemoveAll(d.path))
}

// removeOrphans removes the directories of owners that are gone. It is best
// effort: what belongs to another user cannot be opened, and stays.
func removeOrphans() {
	paths, err := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
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
