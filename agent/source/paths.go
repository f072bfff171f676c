package source

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// mark stands for what a set of paths is in a tree: two trees in which all of
// them are the same have the same mark.
type mark [sha256.Size]byte

// absent is the mark of paths that do not exist.
var absent mark

// paths compares named files and directories between trees. Names that share a
// directory are looked for together, and each directory is read once, however
// many commits have it: that of an unchanged directory is known by its id.
type paths struct {
	objects *objects
	root    *place
}

// place is a name that is a path itself, or is on the way to some.
type place struct {
	whole bool
	below map[string]*place
	names []string // of below, sorted
	known map[plumbing.Hash]mark
}

// emptyTree is the id of a directory without files, which only a root can be.
var emptyTree = plumbing.ComputeHash(plumbing.TreeObject, nil)

// newPaths prepares to compare names. "." is everything.
func newPaths(objects *objects, names []string) (*paths, error) {
	p := &paths{objects: objects, root: new(place)}
	for _, name := range names {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("history of %q: %w", name, fs.ErrInvalid)
		}
		here := p.root
		if name != "." {
			for part := range strings.SplitSeq(name, "/") {
				here = here.child(part)
			}
		}
		here.whole = true
	}
	p.root.prepare()
	return p, nil
}

func (p *place) child(name string) *place {
	if p.below == nil {
		p.below = map[string]*place{}
	}
	if p.below[name] == nil {
		p.below[name] = new(place)
	}
	return p.below[name]
}

func (p *place) prepare() {
	p.known = map[plumbing.Hash]mark{}
	p.names = slices.Sorted(maps.Keys(p.below))
	for _, child := range p.below {
		child.prepare()
	}
}

// of returns the mark of the paths in a tree.
func (p *paths) of(tree plumbing.Hash) (mark, error) {
	return p.mark(p.root, link{mode: dirMode, id: tree})
}

// mark returns the mark of what is at or below a place.
func (p *paths) mark(at *place, l link) (mark, error) {
	switch {
	case l == link{}, l.id == emptyTree:
		return absent, nil
	case at.whole:
		return sha256.Sum256(append([]byte(l.mode+" "), l.id[:]...)), nil
	case l.mode != dirMode:
		return absent, nil
	}
	if known, ok := at.known[l.id]; ok {
		return known, nil
	}
	raw, err := p.objects.read(l.id, plumbing.TreeObject, maxTree)
	if err != nil {
		return absent, err
	}
	m, err := p.combine(at, links(raw, at.below))
	if err == nil {
		at.known[l.id] = m
	}
	return m, err
}

// combine makes one mark of those of all places below.
func (p *paths) combine(at *place, found map[string]link) (mark, error) {
	sum, exists := sha256.New(), false
	for _, name := range at.names {
		m, err := p.mark(at.below[name], found[name])
		if err != nil {
			return absent, err
		}
		exists = exists || m != absent
		sum.Write(m[:])
	}
	if !exists {
		return absent, nil
	}
	return mark(sum.Sum(nil)), nil
}

// link is what a directory says of one name.
type link struct {
	mode string
	id   plumbing.Hash
}

// dirMode is how Git writes that an entry is a directory.
const dirMode = "40000"

// links finds names in a raw tree. It is lenient where parseTree is strict:
// what nobody will read from any more need not be well-formed, and an odd mode
// years ago must not end all looking back.
func links(raw []byte, names map[string]*place) map[string]link {
	found := make(map[string]link, len(names))
	for len(raw) > 0 && len(found) < len(names) {
		mode, rest, ok := bytes.Cut(raw, []byte{' '})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		if !ok || !ok2 || len(rest) < len(plumbing.ZeroHash) {
			break
		}
		raw = rest[len(plumbing.ZeroHash):]
		if names[string(name)] == nil {
			continue
		}
		if _, twice := found[string(name)]; !twice {
			l := link{mode: canonical(string(mode))}
			copy(l.id[:], rest)
			found[string(name)] = l
		}
	}
	return found
}

// canonical returns the mode that Git would write today.
func canonical(mode string) string {
	bits, err := strconv.ParseUint(mode, 8, 32)
	switch {
	case err != nil || bits>>12 != 0o10: // not a regular file
		return strings.TrimLeft(mode, "0")
	case bits&0o100 != 0:
		return "100755"
	}
	return "100644"
}
