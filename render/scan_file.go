package render

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// file vets a reference to a file: in or below the root, as kustomize's own restriction wants it. It
// returns the file's name and contents.
func (s *scanner) file(root string, from origin, reference string) (string, []byte, bool) {
	name, ok := s.resolve(root, from, reference)
	if !ok {
		return "", nil, false
	}
	return s.named(root, from, name)
}

// named is file for a name that was resolved.
func (s *scanner) named(root string, from origin, name string) (string, []byte, bool) {
	if !isWithin(name, root) {
		s.report(from, rulePathEscape, "move the file below the kustomization, or make a kustomization beside the file and refer to that",
			"%s is not in or below %s", name, root)
		return "", nil, false
	}
	s.references++
	if data, ok := s.closure.files[name]; ok {
		s.bytes += len(data)
		return name, data, s.within(from)
	}
	data, err := read(s.fsys, name)
	if err != nil {
		s.unreadable(from, name, err)
		return "", nil, false
	}
	s.bytes += len(data)
	if len(data) > document.MaxBytes {
		s.report(from, problem.TooLarge, "split the file", "%s has %d bytes, and a file may have %d", name, len(data), document.MaxBytes)
		return "", nil, false
	}
	s.closure.files[name], s.closure.sums[name] = data, sha256.Sum256(data)
	return name, data, s.within(from)
}

// within reports, once, that the unit is too large.
func (s *scanner) within(from origin) bool {
	if s.references <= maxFiles && s.bytes <= maxBytes && s.objects <= maxObjects && s.items <= maxItems {
		return true
	}
	s.once(problem.Problem{
		File: from.file, Line: from.line(), Field: from.field, Rule: problem.TooLarge,
		Message: fmt.Sprintf("a unit may hold %d files, %d bytes, and %d objects of %d list items and map entries; what is used twice counts twice",
			maxFiles, maxBytes, maxObjects, maxItems),
		Mend: "split the unit",
	})
	return false
}

// yaml vets a reference to a YAML file, and parses it.
func (s *scanner) yaml(root string, from origin, reference string) (*document.File, bool) {
	name, data, ok := s.file(root, from, reference)
	if !ok {
		return nil, false
	}
	return s.parse(name, data)
}

func (s *scanner) parse(name string, data []byte) (*document.File, bool) {
	if file, ok := s.parsed[name]; ok {
		return file, file != nil
	}
	file, problems := document.Parse(name, data)
	s.parsed[name] = file
	s.problems = append(s.problems, problems...)
	return file, file != nil
}

// inline vets YAML that stands in a string of a kustomization.
func (s *scanner) inline(from origin, text string) (*document.File, bool) {
	file, problems := document.ParseInline(from.file, max(from.doc.TextLine(from.field), 1), []byte(text))
	for i := range problems {
		problems[i].Field = from.field
	}
	s.problems = append(s.problems, problems...)
	return file, file != nil
}

// resolve finds what a reference means, or reports why it is not followed.
func (s *scanner) resolve(root string, from origin, reference string) (string, bool) {
	name, refused := resolve(root, reference)
	if refused != nil {
		s.report(from, refused.rule, refused.mend, "%s", refused.message)
		return "", false
	}
	return name, true
}

// unreadable reports a file that cannot be read, and what it is instead of a file if that is known.
func (s *scanner) unreadable(from origin, name string, err error) {
	if isMissing(err) {
		s.report(from, problem.MissingFile, "add it, or correct the path", "%s does not exist", name)
		return
	}
	at := name
	var path *fs.PathError
	if errors.As(err, &path) {
		at, err = path.Path, path.Err
	}
	rule := problem.UnreadableFile
	var special specialFile
	if errors.As(err, &special) {
		rule = special.rule
	}
	s.report(from, rule, "put a regular file there", "%s cannot be read: %v", at, err)
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// specialFile is an entry of a tree that is neither a file nor a directory.
type specialFile struct{ rule, what string }

func (f specialFile) Error() string { return "it is " + f.what + ", and those are not followed" }

// stat describes a file without following a symbolic link, neither the last nor one on the way. The
// agent's snapshot refuses links by itself; other file systems, such as a directory that a command is
// run in, would follow them.
func stat(fsys fs.FS, name string) (fs.FileInfo, error) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if err := ordinary(fs.Lstat(fsys, dir)); err != nil {
			return nil, at(dir, err)
		}
	}
	info, err := fs.Lstat(fsys, name)
	return info, at(name, ordinary(info, err))
}

func ordinary(info fs.FileInfo, err error) error {
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return specialFile{problem.Symlink, "a symbolic link"}
	case info.Mode()&fs.ModeIrregular != 0:
		return specialFile{problem.Submodule, "a submodule"}
	case !info.IsDir() && !info.Mode().IsRegular():
		return specialFile{problem.UnreadableFile, "a special file"}
	}
	return nil
}

func at(name string, err error) error {
	var path *fs.PathError
	if err == nil || errors.As(err, &path) {
		return err
	}
	return &fs.PathError{Op: "read", Path: name, Err: err}
}

// read reads a regular file.
func read(fsys fs.FS, name string) ([]byte, error) {
	info, err := stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is a directory")}
	case info.Size() > document.MaxBytes:
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("it has %d bytes, and a file may have %d", info.Size(), document.MaxBytes)}
	}
	return fs.ReadFile(fsys, name)
}
