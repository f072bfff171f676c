package source

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Snapshot is one commit's tree as a read-only file system. It is immutable,
// safe for concurrent use, and holds no more than its commit in memory: each
// read goes to the store. Names are slash-separated paths, as fs.ValidPath.
type Snapshot struct {
	objects *objects
	commit  *commit
	maxFile int64
}

var (
	_ fs.ReadDirFS  = (*Snapshot)(nil)
	_ fs.ReadFileFS = (*Snapshot)(nil)
	_ fs.StatFS     = (*Snapshot)(nil)
)

// Commit describes a commit.
type Commit struct {
	Hash      string
	Parents   []string
	Author    Person
	Committer Person
	Message   string
	// Raw is the commit object itself, from which a signature is verified.
	Raw []byte
}

// Person is who made a commit, by their own account, and when.
type Person struct {
	Name  string
	Email string
	When  time.Time
}

// Subject returns the first line of the message.
func (c Commit) Subject() string {
	line, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return strings.TrimSpace(line)
}

// describe makes the Commit of a decoded commit.
func describe(c *object.Commit, raw []byte) Commit {
	d := Commit{
		Hash:      c.Hash.String(),
		Author:    Person(c.Author),
		Committer: Person(c.Committer),
		Message:   c.Message,
		Raw:       raw,
	}
	for _, parent := range c.ParentHashes {
		d.Parents = append(d.Parents, parent.String())
	}
	return d
}

// Commit returns the commit whose tree this is.
func (s *Snapshot) Commit() Commit {
	c := s.commit.shown
	c.Parents = slices.Clone(c.Parents)
	c.Raw = bytes.Clone(c.Raw)
	return c
}

// ObjectID returns Git's id of a file or directory. Two names with the same id
// have the same contents, to the last byte and file; so work that depended on
// a directory needs to be done again only when its id has changed.
func (s *Snapshot) ObjectID(name string) (string, error) {
	e, err := s.walk("objectid", name)
	if err != nil {
		return "", err
	}
	return e.id.String(), nil
}

// Intact says whether no read has failed for the sake of the store, as when the
// cache was deleted. A reader that took such a failure for one of the files
// has to begin again after the next Poll.
func (s *Snapshot) Intact() bool { return !s.objects.damaged.Load() }

// Open opens a file or directory.
func (s *Snapshot) Open(name string) (fs.File, error) {
	e, err := s.walk("open", name)
	if err != nil {
		return nil, err
	}
	if e.mode.IsDir() {
		list, err := s.list("open", name, e)
		return &openDir{info: s.infoOf(e), name: name, rest: list}, err
	}
	data, err := s.contents("open", name, e)
	if err != nil {
		return nil, err
	}
	info := s.infoOf(e)
	info.size = int64(len(data))
	return &openFile{info: info, Reader: bytes.NewReader(data)}, nil
}

// ReadFile returns a file's contents, unless they exceed the limit.
func (s *Snapshot) ReadFile(name string) ([]byte, error) {
	e, err := s.walk("readfile", name)
	if err != nil {
		return nil, err
	}
	if e.mode.IsDir() {
		return nil, &fs.PathError{Op: "readfile", Path: name, Err: errors.New("is a directory")}
	}
	return s.contents("readfile", name, e)
}

// ReadDir lists a directory, also those entries that cannot be opened.
func (s *Snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := s.walk("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("is not a directory")}
	}
	return s.list("readdir", name, e)
}

// Stat describes a file or directory. Its time is that of the commit, since
// Git keeps none for files.
func (s *Snapshot) Stat(name string) (fs.FileInfo, error) {
	e, err := s.walk("stat", name)
	if err != nil {
		return nil, err
	}
	return s.sized("stat", name, e)
}

// walk finds the entry at a path. It goes through directories only: a symlink
// in the middle ends it.
func (s *Snapshot) walk(op, name string) (entry, error) {
	here := entry{name: ".", id: s.commit.tree, mode: fs.ModeDir | 0o555}
	if err := checkPath(name); err != nil {
		return here, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if name == "." {
		return here, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		next, err := s.step(here, part)
		if err != nil {
			return here, &fs.PathError{Op: op, Path: name, Err: err}
		}
		here = next
	}
	return here, nil
}

// checkPath refuses paths that cannot name a file of ours.
func checkPath(name string) error {
	if slices.ContainsFunc(strings.Split(name, "/"), badName) {
		return ErrName
	}
	if !fs.ValidPath(name) {
		return fs.ErrInvalid
	}
	return nil
}

// step goes from a directory to one of its entries.
func (s *Snapshot) step(dir entry, name string) (entry, error) {
	if !dir.mode.IsDir() {
		return entry{}, fs.ErrNotExist
	}
	t, err := s.objects.tree(dir.id)
	if err != nil {
		return entry{}, err
	}
	e, ok := t.find(name)
	if !ok {
		return entry{}, fs.ErrNotExist
	}
	return e, e.refused
}

// contents reads a file within the limit.
func (s *Snapshot) contents(op, name string, e entry) ([]byte, error) {
	data, err := s.objects.read(e.id, plumbing.BlobObject, s.maxFile)
	var large errTooLarge
	if errors.As(err, &large) {
		err = &FileTooLargeError{Path: name, Size: large.size, Limit: s.maxFile}
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return data, nil
}

// list returns the entries of a directory.
func (s *Snapshot) list(op, name string, dir entry) ([]fs.DirEntry, error) {
	t, err := s.objects.tree(dir.id)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	list := make([]fs.DirEntry, len(t.entries))
	for i, e := range t.entries {
		list[i] = dirEntry{entry: e, snapshot: s}
	}
	return list, nil
}
