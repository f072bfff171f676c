package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// WorkTree is the files of a clone as they are on disk, and as a commit of all
// of them would hold them. It shows what git add --all would add, and refuses
// what a Snapshot refuses. So there is no .git, no empty directory, and no file
// that .gitignore excludes unless it is tracked all the same.
//
// Where core.autocrlf or .gitattributes make Git convert the ends of lines,
// contents have the ends that Git would store. Other filters, such as Git LFS,
// are not run: their files are as they are on disk, and differ from HEAD.
//
// Directories and ids are remembered when they are first asked for. To see
// what changed since, make a new WorkTree. All methods may be called at the
// same time, except Close.
type WorkTree struct {
	clone    *Clone
	root     *os.Root // nothing outside of it is reached, whatever changes meanwhile
	maxFile  int64
	fileMode bool   // the executable bit on disk means something
	autocrlf string // what holds where .gitattributes say nothing; see conversion

	mu        sync.Mutex
	tracked   map[string]indexed // by path
	folders   map[string]bool    // directories of tracked files
	dirs      map[string]*listing
	overrides []textRule // of the clone itself, above any of .gitattributes
	ids       map[string]plumbing.Hash
}

// indexed is what the index says of a file.
type indexed struct {
	id   plumbing.Hash
	mode filemode.FileMode
}

var (
	_ fs.ReadDirFS  = (*WorkTree)(nil)
	_ fs.ReadFileFS = (*WorkTree)(nil)
	_ fs.StatFS     = (*WorkTree)(nil)
)

// ErrIgnored is why a file on disk is not there: no commit would hold it.
var ErrIgnored = fmt.Errorf("%w in a commit, because .gitignore excludes it; git add --force adds it", fs.ErrNotExist)

// WorkTree opens the files on disk. A bare clone has none. A sparse checkout,
// which has only some, is refused.
func (c *Clone) WorkTree() (*WorkTree, error) {
	if c.at.root == "" {
		return nil, &Error{Kind: CloneRefused, Problem: "the clone is bare, and has no files on disk", Mend: "compare commits, or check it out"}
	}
	w := &WorkTree{
		clone:    c,
		maxFile:  DefaultMaxFileSize,
		fileMode: isOn(c.cfg.core("filemode", "true")),
		autocrlf: "false",
		dirs:     map[string]*listing{},
		ids:      map[string]plumbing.Hash{},
	}
	if set := c.cfg.core("autocrlf", "false"); set == "input" || isOn(set) {
		w.autocrlf = "auto"
	}
	if err := w.readIndex(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(c.at.root)
	if err != nil {
		return nil, &Error{Kind: CloneRefused, Problem: "its files cannot be read: " + reason(err), Err: err}
	}
	w.root = root
	return w, nil
}

// readIndex learns which files are tracked.
func (w *WorkTree) readIndex() error {
	w.clone.objects.mu.Lock()
	index, err := w.clone.all[0].Index()
	w.clone.objects.mu.Unlock()
	if err != nil {
		return &Error{Kind: CloneRefused, Err: err, Problem: "its index cannot be read: " + reason(err),
			Mend: "write it in the common form: git update-index --no-split-index --index-version 2, and git sparse-checkout disable"}
	}
	w.tracked, w.folders = map[string]indexed{}, map[string]bool{}
	for _, e := range index.Entries {
		if e.SkipWorktree {
			return &Error{Kind: CloneRefused, Problem: "it is a sparse checkout: " + e.Name + " is tracked and not on disk",
				Mend: "run git sparse-checkout disable, or compare commits"}
		}
		w.tracked[e.Name] = indexed{e.Hash, e.Mode}
		for dir := parentDir(e.Name); dir != "." && !w.folders[dir]; dir = parentDir(dir) {
			w.folders[dir] = true
		}
	}
	return nil
}

func parentDir(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return "."
}

// Close closes the root directory. Nothing can be read after it.
func (w *WorkTree) Close() error { return w.root.Close() }

// Open opens a file or directory.
func (w *WorkTree) Open(name string) (fs.File, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, err := w.walk(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	info, err := w.info(f)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if f.mode.IsDir() {
		list, err := w.list(f)
		return &openDir{info: info, name: name, rest: list}, err
	}
	data, err := w.contents(f)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	info.size = int64(len(data))
	return &openFile{info: info, Reader: bytes.NewReader(data)}, nil
}

// ReadFile returns a file's contents, unless they exceed the limit.
func (w *WorkTree) ReadFile(name string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, err := w.walk(name)
	var data []byte
	if err == nil {
		data, err = w.contents(f)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readfile", Path: name, Err: err}
	}
	return data, nil
}

// ReadDir lists a directory, also those entries that cannot be opened.
func (w *WorkTree) ReadDir(name string) ([]fs.DirEntry, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, err := w.walk(name)
	if err == nil && !f.mode.IsDir() {
		err = errors.New("is not a directory")
	}
	var list []fs.DirEntry
	if err == nil {
		list, err = w.list(f)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return list, nil
}

// Stat describes a file or directory.
func (w *WorkTree) Stat(name string) (fs.FileInfo, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, err := w.walk(name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	info, err := w.info(f)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return info, nil
}

// contents reads a file within the limit, as Git would store it.
func (w *WorkTree) contents(f found) ([]byte, error) {
	if f.mode.IsDir() {
		return nil, errors.New("is a directory")
	}
	file, err := w.root.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, w.maxFile+1))
	if err != nil {
		return nil, err
	}
	if n := int64(len(data)); n > w.maxFile {
		if info, err := file.Stat(); err == nil {
			n = info.Size()
		}
		return nil, &FileTooLargeError{Path: f.path, Size: n, Limit: w.maxFile}
	}
	return w.stored(f.path, f.conversion, data), nil
}

// indexed returns a file's contents in the index; nothing if it is not there.
func (w *WorkTree) indexed(name string) []byte {
	known, ok := w.tracked[name]
	if !ok {
		return nil
	}
	data, err := w.clone.objects.read(known.id, plumbing.BlobObject, w.maxFile)
	if err != nil {
		return nil
	}
	return data
}
