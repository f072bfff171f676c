package source

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// folder is a directory that is being changed. Its items are sorted as Git
// sorts them, and it keeps modes as they were written, so that whatever is not
// touched stays the same to the last bit.
type folder struct {
	id      plumbing.Hash // as long as it is not changed
	loaded  bool
	changed bool
	items   []item
}

// item is one name in a folder.
type item struct {
	named
	below *folder // of a directory that was entered
}

func (i item) isDir() bool { return i.mode == dirMode }

// compare says whether the item comes before a name, as Git sorts them: a
// directory as if its name ended with a slash.
func (i item) compare(name string, isDir bool) int {
	n := min(len(i.name), len(name))
	if c := strings.Compare(i.name[:n], name[:n]); c != 0 {
		return c
	}
	return cmp.Compare(next(i.name, n, i.isDir()), next(name, n, isDir))
}

// next is the byte of a name after the first n, with the slash that it may be
// thought to end with.
func next(name string, n int, isDir bool) byte {
	switch {
	case n < len(name):
		return name[n]
	case isDir:
		return '/'
	}
	return 0
}

// load reads a folder that was not looked into before.
func (b *Builder) load(f *folder) error {
	if f.loaded {
		return nil
	}
	if f.id != emptyTree {
		raw, err := b.objects.read(f.id, plumbing.TreeObject, maxTree)
		if err != nil {
			return err
		}
		if f.items, err = parseItems(raw); err != nil {
			return malformed(plumbing.TreeObject, f.id, err)
		}
	}
	f.loaded = true
	return nil
}

// parseItems reads a directory of which another is to be made. What parseTree
// refuses, or Git would not have written, is no ground to build on.
func parseItems(raw []byte) ([]item, error) {
	if _, err := parseTree(raw); err != nil {
		return nil, err
	}
	text := string(raw) // Names and modes are parts of it.
	items := make([]item, 0, len(raw)/shortEntry)
	for len(text) > 0 {
		space, end := strings.IndexByte(text, ' '), strings.IndexByte(text, 0)
		i := item{named: named{name: text[space+1 : end], link: link{mode: text[:space]}}}
		text = text[end+1+copy(i.id[:], text[end+1:]):]
		items = append(items, i)
	}
	for i := 1; i < len(items); i++ {
		if items[i-1].compare(items[i].name, items[i].isDir()) >= 0 {
			return nil, errors.New("its names are not in order")
		}
	}
	return items, nil
}

// find returns where an entry is, or where it belongs.
func (f *folder) find(name string, isDir bool) (int, bool) {
	return slices.BinarySearchFunc(f.items, name, func(i item, name string) int { return i.compare(name, isDir) })
}

// enter returns a folder below, which is made if there is none.
func (f *folder) enter(name string) *folder {
	at, ok := f.find(name, true)
	if !ok {
		f.items = slices.Insert(f.items, at, item{named: named{name: name, link: link{mode: dirMode}}, below: &folder{loaded: true}})
	}
	if f.items[at].below == nil {
		f.items[at].below = &folder{id: f.items[at].id}
	}
	return f.items[at].below
}

// set makes a name be a plain file.
func (f *folder) set(name string, id plumbing.Hash) error {
	file := item{named: named{name: name, link: link{mode: "100644", id: id}}}
	at, ok := f.find(name, false)
	if !ok {
		f.items = slices.Insert(f.items, at, file)
		return nil
	}
	var old entry
	old.name = name
	if err := old.classify(f.items[at].mode); err != nil {
		return err
	}
	if old.refused != nil {
		return old.refused
	}
	f.items[at] = file
	return nil
}

func (f *folder) drop(at int) { f.items = slices.Delete(f.items, at, at+1) }

// write makes the tree of a folder, and of those below that were changed. A
// folder without files is none, and has no id.
func (b *Builder) write(f *folder) plumbing.Hash {
	if !f.changed {
		return f.id
	}
	f.changed = false
	kept := f.items[:0]
	var raw bytes.Buffer
	for _, i := range f.items {
		if i.below != nil {
			i.id = b.write(i.below)
		}
		if i.id.IsZero() {
			continue
		}
		kept = append(kept, i)
		raw.WriteString(i.mode)
		raw.WriteByte(' ')
		raw.WriteString(i.name)
		raw.WriteByte(0)
		raw.Write(i.id[:])
	}
	f.items = kept
	id := plumbing.ZeroHash
	if len(kept) > 0 {
		id = plumbing.ComputeHash(plumbing.TreeObject, raw.Bytes())
	}
	if !id.IsZero() && id != f.id {
		b.make(plumbing.TreeObject, raw.Bytes())
	}
	f.id = id
	return id
}
