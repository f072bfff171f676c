package source

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// ObjectID returns the id that Git would give to a file or directory if it
// were committed now. It is that of HEAD if nothing in it has changed.
func (w *WorkTree) ObjectID(name string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, err := w.walk(name)
	var id plumbing.Hash
	if err == nil {
		id, err = w.id(f)
	}
	if err != nil {
		return "", &fs.PathError{Op: "objectid", Path: name, Err: err}
	}
	return id.String(), nil
}

// id computes an entry's id, once.
func (w *WorkTree) id(f found) (plumbing.Hash, error) {
	if known, ok := w.ids[f.path]; ok {
		return known, nil
	}
	id, err := w.computeID(f)
	if err == nil {
		w.ids[f.path] = id
	}
	return id, err
}

func (w *WorkTree) computeID(f found) (plumbing.Hash, error) {
	switch {
	case f.mode.IsDir():
		return w.treeID(f.path)
	case f.mode == fs.ModeSymlink:
		target, err := w.root.Readlink(f.path)
		return plumbing.ComputeHash(plumbing.BlobObject, []byte(filepath.ToSlash(target))), err
	case f.mode == fs.ModeIrregular:
		// A submodule counts as the commit that is recorded for it; one
		// that is not recorded yet equals nothing.
		return w.tracked[f.path].id, nil
	}
	info, err := w.root.Lstat(f.path)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if info.Size() > w.maxFile {
		return w.largeID(f.path, info.Size())
	}
	data, err := w.contents(f)
	return plumbing.ComputeHash(plumbing.BlobObject, data), err
}

// largeID hashes a file that is too large to be read otherwise, as it is.
func (w *WorkTree) largeID(name string, size int64) (plumbing.Hash, error) {
	file, err := w.root.Open(name)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer file.Close()
	h := plumbing.NewHasher(plumbing.BlobObject, size)
	n, err := io.Copy(h, file)
	if err == nil && n != size {
		err = fmt.Errorf("%s changed while it was read", name)
	}
	return h.Sum(), err
}

// treeID computes the id of a directory.
func (w *WorkTree) treeID(name string) (plumbing.Hash, error) {
	l, err := w.listing(name)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	var raw bytes.Buffer
	for _, e := range slices.SortedFunc(slices.Values(l.entries), gitOrder) {
		id, err := w.id(found{entry: e, path: path.Join(name, e.name), conversion: l.found(name, e, w).conversion})
		if err != nil {
			return plumbing.ZeroHash, err
		}
		fmt.Fprintf(&raw, "%s %s\x00%s", gitMode(e.mode), e.name, id[:])
	}
	return plumbing.ComputeHash(plumbing.TreeObject, raw.Bytes()), nil
}

// gitOrder compares entries as Git sorts them: a directory as if its name
// ended with a slash.
func gitOrder(a, b entry) int { return cmp.Compare(sortName(a), sortName(b)) }

func sortName(e entry) string {
	if e.mode.IsDir() {
		return e.name + "/"
	}
	return e.name
}

// gitMode is the reverse of classify.
func gitMode(mode fs.FileMode) string {
	switch mode {
	case 0o555:
		return "100755"
	case fs.ModeDir | 0o555:
		return dirMode
	case fs.ModeSymlink:
		return "120000"
	case fs.ModeIrregular:
		return "160000"
	}
	return "100644"
}
