package source_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/agent/source"
)

// dirty wants these files to differ from HEAD.
func dirty(t testing.TB, clone *source.Clone, want []string, paths ...string) {
	t.Helper()
	if got := isDirty(t, clone, paths...); !slices.Equal(got, want) {
		t.Errorf("below %q, dirty are %q, want %q", paths, got, want)
	}
}

func isDirty(t testing.TB, clone *source.Clone, paths ...string) []string {
	t.Helper()
	got, err := workTree(t, clone).Dirty(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func workTree(t testing.TB, clone *source.Clone) *source.WorkTree {
	t.Helper()
	w, err := clone.WorkTree()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// A work tree is a file system like any other.
func TestWorkTreeIsAFileSystem(t *testing.T) {
	c := newCheckout(t)
	c.git("config", "core.autocrlf", "true")
	c.commit("first", map[string]string{"a": "1", unit + "/model.yaml": "x\r\ny\r\n", "b/c/d": "2"})
	w := workTree(t, c.open())
	if err := fstest.TestFS(w, "a", unit+"/model.yaml", "b/c/d"); err != nil {
		t.Error(err)
	}
	data, err := w.ReadFile(unit + "/model.yaml")
	if err != nil || string(data) != "x\ny\n" {
		t.Errorf("the file has %q, %v; a commit has LF only", data, err)
	}
	info, err := w.Stat(unit + "/model.yaml")
	if err != nil || info.Size() != 4 || info.ModTime().IsZero() || info.Mode() != 0o444 {
		t.Errorf("Stat said %v, %v", info, err)
	}
}

// What a Snapshot refuses, a WorkTree refuses, with the same words.
func TestWorkTreeRefuses(t *testing.T) {
	c := newCheckout(t)
	other := newOuter(c)
	other.commit("first", one("a", "1"))
	c.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.dir, "sub")
	c.git("clone", "--quiet", other.dir, "nested")
	c.write(map[string]string{".gitignore": "*.log\n", "dir/a": "1", "x.log": "1", "large": strings.Repeat("x", 1<<20+1), "bad\xff": "1"})
	for link, target := range map[string]string{"out": "/etc", "up": "../..", "in": "dir", "file": "dir/a", "dir/out": "/etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(c.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(c.dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := workTree(t, c.open())
	for name, want := range map[string]error{
		"out": source.ErrSymlink, "up": source.ErrSymlink, "in": source.ErrSymlink, "file": source.ErrSymlink,
		"in/a": source.ErrSymlink, "out/passwd": source.ErrSymlink, "dir/out": source.ErrSymlink,
		"sub": source.ErrSubmodule, "sub/a": source.ErrSubmodule, "nested": source.ErrSubmodule, "nested/a": source.ErrSubmodule,
		".git": source.ErrName, ".git/config": source.ErrName, ".GIT/config": source.ErrName, "bad\xff": source.ErrName,
		"x.log": source.ErrIgnored, "empty": fs.ErrNotExist, "none": fs.ErrNotExist, "dir/a/b": fs.ErrNotExist,
		"../a": fs.ErrInvalid, "/etc/passwd": fs.ErrInvalid, "": fs.ErrInvalid, "dir/": fs.ErrInvalid,
	} {
		for what, err := range map[string]error{
			"Open": second(w.Open(name)), "ReadFile": second(w.ReadFile(name)), "ReadDir": second(w.ReadDir(name)),
			"Stat": second(w.Stat(name)), "ObjectID": second(w.ObjectID(name)),
		} {
			if !errors.Is(err, want) {
				t.Errorf("%s(%q) said %v, want %v", what, name, err, want)
			}
		}
	}
	refusesByKind(t, w)
}

// refusesByKind asks of files what only directories have, and the reverse.
func refusesByKind(t *testing.T, w *source.WorkTree) {
	t.Helper()
	var tooLarge *source.FileTooLargeError
	if !errors.Is(source.ErrIgnored, fs.ErrNotExist) {
		t.Error("an ignored file is not taken for one that does not exist")
	}
	if _, err := w.ReadFile("large"); !errors.As(err, &tooLarge) || tooLarge.Size != 1<<20+1 {
		t.Errorf("a large file: %v", err)
	}
	if _, err := w.ReadFile("dir"); err == nil {
		t.Error("a directory was read")
	}
	if _, err := w.ReadDir("dir/a"); err == nil {
		t.Error("a file was listed")
	}
	if _, err := w.Dirty("../a"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a path out of the repository: %v", err)
	}
	names := ""
	list, err := w.ReadDir(".")
	for _, e := range list {
		names += e.Name() + " "
	}
	if want := ".gitignore .gitmodules bad\xff dir file in large nested out sub up "; names != want || err != nil {
		t.Errorf("the root has %q, %v; want %q", names, err, want)
	}
}

// A clone that has only some of its files on disk cannot tell what is missing.
func TestRefusesASparseCheckout(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", map[string]string{"dir/a": "1", "other/b": "1"})
	c.git("sparse-checkout", "set", "--no-cone", "/dir/")
	_, err := c.open().WorkTree()
	if source.KindOf(err) != source.CloneRefused {
		t.Fatalf("WorkTree said %v", err)
	}
	mentions(t, err.Error(), "sparse checkout", "other/b", "git sparse-checkout disable")
}

// Each way in which files can differ from HEAD.
func TestDirty(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", map[string]string{"a": "1", "b": "1", "dir/c": "1", "dir/sub/d": "1", "script": "1", "was-dir/x": "1", "staged": "1", "l": "1"})
	dirty(t, c.open(), nil)
	c.write(map[string]string{"a": "2", "b": "", "dir/new": "1", "dir/sub": "", "script": "", "was-dir": ""})
	c.write(map[string]string{"script": "1", "was-dir": "a file now", "large": strings.Repeat("x", 2<<20)})
	if err := os.Chmod(filepath.Join(c.dir, "script"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.git("rm", "--quiet", "--cached", "staged")
	c.write(one("l", ""))
	if err := os.Symlink("1", filepath.Join(c.dir, "l")); err != nil {
		t.Fatal(err)
	}
	clone := c.open()
	dirty(t, clone, []string{"a", "b", "dir/new", "dir/sub/d", "l", "large", "script", "was-dir", "was-dir/x"})
	dirty(t, clone, []string{"dir/new", "dir/sub/d"}, "dir")
	dirty(t, clone, []string{"dir/sub/d"}, "dir/sub", "none")
	dirty(t, clone, []string{"a", "dir/sub/d"}, "a", "dir/sub/d")
	dirty(t, clone, nil, "none", "a/b", "di")
}

// In a directory that is ignored, what is tracked counts and nothing else.
func TestIgnoredDirectoriesHoldWhatIsTracked(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"build/x/tracked": "1", "build/tracked": "1"})
	c.commit("first", nil)
	c.commit("ignore", one(".gitignore", "/build/\n"))
	c.write(map[string]string{"build/x/new": "1", "build/new": "1", "build/y/new": "1"})
	w := workTree(t, c.open())
	dirty(t, c.open(), nil)
	for _, name := range []string{"build/new", "build/x/new", "build/y"} {
		if _, err := w.Stat(name); !errors.Is(err, source.ErrIgnored) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.write(one("build/x/tracked", "2"))
	dirty(t, c.open(), []string{"build/x/tracked"})
}

// A linked work tree and its index are its own.
func TestDirtyInALinkedWorkTree(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", one("a", "1"))
	dir, _, _ := cloned(c, "worktree", "add", "--quiet", "-b", "topic")
	c.in(dir).commit("topic", one("b", "1"))
	c.in(dir).write(one("b", "2"))
	dirty(t, c.in(dir).open(), []string{"b"})
	dirty(t, c.open(), nil)
}

// An unchanged directory is the same object on disk as in HEAD.
func TestWorkTreeSharesIdsWithHead(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", manyFiles(30))
	c.write(one("environments/env3/model0/release.yaml", "changed"))
	clone := c.open()
	for name, same := range map[string]bool{
		"environments/env1": true, "environments/env3/model1": true, "environments/env3": false, ".": false,
	} {
		a, err := resolve(t, clone, "HEAD").ObjectID(name)
		b, err2 := workTree(t, clone).ObjectID(name)
		if err := errors.Join(err, err2); err != nil || (a == b) != same {
			t.Errorf("%s is %s in HEAD and %s on disk, %v", name, a, b, err)
		}
	}
}

func TestWorkTreeMayBeReadAtOnce(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", manyFiles(50))
	clone := c.open()
	w := workTree(t, clone)
	snap := resolve(t, clone, "HEAD")
	var all sync.WaitGroup
	for range 4 {
		for _, tree := range []source.Tree{w, snap} {
			all.Go(func() {
				err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
					if err == nil && !d.IsDir() {
						_, err = fs.ReadFile(tree, name)
					}
					_, idErr := tree.ObjectID(name)
					return errors.Join(err, idErr)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			if _, err := clone.History().Touching(t.Context(), "", snap.Commit().Hash, []string{"environments"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
