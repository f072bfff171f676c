package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// A cache that grows commit by commit stays small, and shows all that it ever
// had.
func TestTidiesTheCache(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	r := open(t, cfg)
	source.SetTidiness(r, 20, 3)
	r.Watch(records, ofDev)
	poll(t, r)
	var pushed []string
	var base *source.Snapshot
	tip := ""
	for i := range 30 {
		id, objects := build(t, base, map[string]string{fmt.Sprintf("facts/%d/%d", i%7, i): strings.Repeat(fmt.Sprint("fact ", i), 50)})
		pushTo(t, r, records, tip, id, objects)
		pushed, tip, base = append(pushed, id), id, snapshotAt(t, r, id)
		dev := onBranch(repo, ofDev, map[string]string{fmt.Sprintf("b/%d", i): fmt.Sprint(i)})
		poll(t, r)
		tipIs(t, r, ofDev, dev)
		if loose, packs := filesOf(t, cfg); loose > 40 || packs > 4 {
			t.Fatalf("after %d commits there are %d loose objects and %d packs", i, loose, packs)
		}
	}
	for _, r := range []*source.Repository{r, open(t, cfg)} {
		for i, id := range pushed {
			contents(t, snapshotAt(t, r, id), fmt.Sprintf("facts/%d/%d", i%7, i), strings.Repeat(fmt.Sprint("fact ", i), 50))
		}
	}
	if out, err := repo.Git(nil, "--git-dir="+store(cfg), "fsck", "--strict", "--full", "--no-dangling"); err != nil || out != "" {
		t.Errorf("git fsck: %s, %v", out, err)
	}
	if left, _ := filepath.Glob(store(cfg) + "/objects/pack/tmp_*"); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

// filesOf counts loose objects and packs.
func filesOf(t testing.TB, cfg source.Config) (loose, packs int) {
	t.Helper()
	for _, file := range objectFiles(t, cfg) {
		switch {
		case strings.HasSuffix(file, ".pack"):
			packs++
		case !strings.Contains(file, "/pack/"):
			loose++
		}
	}
	return loose, packs
}

// Packs that are there twice, since a process was killed while it joined them,
// go away with the next time, in whatever order they are found.
func TestTidiesWhatAKilledProcessLeft(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) { killedWhileJoining(t, fmt.Sprint(i)) })
	}
}

func killedWhileJoining(t *testing.T, seed string) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", many(200))
	cfg := config(t, repo, repo.HTTP(gitserver.HTTP{}))
	r := open(t, cfg)
	poll(t, r)
	source.SetTidiness(r, 1, 100)
	repo.Write("Go on", map[string]string{"more": "packed" + seed})
	poll(t, r)
	old := packsOf(t, cfg)
	source.SetTidiness(r, 100, 2)
	head := repo.Write("Go on", map[string]string{"more": "joined" + seed})
	at(t, poll(t, r), head)
	if now := packsOf(t, cfg); len(old) != 4 || len(now) != 2 {
		t.Fatalf("%d files of packs became %d", len(old), len(now))
	}
	for file, data := range old {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(store(cfg), "objects", "pack", "tmp_pack_1")
	overwriteNew(t, left)
	var log journal
	log.keep(&cfg)
	r = open(t, cfg)
	if _, err := os.Stat(left); err == nil {
		t.Error("a file that was being written is left")
	}
	source.SetTidiness(r, 100, 2)
	for range 2 {
		at(t, poll(t, r), head)
	}
	if now := packsOf(t, cfg); len(now) != 2 {
		t.Errorf("there are %d files of packs", len(now))
	}
	for i := range 200 {
		contents(t, r.Current(), fmt.Sprintf("file%d", i), fmt.Sprintf("contents of %d", i))
	}
	if strings.Contains(log.String(), "cache") {
		t.Errorf("it says %s", log.String())
	}
}

// packsOf reads all packs and their indexes.
func packsOf(t testing.TB, cfg source.Config) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(store(cfg) + "/objects/pack/pack-*")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		if all[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
