package source

import (
	"io/fs"
	"slices"
	"strings"
)

// info describes an entry. Where the ends of lines are converted, a file's
// size is known only when it is read.
func (w *WorkTree) info(f found) (fileInfo, error) {
	info := fileInfo{name: f.name, mode: f.mode}
	at, err := w.root.Lstat(f.path)
	if err != nil {
		return info, err
	}
	info.when = at.ModTime()
	if !f.mode.IsRegular() {
		return info, nil
	}
	info.size = at.Size()
	if f.conversion != "false" && info.size <= w.maxFile {
		data, err := w.contents(f)
		info.size = int64(len(data))
		return info, err
	}
	return info, nil
}

// list returns the entries of a directory.
func (w *WorkTree) list(dir found) ([]fs.DirEntry, error) {
	l, err := w.listing(dir.path)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, len(l.entries))
	for i, e := range l.entries {
		list[i] = diskEntry{l.found(dir.path, e, w), w}
	}
	return list, nil
}

// diskEntry is an entry in a listing.
type diskEntry struct {
	found
	tree *WorkTree
}

func (d diskEntry) Name() string      { return d.name }
func (d diskEntry) IsDir() bool       { return d.mode.IsDir() }
func (d diskEntry) Type() fs.FileMode { return d.mode.Type() }
func (d diskEntry) String() string    { return fs.FormatDirEntry(d) }

func (d diskEntry) Info() (fs.FileInfo, error) {
	d.tree.mu.Lock()
	defer d.tree.mu.Unlock()
	return d.tree.info(d.found)
}

// found is an entry and where it is.
type found struct {
	entry
	path       string
	conversion string
}

// walk finds the entry at a path. It goes through directories only: a symlink
// in the middle ends it.
func (w *WorkTree) walk(name string) (found, error) {
	here := found{entry: entry{name: ".", mode: fs.ModeDir | 0o555}, path: "."}
	if err := checkPath(name); err != nil || name == "." {
		return here, err
	}
	for part := range strings.SplitSeq(name, "/") {
		if !here.mode.IsDir() {
			return here, fs.ErrNotExist
		}
		l, err := w.listing(here.path)
		if err != nil {
			return here, err
		}
		e, ok := l.find(part)
		switch {
		case !ok && slices.Contains(l.hidden, part):
			return here, ErrIgnored
		case !ok:
			return here, fs.ErrNotExist
		case e.refused != nil:
			return here, e.refused
		}
		here = l.found(here.path, e, w)
	}
	return here, nil
}
