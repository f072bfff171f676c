package source

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	manyChanges   = 256     // of one commit: beyond it they are not remembered
	changesCached = 500_000 // of all commits
)

// changes remembers what each commit changed, so that the past of a thousand
// units is read from Git once and not a thousand times. It is a hint: it says
// for certain only what a commit did not change.
type changes struct {
	objects *objects

	mu    sync.Mutex
	known map[plumbing.Hash][]string
	size  int
	trees map[plumbing.Hash][]named // a few that were read last
}

// named is one entry of a directory.
type named struct {
	name string
	link
}

// treesKept is how many directories are kept for the next comparison: what a
// commit is compared with is compared with its own parent next.
const treesKept = 64

// everything is a change that nothing is known of.
var everything = []string{"."}

// certainlySame reports whether none of the names can differ between a commit
// and its first parent.
func (c *changes) certainlySame(n, parent *node, p *paths) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, ok := c.known[n.id]
	if !ok {
		var err error
		if changed, err = c.between(nil, "", parent.tree, n.tree); err != nil {
			return false, err
		}
		if len(changed) > manyChanges {
			changed = everything
		}
		c.remember(n.id, slices.Clip(changed))
	}
	return !slices.ContainsFunc(changed, p.concerns), nil
}

func (c *changes) remember(id plumbing.Hash, changed []string) {
	if c.known == nil || c.size > changesCached {
		c.known, c.size = map[plumbing.Hash][]string{}, 0
	}
	c.known[id] = changed
	c.size += 1 + len(changed)
}

// between appends the paths in which two directories differ: of files, and of
// directories that only one of them has.
func (c *changes) between(list []string, dir string, a, b plumbing.Hash) ([]string, error) {
	if a == b || len(list) > manyChanges {
		return list, nil
	}
	old, err := c.entries(a)
	if err != nil {
		return nil, err
	}
	new, err := c.entries(b)
	if err != nil {
		return nil, err
	}
	old, new = differing(old, new)
	before := first(old)
	for name, is := range first(new) {
		was := before[name]
		delete(before, name)
		switch {
		case was == is:
		case was.mode == dirMode && is.mode == dirMode:
			list, err = c.between(list, path.Join(dir, name), was.id, is.id)
		default:
			list = append(list, path.Join(dir, name))
		}
		if err != nil {
			return nil, err
		}
	}
	for name := range before {
		list = append(list, path.Join(dir, name))
	}
	return list, nil
}

// first maps names to what a directory says of them first.
func first(entries []named) map[string]link {
	all := make(map[string]link, len(entries))
	for _, e := range slices.Backward(entries) {
		all[e.name] = e.link
	}
	return all
}

// differing drops what is the same at the beginning and at the end.
func differing(a, b []named) (x, y []named) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}

// entries reads a directory, as leniently as links does.
func (c *changes) entries(id plumbing.Hash) ([]named, error) {
	if known, ok := c.trees[id]; ok {
		return known, nil
	}
	raw, err := c.objects.read(id, plumbing.TreeObject, maxTree)
	if err != nil {
		return nil, err
	}
	text := string(raw) // Names are parts of it.
	list := make([]named, 0, len(raw)/40)
	for len(raw) > 0 {
		space, end := bytes.IndexByte(raw, ' '), bytes.IndexByte(raw, 0)
		if space < 0 || end < space || len(raw)-end-1 < len(plumbing.ZeroHash) {
			break
		}
		e := named{name: text[space+1 : end], link: link{mode: canonical(text[:space])}}
		copy(e.id[:], raw[end+1:])
		list = append(list, e)
		raw, text = raw[end+1+len(e.id):], text[end+1+len(e.id):]
	}
	if c.trees == nil || len(c.trees) >= treesKept {
		c.trees = map[plumbing.Hash][]named{}
	}
	c.trees[id] = list
	return list, nil
}

// concerns reports whether a change of a path may be one of the names: it is
// one of them, holds one or is in one.
func (p *paths) concerns(changed string) bool {
	here := p.root
	if changed == "." {
		return true
	}
	for part := range strings.SplitSeq(changed, "/") {
		if here.whole {
			return true
		}
		if here = here.below[part]; here == nil {
			return false
		}
	}
	return true
}
