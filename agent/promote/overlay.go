package promote

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
)

// Overlay shows a tree with other contents of some of its files, all of which it has. The object ids of these files and of
// the directories above them are made up: they tell that something differs, and are not those of Git.
func Overlay(tree source.Tree, files map[string][]byte) source.Tree {
	o := &overlay{tree: tree, files: files, ids: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		o.ids[name] = "overlay:" + hex.EncodeToString(sum[:])
		for dir := path.Dir(name); ; dir = path.Dir(dir) {
			o.ids[dir] += o.ids[name]
			if dir == "." {
				break
			}
		}
	}
	return o
}

type overlay struct {
	tree  source.Tree
	files map[string][]byte
	ids   map[string]string
}

// Open opens a file or directory.
func (o *overlay) Open(name string) (fs.File, error) {
	data, over := o.files[name]
	if !over {
		return o.tree.Open(name)
	}
	return &overlaid{name: path.Base(name), Reader: bytes.NewReader(data)}, nil
}

// ObjectID is Git's of what is as it was.
func (o *overlay) ObjectID(name string) (string, error) {
	if id, over := o.ids[strings.TrimSuffix(name, "/")]; over {
		return id, nil
	}
	return o.tree.ObjectID(name)
}

// overlaid is a file that is open, and describes itself.
type overlaid struct {
	name          string
	*bytes.Reader // which knows the size
}

func (f *overlaid) Stat() (fs.FileInfo, error) { return f, nil }
func (f *overlaid) Close() error               { return nil }
func (f *overlaid) Name() string               { return f.name }
func (f *overlaid) Mode() fs.FileMode          { return 0o444 }
func (f *overlaid) ModTime() time.Time         { return time.Time{} }
func (f *overlaid) IsDir() bool                { return false }
func (f *overlaid) Sys() any                   { return nil }
