package source

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
)

// maxEdits is how many lines of one file may differ before they are not counted
// one by one: finding the smallest difference takes the square of it.
const maxEdits = 8192

// Lines returns how many lines differ in the named files, removed and added
// ones together, as git diff --minimal --numstat counts them. A file that does
// not exist has no lines, and one that is not text has a single one. Where more
// than 8,192 lines of a file differ, all from the first to the last that differ
// are counted. The count depends on the contents alone, so that it is the same
// wherever it is made. A file system that is nil has no files.
func Lines(old, new fs.FS, names []string) (int64, error) {
	var sum int64
	for _, name := range names {
		a, err := text(old, name)
		if err != nil {
			return 0, err
		}
		b, err := text(new, name)
		if err != nil {
			return 0, err
		}
		sum += int64(edits(number(a, b)))
	}
	return sum, nil
}

// text returns the lines of a file.
func text(fsys fs.FS, name string) ([]string, error) {
	if fsys == nil {
		return nil, nil
	}
	data, err := bounded(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0:
		return nil, nil
	case err != nil:
		return nil, err
	case isBinary(data):
		return []string{string(data)}, nil
	}
	lines := strings.SplitAfter(string(data), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines, nil
}

// bounded reads a file that is not larger than a Snapshot would read.
func bounded(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > DefaultMaxFileSize {
		return nil, &FileTooLargeError{Path: name, Size: info.Size(), Limit: DefaultMaxFileSize}
	}
	return fs.ReadFile(fsys, name)
}

// isBinary reports what Git takes for binary: a NUL near the beginning.
func isBinary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}

// number replaces each line by a number that stands for its text.
func number(a, b []string) (x, y []int) {
	known := map[string]int{}
	numbers := func(lines []string) []int {
		list := make([]int, len(lines))
		for i, line := range lines {
			n, ok := known[line]
			if !ok {
				n = len(known)
				known[line] = n
			}
			list[i] = n
		}
		return list
	}
	return numbers(a), numbers(b)
}

// edits returns the smallest number of removals and insertions that make b of
// a: Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
func edits(a, b []int) int {
	a, b = trim(a, b)
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	limit := min(len(a)+len(b), maxEdits)
	reach := make([]int, 2*limit+2) // by diagonal: how far into a d edits get
	at := func(k int) *int { return &reach[k+limit] }
	for d := 0; d <= limit; d++ {
		for k := -d; k <= d; k += 2 {
			x := 0
			switch {
			case d == 0:
			case k == -d || k != d && *at(k - 1) < *at(k + 1):
				x = *at(k + 1)
			default:
				x = *at(k - 1) + 1
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			if x >= len(a) && x-k >= len(b) {
				return d
			}
			*at(k) = x
		}
	}
	return len(a) + len(b)
}

// trim drops what is the same at the beginning and at the end.
func trim(a, b []int) (x, y []int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}
