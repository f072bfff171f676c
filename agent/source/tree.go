package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
)

// entry is one name in a directory.
type entry struct {
	name string
	id   plumbing.Hash
	mode fs.FileMode
	// refused is the error that opening it gives, or nil.
	refused error
}

// tree is a decoded directory. It is immutable.
type tree struct {
	entries []entry // sorted by name, as fs.ReadDir wants
}

// find returns the entry with the name.
func (t *tree) find(name string) (entry, bool) {
	i, ok := slices.BinarySearchFunc(t.entries, name, func(e entry, name string) int {
		return strings.Compare(e.name, name)
	})
	if !ok {
		return entry{}, false
	}
	return t.entries[i], true
}

// parseTree decodes a tree object: mode, space, name, NUL and twenty bytes of
// id, over and over. It is strict, since a tree that two readers understand
// differently could show one thing to a reviewer and another to the agent.
func parseTree(raw []byte) (*tree, error) {
	text := string(raw) // Names are parts of it.
	entries := make([]entry, 0, len(raw)/shortEntry)
	for len(raw) > 0 {
		space := bytes.IndexByte(raw, ' ')
		end := bytes.IndexByte(raw, 0)
		if space < 0 || end < space || len(raw)-end-1 < len(plumbing.ZeroHash) {
			return nil, errors.New("an entry breaks off")
		}
		e := entry{name: text[space+1 : end]}
		copy(e.id[:], raw[end+1:])
		if err := e.classify(text[:space]); err != nil {
			return nil, err
		}
		entries = append(entries, e)
		raw, text = raw[end+1+len(e.id):], text[end+1+len(e.id):]
	}
	byName := func(a, b entry) int { return strings.Compare(a.name, b.name) }
	if !slices.IsSortedFunc(entries, byName) { // Git sorts directories in another way.
		slices.SortFunc(entries, byName)
	}
	for i := 1; i < len(entries); i++ {
		if entries[i].name == entries[i-1].name {
			return nil, fmt.Errorf("the name %q occurs twice", entries[i].name)
		}
	}
	return &tree{entries}, nil
}

// shortEntry is about as few bytes as an entry takes.
const shortEntry = 30

// classify sets what the entry is from its mode and name.
func (e *entry) classify(mode string) error {
	if e.name == "" || e.name == "." || e.name == ".." || strings.Contains(e.name, "/") {
		return fmt.Errorf("the name %q is impossible", e.name)
	}
	switch mode {
	case "100644", "100664":
		e.mode = 0o444
	case "100755":
		e.mode = 0o555
	case "40000":
		e.mode = fs.ModeDir | 0o555
	case "120000":
		e.mode, e.refused = fs.ModeSymlink, ErrSymlink
	case "160000":
		e.mode, e.refused = fs.ModeIrregular, ErrSubmodule
	default:
		return fmt.Errorf("%q has the unknown mode %q", e.name, mode)
	}
	if badName(e.name) {
		e.mode, e.refused = fs.ModeIrregular, ErrName
	}
	return nil
}

// badName reports names that no honest repository holds.
func badName(name string) bool {
	return strings.EqualFold(name, ".git") || !utf8.ValidString(name)
}
