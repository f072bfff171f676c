package source

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

const (
	treeCacheSize = 200_000  // entries of decoded trees kept in memory
	nodeCacheSize = 200_000  // commits kept in memory as nodes
	maxTree       = 32 << 20 // bytes of one directory: about a million names
	maxCommit     = 4 << 20  // bytes of one commit, with its message and signature
)

// database is what we need of go-git's object storage. It is not safe for
// concurrent use.
type database interface {
	EncodedObject(kind plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error)
	HasEncodedObject(id plumbing.Hash) error
}

// objects reads Git's objects for Snapshots and History. It belongs to a
// Repository's store or to a Clone, which differ in where objects lie and in
// what to say when one cannot be read.
type objects struct {
	// lost explains why an object that ought to be there cannot be read.
	lost func(doing string, err error) error

	damaged atomic.Bool // a read found that the objects cannot be trusted

	mu        sync.Mutex // guards each read, and what follows
	databases []database // looked into in this order
	trees     map[plumbing.Hash]*tree
	entries   int // in all of trees
	nodes     map[plumbing.Hash]*node
}

// use reads from other databases from now on. Trees are forgotten, so that
// damage to them is noticed; nodes are kept, since walking all of history
// again would be slow and they are what their ids say.
func (o *objects) use(databases ...database) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.databases = databases
	o.trees, o.entries = map[plumbing.Hash]*tree{}, 0
}

// has reports whether an object is there, without reading it.
func (o *objects) has(id plumbing.Hash) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, db := range o.databases {
		if db.HasEncodedObject(id) == nil {
			return true
		}
	}
	return false
}

// find opens an object in the first database that has it. It is called with
// mu held.
func (o *objects) find(id plumbing.Hash) (plumbing.EncodedObject, error) {
	var first error
	for _, db := range o.databases {
		obj, err := db.EncodedObject(plumbing.AnyObject, id)
		if err == nil {
			return obj, nil
		}
		if first == nil || errors.Is(first, plumbing.ErrObjectNotFound) {
			first = err
		}
	}
	return nil, first
}

// damage explains a read that failed although the object ought to be there.
func (o *objects) damage(doing string, err error) error {
	err = o.lost(doing, err)
	if KindOf(err) != HistoryMissing { // which a shallow clone is meant to lack
		o.damaged.Store(true)
	}
	return err
}

// errTooLarge says that an object exceeds the limit it was to be read with.
type errTooLarge struct{ size int64 }

func (e errTooLarge) Error() string { return fmt.Sprintf("it is %d bytes", e.size) }

// errKind says that an object is of another kind than what refers to it says.
var errKind = errors.New("it is an object of another kind")

// read returns an object's contents after checking that they hash to its id.
// An object larger than limit is not read; errTooLarge is returned.
func (o *objects) read(id plumbing.Hash, kind plumbing.ObjectType, limit int64) ([]byte, error) {
	data, err := o.readUnverified(id, kind, limit)
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
		return nil, o.damage(fmt.Sprintf("reading %s %s", kind, id), err)
	}
	return data, nil
}

func (o *objects) readUnverified(id plumbing.Hash, kind plumbing.ObjectType, limit int64) ([]byte, error) {
	found, err := o.load(id, limit)
	if found.kind != plumbing.InvalidObject && found.kind != kind {
		return nil, errKind
	}
	return found.data, err
}

// load returns an object of any kind. It may not be what its id says.
func (o *objects) load(id plumbing.Hash, limit int64) (Object, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	obj, err := o.find(id)
	if err != nil {
		return Object{}, err
	}
	found := Object{kind: obj.Type(), id: id}
	if obj.Size() > limit {
		return found, errTooLarge{obj.Size()}
	}
	r, err := obj.Reader()
	if err != nil {
		return found, err
	}
	defer r.Close()
	found.data = make([]byte, obj.Size())
	_, err = io.ReadFull(r, found.data)
	return found, err
}

// blobSize returns a file's size from its header.
func (o *objects) blobSize(id plumbing.Hash) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	obj, err := o.find(id)
	switch {
	case err != nil:
		return 0, o.damage("reading blob "+id.String(), err)
	case obj.Type() != plumbing.BlobObject:
		return 0, malformed(plumbing.BlobObject, id, errKind)
	}
	return obj.Size(), nil
}

// commit is what following a branch needs of a commit object.
type commit struct {
	id      plumbing.Hash
	tree    plumbing.Hash
	parents []plumbing.Hash
	when    time.Time
	shown   Commit
}

// commit returns a decoded commit.
func (o *objects) commit(id plumbing.Hash) (*commit, error) {
	raw, err := o.read(id, plumbing.CommitObject, maxCommit)
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
func (o *objects) tree(id plumbing.Hash) (*tree, error) {
	o.mu.Lock()
	known := o.trees[id]
	o.mu.Unlock()
	if known != nil {
		return known, nil
	}
	raw, err := o.read(id, plumbing.TreeObject, maxTree)
	if err != nil {
		return nil, err
	}
	t, err := parseTree(raw)
	if err != nil {
		return nil, malformed(plumbing.TreeObject, id, err)
	}
	o.remember(id, t)
	return t, nil
}

// remember keeps a tree, and forgets all others when they become too many.
func (o *objects) remember(id plumbing.Hash, t *tree) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.entries+len(t.entries) > treeCacheSize {
		o.trees, o.entries = map[plumbing.Hash]*tree{}, 0
	}
	o.trees[id] = t
	o.entries += len(t.entries)
}

// malformed is an object that is what its hash says, and nonsense.
func malformed(kind plumbing.ObjectType, id plumbing.Hash, why error) error {
	return &Error{Kind: ObjectMalformed, Problem: fmt.Sprintf("%s %s is malformed: %v", kind, id, why),
		Mend: "find with git fsck who wrote it, and commit it anew"}
}
