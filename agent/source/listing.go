package source

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// listing is a directory on disk, without what no commit would hold.
type listing struct {
	tree
	parts   []string     // of its path
	hidden  []string     // names that are ignored
	ignored bool         // the directory is: only what is tracked counts
	rules   []ignoreRule // that hold here; the last that fits decides
	texts   []textRule
}

// found returns an entry of the directory.
func (l *listing) found(dir string, e entry, w *WorkTree) found {
	f := found{entry: e, path: path.Join(dir, e.name), conversion: "false"}
	if e.mode.IsRegular() {
		f.conversion = w.conversion(l.texts, l.below(e.name))
	}
	return f
}

// below returns the parts of an entry's path.
func (l *listing) below(name string) []string { return append(slices.Clip(l.parts), name) }

// listing reads a directory whose parent was read, or the root.
func (w *WorkTree) listing(name string) (*listing, error) {
	if known := w.dirs[name]; known != nil {
		return known, nil
	}
	l := w.rootListing()
	if name != "." {
		parent, err := w.listing(parentDir(name))
		if err != nil {
			return nil, err
		}
		l = w.childListing(parent, path.Base(name))
	}
	names, err := w.readNames(name)
	if err != nil {
		return nil, err
	}
	for _, d := range names {
		e, ok, err := w.classify(l, name, d)
		if err != nil {
			return nil, err
		}
		if ok {
			l.entries = append(l.entries, e)
		}
	}
	w.dirs[name] = l
	return l, nil
}

// readNames reads a directory, sorted by name.
func (w *WorkTree) readNames(name string) ([]fs.DirEntry, error) {
	dir, err := w.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.ReadDir(-1)
	slices.SortFunc(names, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return names, err
}

// rootListing begins with the rules of the user and of the clone.
func (w *WorkTree) rootListing() *listing {
	l := new(listing)
	info := filepath.Join(w.clone.at.common, "info")
	for _, file := range []string{w.clone.cfg.path("excludesfile", userFile("ignore")), filepath.Join(info, "exclude")} {
		l.rules = append(l.rules, parseIgnore(nil, readOrNothing(os.ReadFile, file))...)
	}
	l.texts = parseAttributes(nil, readOrNothing(os.ReadFile, w.clone.cfg.path("attributesfile", userFile("attributes"))))
	w.addRules(l)
	w.overrides = parseAttributes(nil, readOrNothing(os.ReadFile, filepath.Join(info, "attributes")))
	return l
}

// childListing begins with the rules of the parent.
func (w *WorkTree) childListing(parent *listing, name string) *listing {
	l := &listing{parts: parent.below(name), rules: slices.Clip(parent.rules), texts: slices.Clip(parent.texts)}
	l.ignored = parent.ignored || ignored(parent.rules, l.parts, true)
	w.addRules(l)
	return l
}

// addRules adds those that the directory itself has.
func (w *WorkTree) addRules(l *listing) {
	dir := path.Join(l.parts...)
	l.rules = append(l.rules, parseIgnore(l.parts, readOrNothing(w.ruleFile, path.Join(dir, ".gitignore")))...)
	l.texts = append(l.texts, parseAttributes(l.parts, readOrNothing(w.ruleFile, path.Join(dir, ".gitattributes")))...)
}

// ruleFile reads a file of rules, which Git does not do through a symlink.
func (w *WorkTree) ruleFile(name string) ([]byte, error) {
	info, err := w.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return w.root.ReadFile(name)
}

func readOrNothing(read func(string) ([]byte, error), file string) string {
	data, err := read(file)
	if err != nil {
		return ""
	}
	return string(data)
}

// classify makes an entry of what is on disk, unless no commit would hold it.
func (w *WorkTree) classify(l *listing, dir string, d fs.DirEntry) (entry, bool, error) {
	e, name := entry{name: d.Name()}, path.Join(dir, d.Name())
	if strings.EqualFold(e.name, ".git") {
		return e, false, nil
	}
	known, tracked := w.tracked[name]
	if !tracked && !w.folders[name] && (l.ignored || ignored(l.rules, l.below(e.name), d.IsDir())) {
		l.hidden = append(l.hidden, e.name)
		return e, false, nil
	}
	ok, err := true, error(nil)
	switch {
	case d.IsDir() && (tracked && known.mode == filemode.Submodule || w.isRepository(name)):
		e.mode, e.refused = fs.ModeIrregular, ErrSubmodule
	case d.IsDir():
		e.mode = fs.ModeDir | 0o555
		ok, err = w.holdsFiles(l, name)
	case d.Type() == fs.ModeSymlink:
		e.mode, e.refused = fs.ModeSymlink, ErrSymlink
	case d.Type().IsRegular():
		e.mode, err = w.permission(d, known)
	default: // A socket or a device is nothing to Git.
		return e, false, nil
	}
	if !utf8.ValidString(e.name) {
		e.refused = ErrName
	}
	return e, ok, err
}

// permission returns a file's mode as Git knows modes.
func (w *WorkTree) permission(d fs.DirEntry, known indexed) (fs.FileMode, error) {
	executable := known.mode == filemode.Executable
	if w.fileMode {
		info, err := d.Info()
		if err != nil {
			return 0, err
		}
		executable = info.Mode()&0o100 != 0
	}
	if executable {
		return 0o555, nil
	}
	return 0o444, nil
}

// isRepository reports whether a directory is a repository of its own.
func (w *WorkTree) isRepository(name string) bool {
	_, err := w.root.Lstat(path.Join(name, ".git"))
	return err == nil
}

// holdsFiles reports whether a directory holds anything that a commit would.
func (w *WorkTree) holdsFiles(parent *listing, name string) (bool, error) {
	names, err := w.readNames(name)
	if err != nil {
		return false, err
	}
	l := w.childListing(parent, path.Base(name))
	for _, d := range names {
		if _, ok, err := w.classify(l, name, d); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
