package source_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestSnapshotIsAFileSystem(t *testing.T) {
	for _, size := range []int{1, 200} { // loose objects, and a pack
		repo := gitserver.ForTest(t)
		repo.Commit(gitserver.Change{Files: files, Executable: map[string]string{"bin/run": "#!/bin/sh\n"}, When: time.Unix(1_700_000_000, 0)})
		repo.Commit(gitserver.Change{Files: many(size), When: time.Unix(1_700_000_001, 0)})
		snap := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
		if err := fstest.TestFS(snap, "README.md", "environments/prod/mixtral/model.yaml", "bin/run", "file0"); err != nil {
			t.Error(err)
		}
		info, err := snap.Stat("bin/run")
		if err != nil || info.Mode() != 0o555 || info.Size() != 10 || info.ModTime().Unix() != 1_700_000_001 {
			t.Errorf("Stat: %v, %v", info, err)
		}
	}
}

func TestMissingNames(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	snap := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
	for name, want := range map[string]error{
		"nothing":                fs.ErrNotExist,
		"environments/nothing/x": fs.ErrNotExist,
		"README.md/x":            fs.ErrNotExist,
		"/README.md":             fs.ErrInvalid,
		"../README.md":           fs.ErrInvalid,
		"environments/":          fs.ErrInvalid,
		"":                       fs.ErrInvalid,
	} {
		_, err := snap.ReadFile(name)
		var path *fs.PathError
		if !errors.Is(err, want) || !errors.As(err, &path) || path.Path != name {
			t.Errorf("ReadFile(%q) says %v", name, err)
		}
	}
	_, err := snap.ReadFile("environments")
	mentions(t, fmt.Sprint(err), "readfile environments: is a directory")
	_, err = snap.ReadDir("README.md")
	mentions(t, fmt.Sprint(err), "readdir README.md: is not a directory")
}

// Object ids are Git's own, and say which directories a change touched.
func TestObjectIDsFollowChange(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	before := poll(t, r)
	head := repo.Write("Change", map[string]string{"environments/prod/llama/model.yaml": "changed\n"})
	after := poll(t, r)
	for name, same := range map[string]bool{
		".":                         false,
		"environments":              false,
		"environments/prod":         false,
		"environments/prod/llama":   false,
		"environments/prod/mixtral": true,
		"environments/dev":          true,
		"README.md":                 true,
	} {
		old, err1 := before.ObjectID(name)
		now, err2 := after.ObjectID(name)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if (old == now) != same {
			t.Errorf("ObjectID(%q) was %s and is %s", name, old, now)
		}
		if want, err := repo.Git(nil, "rev-parse", head+":"+strings.TrimPrefix(name, ".")); err != nil || now != want {
			t.Errorf("ObjectID(%q) = %s, git says %s, %v", name, now, want, err)
		}
	}
}

// Symlinks and submodules are seen, and not followed.
func TestRefusesLinks(t *testing.T) {
	repo := gitserver.ForTest(t)
	first := repo.Write("Begin", files)
	repo.Commit(gitserver.Change{
		Links:      map[string]string{"link": "README.md", "dirlink": "environments", "a/evil": "../../../../etc/passwd"},
		Submodules: map[string]string{"sub": first},
	})
	snap := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
	for name, want := range map[string]error{
		"link":                      source.ErrSymlink,
		"dirlink":                   source.ErrSymlink,
		"dirlink/dev":               source.ErrSymlink,
		"dirlink/prod/llama/x/y.zz": source.ErrSymlink,
		"a/evil":                    source.ErrSymlink,
		"sub":                       source.ErrSubmodule,
		"sub/README.md":             source.ErrSubmodule,
	} {
		refusedEverywhere(t, snap, name, want)
	}
	types := map[string]fs.FileMode{}
	list, err := snap.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		types[d.Name()] = d.Type()
		if _, err := d.Info(); err != nil {
			t.Errorf("Info of %s: %v", d.Name(), err)
		}
	}
	if types["link"] != fs.ModeSymlink || types["sub"] != fs.ModeIrregular || types["README.md"] != 0 || types["a"] != fs.ModeDir {
		t.Errorf("the types are %v", types)
	}
	_, err = snap.ReadFile("dirlink/dev")
	mentions(t, err.Error(), "readfile dirlink/dev: symlinks are refused, because they could point outside the repository")
}

func refusedEverywhere(t *testing.T, snap *source.Snapshot, name string, want error) {
	t.Helper()
	_, err1 := snap.Open(name)
	_, err2 := snap.ReadFile(name)
	_, err3 := snap.Stat(name)
	_, err4 := snap.ReadDir(name)
	_, err5 := snap.ObjectID(name)
	for i, err := range []error{err1, err2, err3, err4, err5} {
		var path *fs.PathError
		if !errors.Is(err, want) || !errors.As(err, &path) {
			t.Errorf("%q, way %d: %v, want %v", name, i, err, want)
		}
	}
}

// Names that git itself would not write.
func TestRefusesHostileTrees(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", map[string]string{"a": "1"})
	blob, err := repo.Git(strings.NewReader("boo"), "hash-object", "-w", "--stdin")
	if err != nil {
		t.Fatal(err)
	}
	id, _ := hex.DecodeString(blob)
	entry := func(mode, name string) string { return mode + " " + name + "\x00" + string(id) }

	snap := hostile(t, repo, entry("100644", ".GIT")+entry("100644", "caf\xe9")+entry("100644", "ok"))
	contents(t, snap, "ok", "boo")
	refusedEverywhere(t, snap, ".GIT", source.ErrName)
	refusedEverywhere(t, snap, "caf\xe9", source.ErrName)
	refusedEverywhere(t, snap, "x/.git/config", source.ErrName)
	if list, err := snap.ReadDir("."); err != nil || len(list) != 3 || list[0].Type() != fs.ModeIrregular {
		t.Errorf("ReadDir: %v, %v", list, err)
	}
	for name, raw := range map[string]string{ // those that git serves
		"a name twice":  entry("100644", "a") + entry("100755", "a"),
		"slash":         entry("100644", "a/b"),
		"unknown mode":  entry("100000", "a"),
		"leading zeros": entry("0100644", "a"),
	} {
		t.Run(name, func(t *testing.T) {
			commit := hostileCommit(t, repo, raw)
			repo.Reset("main", commit)
			r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
			_, err := r.Poll(t.Context())
			if source.KindOf(err) != source.ObjectMalformed || source.IsTransient(err) {
				t.Fatalf("Poll said %v", err)
			}
			mentions(t, err.Error(), "tree", "is malformed", "git fsck")
		})
	}
}

func hostile(t *testing.T, repo *gitserver.TestRepository, raw string) *source.Snapshot {
	t.Helper()
	repo.Reset("main", hostileCommit(t, repo, raw))
	return poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
}

// hostileCommit commits a tree object made by hand.
func hostileCommit(t *testing.T, repo *gitserver.TestRepository, raw string) string {
	t.Helper()
	tree, err := repo.Git(strings.NewReader(raw), "hash-object", "-w", "--literally", "-t", "tree", "--stdin")
	if err != nil {
		t.Fatal(err)
	}
	text := "tree " + tree + "\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\nBoo\n"
	commit, err := repo.Git(strings.NewReader(text), "hash-object", "-w", "--literally", "-t", "commit", "--stdin")
	if err != nil {
		t.Fatal(err)
	}
	return commit
}

func TestBoundsFiles(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", map[string]string{"dir/large": strings.Repeat("x", 2<<20), "exact": strings.Repeat("x", 1<<20)})
	snap := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
	for range 2 {
		_, err1 := snap.ReadFile("dir/large")
		_, err2 := snap.Open("dir/large")
		for _, err := range []error{err1, err2} {
			var large *source.FileTooLargeError
			if !errors.As(err, &large) || *large != (source.FileTooLargeError{Path: "dir/large", Size: 2 << 20, Limit: 1 << 20}) {
				t.Errorf("reading says %v", err)
			}
		}
	}
	if info, err := snap.Stat("dir/large"); err != nil || info.Size() != 2<<20 {
		t.Errorf("Stat: %v, %v", info, err)
	}
	if data, err := snap.ReadFile("exact"); err != nil || len(data) != 1<<20 {
		t.Errorf("ReadFile: %d bytes, %v", len(data), err)
	}
}

func TestConcurrentReads(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", many(300))
	snap := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
	var done sync.WaitGroup
	for w := range 8 {
		done.Go(func() {
			for i := range 300 {
				n := (i*7 + w*31) % 300
				f, err := snap.Open(fmt.Sprintf("file%d", n))
				if err != nil {
					t.Error(err)
					return
				}
				if data, err := io.ReadAll(f); err != nil || string(data) != fmt.Sprintf("contents of %d", n) {
					t.Errorf("file%d: %q, %v", n, data, err)
				}
			}
		})
	}
	done.Wait()
}
