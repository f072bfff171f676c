package records

import (
	"errors"
	"fmt"
)

// foreseen are the files that a commit has to have added for its tree to be what it is; nil if it did something else. They
// are looked up in the tip, so that no tree in between has to be read.
func (v *verifier) foreseen(i int, l *link) ([]file, error) {
	var files []file
	for n := l.first; n <= l.last; n++ {
		f, ok := v.added[n]
		if !ok {
			return nil, nil
		}
		files = append(files, f)
	}
	puts := files
	if v.base == nil && i == 0 {
		if text, err := v.now.ObjectID(readmeFile); err == nil {
			id, _ := parseID(text)
			puts = append([]file{{readmeFile, id}}, files...)
		}
	}
	for _, f := range puts {
		if err := v.tree.put(f.path, f.id); errors.Is(err, errClosed) {
			return nil, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the files of %s: %w", v.branch, err)
		}
	}
	if v.tree.id() != l.tree {
		return nil, nil
	}
	for n := l.first; n <= l.last; n++ {
		delete(v.added, n)
	}
	return files, nil
}
