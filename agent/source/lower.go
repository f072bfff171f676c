package source

import (
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
)

// lower lets other objects read from these.
type lower struct{ *objects }

func (b lower) EncodedObject(_ plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	found, err := b.load(id, maxObject)
	if err != nil {
		return nil, err
	}
	return found.encoded(), nil
}

func (b lower) HasEncodedObject(id plumbing.Hash) error {
	if !b.has(id) {
		return plumbing.ErrObjectNotFound
	}
	return nil
}

// sound says what is wrong with a commit that was fetched, if its root
// directory cannot be read. It does not find the store damaged by it.
func (o *objects) sound(id plumbing.Hash) error {
	quiet := &objects{lost: func(doing string, err error) error {
		return &Error{Kind: ServerFailed, Problem: fmt.Sprintf("%s failed after it was fetched: %s", doing, reason(err)),
			Mend: "see what git fsck says on the server"}
	}}
	quiet.use(lower{o})
	c, err := quiet.commit(id)
	if err == nil {
		_, err = quiet.tree(c.tree)
	}
	return err
}

// overlay reads objects that were made, and those of a store below them.
func overlay(objs []Object, store *objects) *objects {
	top := made{}
	for _, o := range objs {
		top[o.id] = o
	}
	all := &objects{lost: store.lost}
	all.use(top, lower{store})
	return all
}

// made are objects that are in memory alone.
type made map[plumbing.Hash]Object

func (m made) EncodedObject(_ plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	if o, ok := m[id]; ok {
		return o.encoded(), nil
	}
	return nil, plumbing.ErrObjectNotFound
}

func (m made) HasEncodedObject(id plumbing.Hash) error {
	if _, ok := m[id]; !ok {
		return plumbing.ErrObjectNotFound
	}
	return nil
}

// encoded returns an object as go-git knows it.
func (o Object) encoded() plumbing.EncodedObject {
	obj := new(plumbing.MemoryObject)
	obj.SetType(o.kind)
	_, _ = obj.Write(o.data)
	return obj
}
