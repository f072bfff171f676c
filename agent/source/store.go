package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// storeName is the directory inside Config.Dir that holds the bare repository.
// Only it is ever removed: Config.Dir may be a mount point, or a mistake.
const storeName = "repository.git"

const (
	objectCacheSize = 8 << 20  // bytes of objects kept in memory
	treeCacheSize   = 200_000  // entries of decoded trees kept in memory
	maxTree         = 32 << 20 // bytes of one directory: about a million names
	maxCommit       = 4 << 20  // bytes of one commit, with its message and signature
)

// store is the bare repository on disk. It is a cache: whatever is wrong with
// it, the answer is to remove it and fetch again. Snapshots share one store
// and go on reading after it was filled again.
//
// go-git's storage is not safe for concurrent use, so mu guards each read.
type store struct {
	path    string
	url     string
	branch  string
	maxSize int64

	damaged atomic.Bool // a read found that the store cannot be trusted

	mu      sync.Mutex
	git     *filesystem.Storage
	packs   map[string]int64 // files in objects/pack and their sizes
	trees   map[plumbing.Hash]*tree
	entries int // in all of trees
}

// damage is a read that failed although the object ought to be there.
func (s *store) damage(doing string, err error) error {
	s.damaged.Store(true)
	return &Error{Kind: StoreFailed, Err: err,
		Problem: fmt.Sprintf("%s from the cache in %s failed: %s", doing, s.path, reason(err)),
		Mend:    "nothing needs to be done: the next poll clones it again"}
}

// open uses what is on disk, if it is this branch of this repository, and
// returns the branch's head. Otherwise it says why not.
func (s *store) open() (plumbing.Hash, error) {
	if _, err := os.Stat(s.path); err != nil {
		return plumbing.ZeroHash, err
	}
	s.reload()
	cfg, err := s.git.Config()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if origin := cfg.Remotes["origin"]; origin == nil || len(origin.URLs) != 1 || origin.URLs[0] != s.url {
		return plumbing.ZeroHash, errors.New("it holds another repository")
	}
	ref, err := s.git.Reference(plumbing.NewBranchReferenceName(s.branch))
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("it holds no branch %q", s.branch)
	}
	commit, err := s.commit(ref.Hash())
	if err != nil {
		return plumbing.ZeroHash, err
	}
	_, err = s.tree(commit.tree)
	return ref.Hash(), err
}

// reset removes what is on disk and makes an empty repository.
func (s *store) reset() error {
	if err := os.RemoveAll(s.path); err != nil {
		return s.cannotWrite(err)
	}
	if err := os.MkdirAll(s.path, 0o700); err != nil {
		return s.cannotWrite(err)
	}
	git := s.storage()
	refspec := fmt.Sprintf("refs/heads/%[1]s:refs/heads/%[1]s", s.branch)
	cfg := config.NewConfig()
	cfg.Core.IsBare = true
	cfg.Remotes["origin"] = &config.RemoteConfig{Name: "origin", URLs: []string{s.url}, Fetch: []config.RefSpec{config.RefSpec(refspec)}}
	head := plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.NewBranchReferenceName(s.branch))
	if err := errors.Join(git.Init(), git.SetConfig(cfg), git.SetReference(head)); err != nil {
		return s.cannotWrite(err)
	}
	s.reload()
	s.damaged.Store(false)
	return nil
}

func (s *store) cannotWrite(err error) error {
	return &Error{Kind: StoreFailed, Err: err, Problem: fmt.Sprintf("the cache in %s cannot be written: %s", s.path, reason(err)),
		Mend: "give the agent a directory with enough space that it may write"}
}

// storage opens the repository anew. It is used by one goroutine.
func (s *store) storage() *filesystem.Storage {
	return filesystem.NewStorageWithOptions(osfs.New(s.path), cache.NewObjectLRU(objectCacheSize),
		filesystem.Options{LargeObjectThreshold: DefaultMaxFileSize})
}

// reload forgets what was known about the files on disk.
func (s *store) reload() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.git = s.storage()
	s.packs, _ = s.listPacks()
	s.trees, s.entries = map[plumbing.Hash]*tree{}, 0
}

// listPacks returns the files in objects/pack.
func (s *store) listPacks() (map[string]int64, error) {
	dir, err := os.ReadDir(filepath.Join(s.path, "objects", "pack"))
	if err != nil {
		return nil, err
	}
	files := make(map[string]int64, len(dir))
	for _, entry := range dir {
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		files[entry.Name()] = info.Size()
	}
	return files, nil
}

// healthy reports cheaply whether the store still looks as it was left, and
// has the commit. What it cannot see, reading will: every object is hashed.
func (s *store) healthy(head plumbing.Hash) bool {
	if s.damaged.Load() {
		return false
	}
	packs, err := s.listPacks()
	s.mu.Lock()
	same := err == nil && maps.Equal(packs, s.packs)
	s.mu.Unlock()
	return same && (head.IsZero() || s.has(head))
}

// has reports whether an object is in the store, without reading it.
func (s *store) has(id plumbing.Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.git.HasEncodedObject(id) == nil
}

// setHead records the branch's head.
func (s *store) setHead(id plumbing.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ref := plumbing.NewHashReference(plumbing.NewBranchReferenceName(s.branch), id)
	if err := s.git.SetReference(ref); err != nil {
		return s.cannotWrite(err)
	}
	return nil
}

// size returns how many bytes the store takes on disk.
func (s *store) size() int64 {
	var sum int64
	_ = filepath.WalkDir(s.path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// errTooLarge says that an object exceeds the limit it was to be read with.
type errTooLarge struct{ size int64 }

func (e errTooLarge) Error() string { return fmt.Sprintf("it is %d bytes", e.size) }

// errKind says that an object is of another kind than what refers to it says.
var errKind = errors.New("it is an object of another kind")

// read returns an object's contents after checking that they hash to its id.
// An object larger than limit is not read; errTooLarge is returned.
func (s *store) read(id plumbing.Hash, kind plumbing.ObjectType, limit int64) ([]byte, error) {
	data, err := s.readUnverified(id, kind, limit)
	var large errTooLarge
	switch {
	case errors.As(err, &large):
		return nil, err
	case errors.Is(err, errKind): // Whoever wrote it is at fault, not the store.
		return nil, malformed(kind, id, err)
	case err == nil && plumbing.ComputeHash(kind, data) != id:
		err = errors.New("its contents were altered")
	}
	if err != nil {
		return nil, s.damage(fmt.Sprintf("reading %s %s", kind, id), err)
	}
	return data, nil
}

func (s *store) readUnverified(id plumbing.Hash, kind plumbing.ObjectType, limit int64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	obj, err := s.git.EncodedObject(plumbing.AnyObject, id)
	switch {
	case err != nil:
		return nil, err
	case obj.Type() != kind:
		return nil, errKind
	case obj.Size() > limit:
		return nil, errTooLarge{obj.Size()}
	}
	r, err := obj.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, obj.Size())
	_, err = io.ReadFull(r, data)
	return data, err
}

// blobSize returns a file's size from its header.
func (s *store) blobSize(id plumbing.Hash) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	obj, err := s.git.EncodedObject(plumbing.AnyObject, id)
	switch {
	case err != nil:
		return 0, s.damage("reading blob "+id.String(), err)
	case obj.Type() != plumbing.BlobObject:
		return 0, malformed(plumbing.BlobObject, id, errKind)
	}
	return obj.Size(), nil
}

// commit returns a decoded commit.
func (s *store) commit(id plumbing.Hash) (*commit, error) {
	raw, err := s.read(id, plumbing.CommitObject, maxCommit)
	if err != nil {
		return nil, err
	}
	obj := new(plumbing.MemoryObject)
	obj.SetType(plumbing.CommitObject)
	_, _ = obj.Write(raw)
	var decoded object.Commit
	if err := decoded.Decode(obj); err != nil {
		return nil, malformed(plumbing.CommitObject, id, err)
	}
	return &commit{id: id, tree: decoded.TreeHash, parents: decoded.ParentHashes, when: decoded.Committer.When,
		shown: describe(&decoded, raw)}, nil
}

// tree returns a decoded directory. Trees are remembered, since every path
// passes through the same few.
func (s *store) tree(id plumbing.Hash) (*tree, error) {
	s.mu.Lock()
	known := s.trees[id]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	raw, err := s.read(id, plumbing.TreeObject, maxTree)
	if err != nil {
		return nil, err
	}
	t, err := parseTree(raw)
	if err != nil {
		return nil, malformed(plumbing.TreeObject, id, err)
	}
	s.remember(id, t)
	return t, nil
}

// remember keeps a tree, and forgets all others when they become too many.
func (s *store) remember(id plumbing.Hash, t *tree) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries+len(t.entries) > treeCacheSize {
		s.trees, s.entries = map[plumbing.Hash]*tree{}, 0
	}
	s.trees[id] = t
	s.entries += len(t.entries)
}

// malformed is an object that is what its hash says, and nonsense.
func malformed(kind plumbing.ObjectType, id plumbing.Hash, why error) error {
	return &Error{Kind: ObjectMalformed, Problem: fmt.Sprintf("%s %s is malformed: %v", kind, id, why),
		Mend: "find with git fsck who wrote it, and commit it anew"}
}
