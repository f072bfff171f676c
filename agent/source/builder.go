package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Object is a Git object that was made here.
type Object struct {
	kind plumbing.ObjectType
	id   plumbing.Hash
	data []byte
}

// ID returns the object's full id.
func (o Object) ID() string { return o.id.String() }

// Builder makes commits without a work tree: files are put and removed, and
// only the directories on their way are written anew. It is in memory alone;
// Repository.Push brings what it made to a server. The same steps on the same
// base make the same objects. A Builder is used by one goroutine.
type Builder struct {
	objects *objects // of the base
	maxFile int64
	root    *folder

	files, folders, commits []Object
	known                   map[plumbing.Hash]bool
}

// NewBuilder begins with the files of base, or with none if it is nil.
func NewBuilder(base *Snapshot) *Builder {
	b := &Builder{maxFile: DefaultMaxFileSize, root: &folder{loaded: true}, known: map[plumbing.Hash]bool{}}
	if base != nil {
		b.objects, b.maxFile = base.objects, base.maxFile
		b.root = &folder{id: base.commit.tree}
	}
	return b
}

// Put makes a file have the contents, as a plain file that is not executable.
// It refuses a name that a Snapshot would not show or that is unsafe to check
// out anywhere, and more bytes than a Snapshot would read.
func (b *Builder) Put(name string, data []byte) error {
	err := checkNewPath(name)
	if size := int64(len(data)); err == nil && size > b.maxFile {
		err = &FileTooLargeError{Path: name, Size: size, Limit: b.maxFile}
	}
	if err == nil {
		err = b.put(name, data)
	}
	return pathError("put", name, err)
}

func (b *Builder) put(name string, data []byte) error {
	dir, file := path.Split(name)
	way, err := b.enter(strings.TrimSuffix(dir, "/"))
	if err != nil {
		return err
	}
	here := way[len(way)-1]
	if _, isDir := here.find(file, true); isDir {
		return errors.New("is a directory")
	}
	if err := here.set(file, b.make(plumbing.BlobObject, data)); err != nil {
		return err
	}
	touch(way)
	return nil
}

// enter returns the folders on the way to one, itself included, which are made
// if there are none.
func (b *Builder) enter(dir string) ([]*folder, error) {
	way := []*folder{b.root}
	if err := b.load(b.root); err != nil || dir == "" {
		return way, err
	}
	for part := range strings.SplitSeq(dir, "/") {
		here := way[len(way)-1]
		if _, isFile := here.find(part, false); isFile {
			return nil, fmt.Errorf("%s is not a directory", part)
		}
		next := here.enter(part)
		if err := b.load(next); err != nil {
			return nil, err
		}
		way = append(way, next)
	}
	return way, nil
}

// touch has folders be written anew.
func touch(way []*folder) {
	for _, f := range way {
		f.changed = true
	}
}

// Remove removes a file, or a directory with all that is in it, and the
// directories that become empty by it. The error is fs.ErrNotExist if there is
// no such name.
func (b *Builder) Remove(name string) error {
	err := checkPath(name)
	if err == nil && name == "." {
		err = fs.ErrInvalid
	}
	if err == nil {
		err = b.remove(name)
	}
	return pathError("remove", name, err)
}

func (b *Builder) remove(name string) error {
	dir, last := path.Split(name)
	way, err := b.enter(strings.TrimSuffix(dir, "/"))
	if err != nil {
		return fs.ErrNotExist
	}
	here := way[len(way)-1]
	at, ok := here.find(last, true)
	if !ok {
		at, ok = here.find(last, false)
	}
	if !ok {
		return fs.ErrNotExist
	}
	here.drop(at)
	touch(way)
	return nil
}

func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Tree returns the id of the root directory as it is now.
func (b *Builder) Tree() string { return b.tree().String() }

func (b *Builder) tree() plumbing.Hash {
	id := b.write(b.root)
	if id.IsZero() {
		id = b.make(plumbing.TreeObject, nil)
	}
	return id
}

// Objects returns all that was made so far, files first and commits last.
func (b *Builder) Objects() []Object {
	return append(append(append([]Object(nil), b.files...), b.folders...), b.commits...)
}

// make makes an object, unless it was made before.
func (b *Builder) make(kind plumbing.ObjectType, data []byte) plumbing.Hash {
	id := plumbing.ComputeHash(kind, data)
	if b.known[id] {
		return id
	}
	b.known[id] = true
	o := Object{kind: kind, id: id, data: bytes.Clone(data)}
	switch kind {
	case plumbing.BlobObject:
		b.files = append(b.files, o)
	case plumbing.TreeObject:
		b.folders = append(b.folders, o)
	default:
		b.commits = append(b.commits, o)
	}
	return id
}
