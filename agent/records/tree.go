package records

import (
	"crypto/sha1" // what Git names objects by; that what was read is what it is called, agent/source has verified
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/source"
)

// objectID is the id of a Git object.
type objectID [sha1.Size]byte

// parseID reads 40 hex digits.
func parseID(text string) (id objectID, ok bool) {
	n, err := hex.Decode(id[:], []byte(text))
	return id, err == nil && n == len(id)
}

func (id objectID) String() string { return hex.EncodeToString(id[:]) }

// growing is the tree of a branch to which files are added. It reckons the id that Git gives the tree, so that each commit
// can be asked whether it added these files and did nothing else, without reading its tree.
type growing struct {
	base *source.Snapshot // what is not read yet; nil begins empty
	root *growingDir
}

// errClosed: a file is put where nothing comes any more.
var errClosed = errors.New("the day has ended")

// growingDir is a directory that was looked into.
type growingDir struct {
	entries []growingEntry // in Git's order
	id      objectID
	stale   bool // id is to be reckoned again
}

type growingEntry struct {
	name string
	id   objectID
	dir  bool
	mode string
	open *growingDir // nil for a file, and for a directory that is not looked into
}

// key is what Git sorts by.
func (e growingEntry) key() string {
	if e.dir {
		return e.name + "/"
	}
	return e.name
}

// newGrowing begins with the tree of a commit, or with an empty one.
func newGrowing(base *source.Snapshot) (*growing, error) {
	g := &growing{base: base}
	var err error
	g.root, err = g.read(".")
	return g, err
}

// read looks into a directory of the base.
func (g *growing) read(path string) (*growingDir, error) {
	d := &growingDir{stale: true}
	if g.base == nil {
		return d, nil
	}
	listed, err := g.base.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, item := range listed {
		name := item.Name()
		if path != "." {
			name = path + "/" + name
		}
		text, err := g.base.ObjectID(name)
		if err != nil {
			return nil, err
		}
		id, _ := parseID(text)
		d.entries = append(d.entries, growingEntry{name: item.Name(), id: id, dir: item.IsDir(), mode: modeOf(item.Type())})
	}
	slices.SortFunc(d.entries, func(a, b growingEntry) int { return strings.Compare(a.key(), b.key()) })
	return d, nil
}

// modeOf is how Git writes what something is.
func modeOf(mode fs.FileMode) string {
	if mode.IsDir() {
		return "40000"
	}
	return "100644"
}

// put adds a file. Directories beside its own are not needed any more: facts come in the order of their days.
func (g *growing) put(path string, id objectID) error {
	here, done := g.root, ""
	parts := strings.Split(path, "/")
	for _, name := range parts[:len(parts)-1] {
		here.stale = true
		done = strings.TrimPrefix(done+"/"+name, "/")
		next := here.entry(growingEntry{name: name, dir: true, mode: modeOf(fs.ModeDir)})
		if next.open == nil {
			if err := g.open(here, next, done); err != nil {
				return err
			}
		}
		here = next.open
	}
	here.stale = true
	here.entry(growingEntry{name: parts[len(parts)-1], mode: modeOf(0)}).id = id
	return nil
}

// open looks into a directory, or makes it, and closes the others beside it but for those of other models.
func (g *growing) open(parent *growingDir, e *growingEntry, path string) (err error) {
	if parent != g.root {
		for i := range parent.entries {
			if other := &parent.entries[i]; other.open != nil {
				other.id, other.open = other.open.reckon(), nil
			}
		}
	}
	if e.id == (objectID{}) {
		e.open = &growingDir{stale: true}
		return nil
	}
	if g.base == nil {
		return errClosed
	}
	e.open, err = g.read(path)
	return err
}

// entry finds a name, and adds it where it is not there.
func (d *growingDir) entry(wanted growingEntry) *growingEntry {
	i, found := slices.BinarySearchFunc(d.entries, wanted.key(), func(e growingEntry, key string) int { return strings.Compare(e.key(), key) })
	if !found {
		d.entries = slices.Insert(d.entries, i, wanted)
	}
	return &d.entries[i]
}

// id is that of the tree as it is now.
func (g *growing) id() objectID { return g.root.reckon() }

func (d *growingDir) reckon() objectID {
	if d.stale {
		body := d.body()
		sum := sha1.New()
		fmt.Fprintf(sum, "tree %d\x00", len(body))
		sum.Write(body)
		d.id, d.stale = objectID(sum.Sum(nil)), false
	}
	return d.id
}

// body is the directory as a tree object has it.
func (d *growingDir) body() []byte {
	var body []byte
	for i := range d.entries {
		e := &d.entries[i]
		if e.open != nil {
			e.id = e.open.reckon()
		}
		body = append(append(append(append(append(body, e.mode...), ' '), e.name...), 0), e.id[:]...)
	}
	return body
}
