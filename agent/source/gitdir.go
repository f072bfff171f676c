package source

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// maxAlternates bounds how many object directories a clone may borrow from,
// each of which may borrow in turn.
const maxAlternates = 32

// alternates names the file that lists other object directories. go-git would
// open those anew for each object, so it does not get to see the file.
var alternates = filepath.Join("objects", "info", "alternates")

// view is a directory of somebody else's repository: it cannot be written.
type view struct{ billy.Filesystem }

func (v view) Open(name string) (billy.File, error) {
	if filepath.Clean(name) == alternates {
		return nil, &os.PathError{Op: "open", Path: name, Err: os.ErrNotExist}
	}
	return v.Filesystem.Open(name)
}

func (v view) OpenFile(name string, flag int, perm os.FileMode) (billy.File, error) {
	if flag != os.O_RDONLY {
		return nil, billy.ErrReadOnly
	}
	return v.Open(name)
}

func (view) Create(string) (billy.File, error)           { return nil, billy.ErrReadOnly }
func (view) TempFile(string, string) (billy.File, error) { return nil, billy.ErrReadOnly }
func (view) Rename(string, string) error                 { return billy.ErrReadOnly }
func (view) Remove(string) error                         { return billy.ErrReadOnly }
func (view) MkdirAll(string, os.FileMode) error          { return billy.ErrReadOnly }
func (view) Symlink(string, string) error                { return billy.ErrReadOnly }

// storages opens a repository's storage, and one for each object directory
// that it borrows from.
func (l layout) storages() []*filesystem.Storage {
	shared := cache.NewObjectLRU(objectCacheSize)
	open := func(fs billy.Filesystem) *filesystem.Storage {
		return filesystem.NewStorageWithOptions(view{fs}, shared,
			filesystem.Options{LargeObjectThreshold: DefaultMaxFileSize, KeepDescriptors: true})
	}
	all := []*filesystem.Storage{open(dotgit.NewRepositoryFilesystem(osfs.New(l.git), osfs.New(l.common)))}
	for _, dir := range borrowed(filepath.Join(l.common, "objects")) {
		if filepath.Base(dir) == "objects" { // as in every repository; go-git knows no other
			all = append(all, open(osfs.New(filepath.Dir(dir))))
		}
	}
	return all
}

// borrowed lists the object directories from which one borrows.
func borrowed(objects string) []string {
	seen := map[string]bool{objects: true}
	queue := []string{objects}
	for i := 0; i < len(queue) && len(queue) < maxAlternates; i++ {
		for _, dir := range lines(filepath.Join(queue[i], "info", "alternates")) {
			if dir = relativeTo(queue[i], dir); !seen[dir] {
				seen[dir] = true
				queue = append(queue, dir)
			}
		}
	}
	return queue[1:]
}

// lines returns the lines of a file that are not comments; none if it cannot
// be read.
func lines(file string) []string {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	var all []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := strings.TrimRight(s.Text(), "\r"); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}
