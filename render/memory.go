package render

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// memory is the file system that kustomize sees: the files that were vetted for one build and nothing
// else, read-only. Names are those of the repository; kustomize puts a slash before them.
type memory struct {
	files map[string][]byte
	dirs  map[string]bool
}

var _ filesys.FileSystem = (*memory)(nil)

// newMemory makes a file system of files by their names in the repository. It keeps the map.
func newMemory(files map[string][]byte) *memory {
	m := &memory{files: files, dirs: map[string]bool{".": true}}
	for name := range files {
		for dir := path.Dir(name); !m.dirs[dir]; dir = path.Dir(dir) {
			m.dirs[dir] = true
		}
	}
	return m
}

// clean turns kustomize's absolute path into a name in the repository.
func clean(name string) string {
	return strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(name)), "/")
}

// dir is clean for directories, where the repository itself is ".".
func dir(name string) string {
	if name = clean(name); name == "" {
		return "."
	}
	return name
}

// ReadFile returns a vetted file.
func (m *memory) ReadFile(name string) ([]byte, error) {
	data, ok := m.files[clean(name)]
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: clean(name), Err: fs.ErrNotExist}
	}
	return data, nil
}

// CleanedAbs splits a path into its directory and, if it names a file, the file's name.
func (m *memory) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	at := clean(name)
	if m.IsDir(at) {
		return filesys.ConfirmedDir("/" + at), "", nil
	}
	if m.Exists(at) {
		return filesys.ConfirmedDir(path.Dir("/" + at)), path.Base(at), nil
	}
	return "", "", fmt.Errorf("%s does not exist", at)
}

// IsDir reports whether a vetted file lies below the path.
func (m *memory) IsDir(name string) bool { return m.dirs[dir(name)] }

// Exists reports whether the path is a vetted file or a directory above one.
func (m *memory) Exists(name string) bool {
	_, ok := m.files[clean(name)]
	return ok || m.IsDir(name)
}

// errReadOnly is the answer to everything that a build has no need of.
var errReadOnly = errors.New("not part of a hermetic build")

// Create is refused.
func (*memory) Create(string) (filesys.File, error) { return nil, errReadOnly }

// Mkdir is refused.
func (*memory) Mkdir(string) error { return errReadOnly }

// MkdirAll is refused.
func (*memory) MkdirAll(string) error { return errReadOnly }

// RemoveAll is refused.
func (*memory) RemoveAll(string) error { return errReadOnly }

// Open is refused: kustomize reads whole files.
func (*memory) Open(string) (filesys.File, error) { return nil, errReadOnly }

// ReadDir is refused: a kustomization names its files.
func (*memory) ReadDir(string) ([]string, error) { return nil, errReadOnly }

// Glob is refused, as ReadDir is.
func (*memory) Glob(string) ([]string, error) { return nil, errReadOnly }

// WriteFile is refused.
func (*memory) WriteFile(string, []byte) error { return errReadOnly }

// Walk is refused, as ReadDir is.
func (*memory) Walk(string, filepath.WalkFunc) error { return errReadOnly }
