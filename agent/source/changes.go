package source

import (
	"bytes"
	"maps"
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
		d := diff{changes: c, limit: manyChanges}
		if changed, err = d.files(parent.tree, n.tree); err != nil {
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

// diff lists the files in which two trees differ.
type diff struct {
	changes *changes
	within  *paths // if not nil, only what concerns them is listed
	limit   int    // more files than this are not looked for
	list    []string
}

// files lists those of two trees. It is called with mu held.
func (d *diff) files(a, b plumbing.Hash) ([]string, error) {
	err := d.compare("", a, b)
	return d.list, err
}

func (d *diff) compare(dir string, a, b plumbing.Hash) error {
	if a == b || len(d.list) > d.limit {
		return nil
	}
	old, err := d.changes.entries(a)
	if err != nil {
		return err
	}
	new, err := d.changes.entries(b)
	if err != nil {
		return err
	}
	old, new = differing(old, new)
	before, after := first(old), first(new)
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := d.entry(path.Join(dir, name), before[name], after[name]); err != nil {
			return err
		}
	}
	return nil
}

// entry compares what is at one path, either of which may be nothing.
func (d *diff) entry(name string, was, is link) error {
	if was == is || d.within != nil && !d.within.concerns(name) {
		return nil
	}
	if was != (link{}) && was.mode != dirMode || is != (link{}) && is.mode != dirMode {
		d.list = append(d.list, name)
	}
	return d.compare(name, directory(was), directory(is))
}

// directory returns the tree that a link leads to, if it does.
func directory(l link) plumbing.Hash {
	if l.mode == dirMode {
		return l.id
	}
	return emptyTree
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
	if known, ok := c.trees[id]; ok || id == emptyTree {
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
