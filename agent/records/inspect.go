package records

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/agent/source"
)

// inspect looks at what a commit did to the files, where that is not just what its message says, and finds out what is
// wrong. Files are returned when nothing is: then only a later commit is to blame for what the tip looks like.
func (v *verifier) inspect(i int, l *link, after *source.Snapshot) ([]file, error) {
	before, err := v.before(i)
	if err != nil {
		return nil, err
	}
	changes, err := changesOf(after, before)
	if err != nil {
		return nil, fmt.Errorf("read the files of commit %.12s of %s: %w", l.id, v.branch, err)
	}
	files, numbers := []file{}, map[uint64]bool{}
	for _, c := range changes {
		if c.Path == readmeFile && before == nil {
			continue
		}
		place, broken := v.addedFact(l, c)
		if broken != nil {
			return nil, broken
		}
		id, _ := parseID(c.After)
		files, numbers[place.Sequence] = append(files, file{c.Path, id}), true
	}
	for n := l.first; n <= l.last; n++ {
		if !numbers[n] {
			return nil, v.fault(l.id.String(), Truncated, nil, "its message says that it brings fact %d, and there is no such file", n)
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(numberIn(a.path), numberIn(b.path)) })
	return files, v.regrow(l, before, after, files)
}

// numberIn is the number in a path that was parsed before.
func numberIn(path string) uint64 {
	place, _ := ParsePath(path)
	return place.Sequence
}

// before is the tree that a commit was made on; nil for the first.
func (v *verifier) before(i int) (*source.Snapshot, error) {
	if i == 0 {
		return v.base, nil
	}
	before, err := v.reader.At(v.links[i-1].id.String())
	if err != nil {
		return nil, fmt.Errorf("read commit %.12s of %s: %w", v.links[i-1].id, v.branch, err)
	}
	return before, nil
}

// addedFact refuses everything but a new file with a fact that the message speaks of.
func (v *verifier) addedFact(l *link, c source.FileChange) (Place, *BranchError) {
	place, isFact := ParsePath(c.Path)
	fault := func(kind Fault, format string, args ...any) (Place, *BranchError) {
		return place, v.at(v.fault(l.id.String(), kind, nil, format, args...), file{path: c.Path}, place.Sequence)
	}
	switch {
	case c.After == "":
		return fault(Edited, "the file is removed")
	case c.Before != "":
		return fault(Edited, "the file is changed")
	case !c.Mode.IsRegular():
		return fault(Malformed, "it is no file but %s", c.Mode.Type())
	case !isFact:
		return fault(Malformed, "it is no file of a fact, and nothing else belongs on this branch")
	case place.Sequence < l.first:
		return fault(Replayed, "a file with the number %d is added where %s are said to be", place.Sequence, span(l.first, l.last))
	case place.Sequence > l.last:
		return fault(Malformed, "a file with the number %d is added where %s are said to be", place.Sequence, span(l.first, l.last))
	}
	return place, nil
}

// regrow takes the tree of a commit for what later ones are built on, if it holds nothing but what its files are.
func (v *verifier) regrow(l *link, before, after *source.Snapshot, files []file) (err error) {
	tree, err := newGrowing(before)
	if err != nil {
		return fmt.Errorf("read the files of %s: %w", v.branch, err)
	}
	if text, err := after.ObjectID(readmeFile); err == nil && before == nil {
		id, _ := parseID(text)
		if err := tree.put(readmeFile, id); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := tree.put(f.path, f.id); err != nil {
			return err
		}
	}
	if tree.id() != l.tree {
		return v.fault(l.id.String(), Malformed, nil, "its tree is not as git writes it, or two files have one number")
	}
	v.tree = tree
	return nil
}
