package promote

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
)

// Overlay shows a tree with other contents of some of its files; one whose content is nil is not there. The object ids of
// these files and of the directories above them are made up: they tell that something differs, and are not those of Git.
func Overlay(tree source.Tree, files map[string][]byte) source.Tree {
	o := &overlay{tree: tree, files: files, ids: map[string]string{}, dirs: map[string]map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		id := "overlay:" + hex.EncodeToString(sum[:])
		if files[name] == nil {
			id = "overlay:none:" + name
		} else {
			o.ids[name] = id
		}
		for at := name; at != "."; at = path.Dir(at) {
			dir := path.Dir(at)
			o.ids[dir] += id
			if o.dirs[dir] == nil {
				o.dirs[dir] = map[string]bool{}
			}
			o.dirs[dir][path.Base(at)] = true
		}
	}
	return o
}

type overlay struct {
	tree  source.Tree
	files map[string][]byte
	ids   map[string]string
	dirs  map[string]map[string]bool // what may differ in them, by name
}

// Open opens a file or directory.
func (o *overlay) Open(name string) (fs.File, error) {
	data, over := o.files[name]
	switch {
	case over && data == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case over:
		return &overlaid{overlaidInfo{path.Base(name), int64(len(data)), 0o444}, bytes.NewReader(data)}, nil
	case o.dirs[name] == nil:
		return o.tree.Open(name)
	}
	entries, err := o.entries(name)
	if err == nil && len(entries) == 0 && name != "." { // Git knows no empty directories
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, err
	}
	return &overlaidDir{overlaidInfo{path.Base(name), 0, fs.ModeDir | 0o555}, entries}, nil
}

// entries are what a directory has in which something may differ.
func (o *overlay) entries(dir string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.tree, dir)
	if unlessMissing(err) != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(e fs.DirEntry) bool { return o.dirs[dir][e.Name()] })
	for base := range o.dirs[dir] {
		file, err := o.Open(path.Join(dir, base))
		if unlessMissing(err) != nil {
			return nil, err
		}
		if err == nil {
			info, _ := file.Stat() // of what is in memory
			entries = append(entries, fs.FileInfoToDirEntry(info))
		}
	}
	slices.SortFunc(entries, func(x, y fs.DirEntry) int { return strings.Compare(x.Name(), y.Name()) })
	return entries, nil
}

// ObjectID is Git's of what is as it was.
func (o *overlay) ObjectID(name string) (string, error) {
	name = strings.TrimSuffix(name, "/")
	id, over := o.ids[name]
	if data, isFile := o.files[name]; !over && (!isFile || data != nil) {
		return o.tree.ObjectID(name)
	}
	file, err := o.Open(name)
	if err != nil {
		return "", err
	}
	return id, file.Close()
}

// overlaidInfo describes what is in memory.
type overlaidInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i overlaidInfo) Name() string       { return i.name }
func (i overlaidInfo) Size() int64        { return i.size }
func (i overlaidInfo) Mode() fs.FileMode  { return i.mode }
func (i overlaidInfo) ModTime() time.Time { return time.Time{} }
func (i overlaidInfo) IsDir() bool        { return i.mode.IsDir() }
func (i overlaidInfo) Sys() any           { return nil }

// overlaid is a file that is open.
type overlaid struct {
	info overlaidInfo
	*bytes.Reader
}

func (f *overlaid) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *overlaid) Close() error               { return nil }

// overlaidDir is a directory that is open.
type overlaidDir struct {
	info overlaidInfo
	rest []fs.DirEntry
}

func (d *overlaidDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *overlaidDir) Close() error               { return nil }

func (d *overlaidDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.name, Err: fs.ErrInvalid}
}

// ReadDir returns the next n entries, or all that are left.
func (d *overlaidDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.rest)
	} else if len(d.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	next := d.rest[:n:n]
	d.rest = d.rest[n:]
	return next, nil
}
