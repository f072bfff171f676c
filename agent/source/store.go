package source

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// storeName is the directory inside Config.Dir that holds the bare repository.
// Only it is ever removed: Config.Dir may be a mount point, or a mistake.
const storeName = "repository.git"

const objectCacheSize = 8 << 20 // bytes of objects kept in memory

// store is the bare repository on disk. It is a cache: whatever is wrong with
// it, the answer is to remove it and fetch again. Snapshots share its objects
// and go on reading after it was filled again.
//
// go-git's storage is not safe for concurrent use, so mu guards git as well.
type store struct {
	*objects

	path   string
	url    string
	branch string
	head   plumbing.Hash // as it is on disk; used by polls alone

	git   *filesystem.Storage
	packs map[string]int64 // files in objects/pack and their sizes

	writing sync.Mutex // held by who changes files; taken before mu
	tips    string     // as they are in the file tips
	loose   int        // objects with files of their own, about

	tidiness tidiness
}

// newStore makes a store that has yet to be opened.
func newStore(path, url, branch string) *store {
	s := &store{path: path, url: url, branch: branch, tidiness: usualTidiness}
	s.objects = &objects{lost: s.lost}
	return s
}

// lost explains a read that failed.
func (s *store) lost(doing string, err error) error {
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
	s.head = ref.Hash()
	s.sweep()
	ids, _ := s.looseObjects()
	s.loose = len(ids)
	_, err = s.tree(commit.tree)
	return s.head, err
}

// sweep removes what a process that was killed was writing.
func (s *store) sweep() {
	left, _ := filepath.Glob(filepath.Join(s.path, "objects", "pack", "tmp_*"))
	for _, file := range left {
		_ = os.Remove(file)
	}
}

// reset removes what is on disk and makes an empty repository.
func (s *store) reset() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.tips, s.head, s.loose = "", plumbing.ZeroHash, 0
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
		filesystem.Options{LargeObjectThreshold: DefaultMaxFileSize, KeepDescriptors: true})
}

// reload forgets what was known about the files on disk.
func (s *store) reload() {
	git := s.storage()
	packs, _ := s.listPacks()
	s.use(git)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.git != nil {
		_ = s.git.Close() // Nobody reads from it any more.
	}
	s.git, s.packs = git, packs
}

// listPacks returns the files in objects/pack, but for those that are being
// written.
func (s *store) listPacks() (map[string]int64, error) {
	dir, err := os.ReadDir(filepath.Join(s.path, "objects", "pack"))
	if err != nil {
		return nil, err
	}
	files := make(map[string]int64, len(dir))
	for _, entry := range dir {
		if strings.HasPrefix(entry.Name(), "tmp_") {
			continue
		}
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

// setHead records the branch's head.
func (s *store) setHead(id plumbing.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ref := plumbing.NewHashReference(plumbing.NewBranchReferenceName(s.branch), id)
	if err := s.git.SetReference(ref); err != nil {
		return s.cannotWrite(err)
	}
	s.head = id
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

// haves returns commits to tell the server about: the accepted one and a few
// before it, so that after a small rewind the server still finds common ground
// and sends only what differs.
func (s *store) haves(head plumbing.Hash) []plumbing.Hash {
	var known []plumbing.Hash
	for range 16 {
		if head.IsZero() || !s.has(head) {
			break
		}
		known = append(known, head)
		c, err := s.commit(head)
		if err != nil || len(c.parents) == 0 {
			break
		}
		head = c.parents[0]
	}
	return known
}
