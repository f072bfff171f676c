package source

import (
	"bytes"
	"io"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
)

// add makes objects part of the store, which may become about as large as the
// limit.
func (s *store) add(objects []Object, limit int64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.size() > limit {
		return &Error{Kind: TooLarge, Problem: "the repository is larger than " + size(limit), Mend: "raise the limit"}
	}
	return s.write(objects)
}

// write writes each object into a file of its own. A commit comes after all
// that it refers to, so that wherever it breaks off, a commit that is there is
// there with its files and its past. It is called with writing held.
func (s *store) write(objects []Object) error {
	git := s.storage()
	for _, o := range inOrder(objects) {
		if s.has(o.id) {
			continue
		}
		if _, err := git.SetEncodedObject(o.encoded()); err != nil {
			return s.cannotWrite(err)
		}
		s.loose++
	}
	return nil
}

// rank is the order in which kinds of objects refer to each other.
var rank = map[plumbing.ObjectType]int{
	plumbing.BlobObject: 0, plumbing.TreeObject: 1, plumbing.CommitObject: 2, plumbing.TagObject: 3,
}

// inOrder sorts objects so that none comes before one that it refers to, except
// among directories.
func inOrder(objects []Object) []Object {
	order := slices.Clone(objects)
	slices.SortStableFunc(order, func(a, b Object) int { return rank[a.kind] - rank[b.kind] })
	isCommit := func(o Object) bool { return o.kind == plumbing.CommitObject }
	from := slices.IndexFunc(order, isCommit)
	if from < 0 {
		return order
	}
	to := from
	for to < len(order) && isCommit(order[to]) {
		to++
	}
	copy(order[from:to], parentsFirst(order[from:to]))
	return order
}

// parentsFirst sorts commits.
func parentsFirst(commits []Object) []Object {
	waiting := map[plumbing.Hash]Object{}
	for _, c := range commits {
		waiting[c.id] = c
	}
	order := make([]Object, 0, len(commits))
	opened := map[plumbing.Hash]bool{}
	var stack []plumbing.Hash
	for _, c := range commits {
		stack = append(stack, c.id)
		for len(stack) > 0 {
			id := stack[len(stack)-1]
			here, ok := waiting[id]
			switch {
			case ok && !opened[id]:
				opened[id] = true
				stack = append(stack, parentsIn(here.data)...)
				continue
			case ok:
				order = append(order, here)
				delete(waiting, id)
			}
			stack = stack[:len(stack)-1]
		}
	}
	return order
}

// parentsIn returns the parents that a raw commit names.
func parentsIn(raw []byte) []plumbing.Hash {
	var parents []plumbing.Hash
	for line := range bytes.Lines(raw) {
		id, ok := bytes.CutPrefix(line, []byte("parent "))
		if len(line) < 2 {
			break
		}
		if ok {
			parents = append(parents, plumbing.NewHash(string(bytes.TrimSpace(id))))
		}
	}
	return parents
}

// objectsOf returns what is in a memory.
func objectsOf(unpacked *memory.Storage) ([]Object, error) {
	var all []Object
	for id, obj := range unpacked.Objects {
		r, err := obj.Reader()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		all = append(all, Object{kind: obj.Type(), id: id, data: data})
	}
	return all, nil
}
