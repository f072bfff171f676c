package source_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// However the store is harmed, the next poll mends it, says so, and goes on
// with the same snapshot.
func TestRepairsItsStore(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, cfg source.Config){
		"directory deleted": func(t *testing.T, cfg source.Config) { remove(t, cfg.Dir) },
		"store deleted":     func(t *testing.T, cfg source.Config) { remove(t, store(cfg)) },
		"objects deleted":   func(t *testing.T, cfg source.Config) { remove(t, store(cfg)+"/objects") },
		"a file instead": func(t *testing.T, cfg source.Config) {
			remove(t, store(cfg))
			overwriteNew(t, store(cfg))
		},
		"objects truncated": func(t *testing.T, cfg source.Config) {
			for _, path := range objectFiles(t, cfg) {
				overwrite(t, path, nil)
			}
		},
	} {
		for _, size := range []int{1, 200} { // loose objects, and a pack
			t.Run(fmt.Sprintf("%s, %d files", name, size), func(t *testing.T) {
				repo := gitserver.ForTest(t)
				head := repo.Write("Begin", many(size))
				var log journal
				cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}), log.keep)
				r := open(t, cfg)
				snap := poll(t, r)
				harm(t, cfg)
				again, err := r.Poll(t.Context())
				if err == nil {
					_, err = again.ReadFile("file0") // some harm shows only when something is read
				}
				if err != nil {
					again, err = r.Poll(t.Context())
				}
				if err != nil {
					t.Fatal(err)
				}
				if again != snap {
					t.Error("the repair made another snapshot")
				}
				at(t, again, head)
				contents(t, snap, "file0", "contents of 0")
				mentions(t, log.String(), "level=WARN", "removing the cache, it is cloned again")
			})
		}
	}
}

// A restart finds the same harm.
func TestOpensOverAHarmedStore(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, cfg source.Config){
		"no head":    func(t *testing.T, cfg source.Config) { remove(t, store(cfg)+"/refs/heads/main") },
		"empty head": func(t *testing.T, cfg source.Config) { overwrite(t, store(cfg)+"/refs/heads/main", nil) },
		"bad config": func(t *testing.T, cfg source.Config) { overwrite(t, store(cfg)+"/config", []byte("[[[")) },
		"no config":  func(t *testing.T, cfg source.Config) { remove(t, store(cfg)+"/config") },
		"no objects": func(t *testing.T, cfg source.Config) { remove(t, store(cfg)+"/objects") },
	} {
		t.Run(name, func(t *testing.T) {
			repo := gitserver.ForTest(t)
			head := repo.Write("Begin", files)
			var log journal
			cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}), log.keep)
			poll(t, open(t, cfg))
			harm(t, cfg)
			r := open(t, cfg)
			at(t, poll(t, r), head)
			contents(t, r.Current(), "README.md", "# Models\n")
			mentions(t, log.String(), "removing the cache")
		})
	}
}

// An altered object that still unpacks is not believed.
func TestNoticesAlteredContents(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", map[string]string{"a": "the truth"})
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	r := open(t, cfg)
	snap := poll(t, r)
	id, err := snap.ObjectID("a")
	if err != nil {
		t.Fatal(err)
	}
	var forged bytes.Buffer
	z := zlib.NewWriter(&forged)
	fmt.Fprint(z, "blob 9\x00a big lie")
	z.Close()
	overwrite(t, filepath.Join(store(cfg), "objects", id[:2], id[2:]), forged.Bytes())
	_, err = snap.ReadFile("a")
	if source.KindOf(err) != source.StoreFailed || !source.IsTransient(err) {
		t.Fatalf("ReadFile said %v", err)
	}
	mentions(t, err.Error(), "its contents were altered", "the next poll clones it again")
	if poll(t, r) != snap {
		t.Error("the repair made another snapshot")
	}
	contents(t, snap, "a", "the truth")
}

// A snapshot whose store is gone says so, and works again after a poll.
func TestSnapshotOutlivesItsStore(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", map[string]string{"dir/a": "1"})
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	r := open(t, cfg)
	snap := poll(t, r)
	remove(t, cfg.Dir)
	_, err := snap.ReadFile("dir/a")
	if source.KindOf(err) != source.StoreFailed || errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "cache") {
		t.Errorf("ReadFile said %v", err)
	}
	poll(t, r)
	contents(t, snap, "dir/a", "1")
}

// Only the store itself is ever removed.
func TestLeavesOtherFilesAlone(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	mine := filepath.Join(cfg.Dir, "precious")
	overwriteNew(t, mine)
	r := open(t, cfg)
	poll(t, r)
	remove(t, store(cfg))
	poll(t, r)
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

// A broken transfer leaves nothing behind.
func TestABrokenFetchLeavesNothing(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", many(200))
	front := repo.HTTP(gitserver.HTTP{})
	cfg := config(t, repo, front)
	r := open(t, cfg)
	for _, n := range []int64{0, 4, 20, 100, 1000, 5000} {
		front.Inject(gitserver.Fault{Kind: gitserver.Truncate, Service: "git-upload-pack", Bytes: n})
		refuse(t, r, source.ServerFailed)
		if left, _ := filepath.Glob(store(cfg) + "/objects/pack/*"); len(left) > 0 {
			t.Errorf("cut after %d bytes, it left %v", n, left)
		}
	}
	front.Inject(gitserver.Fault{})
	contents(t, poll(t, r), "file7", "contents of 7")
}

func TestBoundsTheStore(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	front := repo.HTTP(gitserver.HTTP{})
	r := follow(t, repo, front, func(c *source.Config) { c.MaxSize = 64 << 10 })
	poll(t, r)
	noise := make([]byte, 100<<10)
	for i := range noise {
		noise[i] = byte(i * i >> 3 * i >> 5)
	}
	repo.Write("Add weights", map[string]string{"weights.bin": string(bytes.Repeat(noise, 10)) + randomText(200<<10)})
	err := refuse(t, r, source.TooLarge)
	mentions(t, err.Error(), "the repository is larger than 65536 bytes", "keep large files out")
	if source.IsTransient(err) {
		t.Error("too large is called transient")
	}
	at(t, r.Current(), head)
}

// A small pack that would fill the memory is refused before it is unpacked.
func TestRefusesABomb(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Bomb", map[string]string{"zeros": strings.Repeat("\x00", 101<<20)})
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	mentions(t, refuse(t, r, source.TooLarge).Error(), "an object of 105906176 bytes")
}

func many(n int) map[string]string {
	all := map[string]string{}
	for i := range n {
		all[fmt.Sprintf("file%d", i)] = fmt.Sprintf("contents of %d", i)
	}
	return all
}

func remove(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Lstat(path); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func overwriteNew(t testing.TB, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
}
