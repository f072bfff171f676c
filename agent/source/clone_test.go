package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
)

// However a clone is laid out, its commits are read.
func TestOpensEveryLayout(t *testing.T) {
	for name, lay := range map[string]func(c checkout) (dir, root, prefix string){
		"root":            func(c checkout) (string, string, string) { return c.dir, c.dir, "" },
		"below":           func(c checkout) (string, string, string) { return c.dir + "/prod/llama", c.dir, "prod/llama" },
		"through symlink": symlinked,
		"packed": func(c checkout) (string, string, string) {
			c.git("gc", "--quiet", "--prune=now")
			c.git("pack-refs", "--all")
			return c.dir, c.dir, ""
		},
		"detached": func(c checkout) (string, string, string) {
			c.git("checkout", "--quiet", "--detach")
			return c.dir, c.dir, ""
		},
		"work tree":         func(c checkout) (string, string, string) { return cloned(c, "worktree", "add", "--quiet", "--detach") },
		"clone":             func(c checkout) (string, string, string) { return cloned(c, "clone", "--quiet", c.dir) },
		"shared":            func(c checkout) (string, string, string) { return cloned(c, "clone", "--quiet", "--shared", c.dir) },
		"shared and packed": sharedTwice,
		"bare": func(c checkout) (string, string, string) {
			dir, _, _ := cloned(c, "clone", "--quiet", "--bare", c.dir)
			return dir, "", ""
		},
		"git directory": func(c checkout) (string, string, string) { return c.dir + "/.git/refs", "", "" },
		"submodule":     submodule,
	} {
		t.Run(name, func(t *testing.T) {
			c := newCheckout(t)
			c.commit("first", one(unit+"/a", "1"))
			want := c.commit("second", one(unit+"/a", "2"))
			dir, root, prefix := lay(c)
			clone := c.in(dir).open()
			snap := resolve(t, clone, "HEAD")
			at(t, snap, want)
			contents(t, snap, unit+"/a", "2")
			contents(t, resolve(t, clone, "HEAD~1"), unit+"/a", "1")
			if real, err := filepath.EvalSymlinks(root); root != "" && (err != nil || clone.Root() != real) || root == "" && clone.Root() != "" {
				t.Errorf("Root is %q, want %q", clone.Root(), root)
			}
			if clone.Prefix() != prefix || clone.Shallow() {
				t.Errorf("Prefix is %q, want %q; Shallow %v", clone.Prefix(), prefix, clone.Shallow())
			}
			if clone.Root() != "" {
				dirty(t, clone, nil)
			}
		})
	}
}

func symlinked(c checkout) (string, string, string) {
	link := filepath.Join(c.t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(c.dir, "prod"), link); err != nil {
		c.t.Fatal(err)
	}
	return link, c.dir, "prod"
}

// cloned runs a git command that makes a directory.
func cloned(c checkout, args ...string) (string, string, string) {
	dir := filepath.Join(c.t.TempDir(), "clone")
	c.git(append(args, dir)...)
	return dir, dir, ""
}

// sharedTwice borrows from a clone that borrows, each with a commit in a pack.
func sharedTwice(c checkout) (string, string, string) {
	c.git("gc", "--quiet")
	first, _, _ := cloned(c, "clone", "--quiet", "--shared", c.dir)
	c.in(first).commit("in between", one("x", "1"))
	c.in(first).git("reset", "--quiet", "--hard", "HEAD^")
	second, _, _ := cloned(c, "clone", "--quiet", "--shared", first)
	// Git writes down both that it borrows from; one leads to the other.
	list := filepath.Join(second, ".git", "objects", "info", "alternates")
	overwrite(c.t, list, []byte(filepath.Join(first, ".git", "objects")+"\n"))
	return second, second, ""
}

func submodule(c checkout) (string, string, string) {
	outer := newOuter(c)
	outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", c.dir, "sub")
	return filepath.Join(outer.dir, "sub", "prod"), filepath.Join(outer.dir, "sub"), "prod"
}

func newOuter(c checkout) checkout {
	outer := c.in(c.t.TempDir())
	outer.git("init", "--quiet", ".")
	return outer
}

func TestRefusesWhatItCannotRead(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(c checkout) string
		kind source.Kind
		want []string
	}{
		"no repository": {func(c checkout) string { return c.t.TempDir() }, source.RepositoryNotFound, []string{"no clone was found at", "run it inside a clone"}},
		"no directory":  {func(c checkout) string { return c.dir + "/none" }, source.RepositoryNotFound, []string{"no such file"}},
		"SHA-256": {func(c checkout) string {
			dir := c.t.TempDir()
			c.in(dir).git("init", "--quiet", "--object-format=sha256", ".")
			return dir
		}, source.CloneRefused, []string{"with object format sha256, which is not supported", "SHA-1"}},
		"reftable": {config1("extensions.refStorage", "reftable"), source.CloneRefused, []string{"its refs stored as reftable"}},
		"unknown":  {config1("extensions.fancy", "true"), source.CloneRefused, []string{"the extension fancy"}},
		"newer":    {config1("core.repositoryFormatVersion", "2"), source.CloneRefused, []string{"format version 2"}},
		"broken configuration": {func(c checkout) string {
			c.write(one(".git/config", "[[["))
			return c.dir
		}, source.CloneRefused, []string{"configuration", "git config --list"}},
		"dangling .git": {func(c checkout) string {
			c.write(one("sub/.git", "gitdir: ../none\n"))
			return c.dir + "/sub"
		}, source.RepositoryNotFound, []string{"which is not a repository"}},
		"odd .git": {func(c checkout) string {
			c.write(one("sub/.git", "hello\n"))
			return c.dir + "/sub"
		}, source.RepositoryNotFound, []string{"does not say where"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newCheckout(t)
			r.commit("first", one("a", "1"))
			_, err := source.OpenClone(c.harm(r))
			if source.KindOf(err) != c.kind || source.IsTransient(err) {
				t.Fatalf("OpenClone said %v", err)
			}
			mentions(t, err.Error(), c.want...)
		})
	}
}

func config1(key, value string) func(checkout) string {
	return func(c checkout) string {
		c.git("config", key, value)
		return c.dir
	}
}

// A shallow clone is good for what it has, and says how to get the rest.
func TestShallowClone(t *testing.T) {
	c := newCheckout(t)
	first := c.commit("first", one(unit+"/a", "1"))
	middle := c.commit("second", one(unit+"/a", "2"))
	third := c.commit("third", one(unit+"/a", "3"))
	dir, _, _ := cloned(c, "clone", "--quiet", "--depth", "2", "file://"+c.dir)
	clone := c.in(dir).open()
	if !clone.Shallow() {
		t.Fatal("the clone is not called shallow")
	}
	h := clone.History()
	contents(t, resolve(t, clone, "HEAD^1"), unit+"/a", "2")
	dirty(t, clone, nil)
	if yes, err := h.Contains(t.Context(), third, middle); !yes || err != nil {
		t.Errorf("Contains said %v, %v, and the clone has both", yes, err)
	}
	if base, err := clone.MergeBase(resolve(t, clone, middle), resolve(t, clone, third)); err != nil || base.Commit().Hash != middle {
		t.Errorf("MergeBase said %v, %v, and the clone has both", base, err)
	}
	if last, ok, err := h.FirstParentTouching(t.Context(), "", third, []string{unit}); err != nil || !ok || last.Hash != third {
		t.Errorf("FirstParentTouching said %v, %v, %v", last, ok, err)
	}
	for name, err := range map[string]error{
		"Touching":            second(h.Touching(t.Context(), "", third, []string{unit})),
		"Touching from":       second(h.Touching(t.Context(), middle, third, []string{unit})),
		"Resolve":             second(clone.Resolve("HEAD~2")),
		"Resolve id":          second(clone.Resolve(first)),
		"DefaultBase on main": second(c.in(depthOne(c)).maybeBase()),
	} {
		if source.KindOf(err) != source.HistoryMissing || source.IsTransient(err) {
			t.Errorf("%s said %v", name, err)
			continue
		}
		mentions(t, err.Error(), "shallow", "fetch-depth: 0", "GIT_DEPTH: 0", "git fetch --unshallow")
	}
	if !resolve(t, clone, "HEAD").Intact() {
		t.Error("what a shallow clone is meant to lack is called damage")
	}
}

// What a shallow clone lacks does not matter where the answer is elsewhere.
func TestShallowCloneLooksFurther(t *testing.T) {
	c := newCheckout(t)
	c.commit("root", one("a", "1"))
	c.git("checkout", "--quiet", "-b", "side")
	old := c.commit("side 1", one("b", "1"))
	c.commit("side 2", one("b", "2"))
	c.git("checkout", "--quiet", "main")
	c.commit("main 1", one("c", "1")) // newer than all of side, and so looked at first
	c.commit("main 2", one("c", "2"))
	c.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
	dir, _, _ := cloned(c, "clone", "--quiet", "--depth", "3", "file://"+c.dir)
	h := c.in(dir).open().History()
	if yes, err := h.Contains(t.Context(), c.head(), old); !yes || err != nil {
		t.Errorf("Contains said %v, %v, and the clone has both", yes, err)
	}
	if yes, err := h.Contains(t.Context(), old, c.head()); yes || source.KindOf(err) != source.HistoryMissing {
		t.Errorf("Contains said %v, %v, and the clone cannot know", yes, err)
	}
}

// A clone that leaves out files says so when one is read.
func TestPartialClone(t *testing.T) {
	c := newCheckout(t)
	c.git("config", "uploadpack.allowFilter", "true")
	c.commit("first", one("a", "1"))
	c.commit("second", one("a", "2"))
	dir, _, _ := cloned(c, "clone", "--quiet", "--filter=blob:none", "file://"+c.dir)
	clone := c.in(dir).open()
	contents(t, resolve(t, clone, "HEAD"), "a", "2")
	_, err := resolve(t, clone, "HEAD^").ReadFile("a")
	if source.KindOf(err) != source.HistoryMissing {
		t.Fatalf("ReadFile said %v", err)
	}
	mentions(t, err.Error(), "the clone is partial", "--no-filter")
}

// A clone is never mended, and never called mended by a poll.
func TestDamagedClone(t *testing.T) {
	c := newCheckout(t)
	head := c.commit("first", one("a", "1"))
	remove(t, filepath.Join(c.dir, ".git", "objects", head[:2], head[2:]))
	_, err := c.open().Resolve("main")
	if source.KindOf(err) != source.CloneRefused || source.IsTransient(err) {
		t.Fatalf("Resolve said %v", err)
	}
	mentions(t, err.Error(), "main", "git fsck")
	if strings.Contains(err.Error(), "poll") {
		t.Errorf("%v", err)
	}
}

// Nothing that is asked of a clone changes it.
func TestACloneIsNotWritten(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", one("a", "1"))
	c.write(map[string]string{"a": "2", "b": "1"})
	before := listing(t, c.dir)
	clone := c.open()
	resolve(t, clone, "HEAD")
	dirty(t, clone, []string{"a", "b"})
	if after := listing(t, c.dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// listing lists all files with their sizes and times.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			b.WriteString(path + info.Mode().String() + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
