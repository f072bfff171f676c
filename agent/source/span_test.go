package source

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"
)

// line makes n commits, the first one first, of which each changes one file.
func line(t testing.TB, n int) (*History, []string) {
	t.Helper()
	db := memory.NewStorage()
	put := func(o interface {
		Encode(plumbing.EncodedObject) error
	}) plumbing.Hash {
		obj := db.NewEncodedObject()
		if err := o.Encode(obj); err != nil {
			t.Fatal(err)
		}
		id, err := db.SetEncodedObject(obj)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	var ids []string
	var parents []plumbing.Hash
	for i := range n {
		blob := plumbing.ComputeHash(plumbing.BlobObject, fmt.Append(nil, i))
		tree := put(&object.Tree{Entries: []object.TreeEntry{{Name: "a", Mode: filemode.Regular, Hash: blob}}})
		parents = []plumbing.Hash{put(&object.Commit{Message: fmt.Sprint(i), TreeHash: tree, ParentHashes: parents})}
		ids = append(ids, parents[0].String())
	}
	o := &objects{lost: func(doing string, err error) error { return fmt.Errorf("%s: %w", doing, err) }}
	o.use(db)
	return newHistory(o), ids
}

// A history that is too long is an error, not an answer.
func TestHistoryIsBounded(t *testing.T) {
	h, ids := line(t, 20)
	last := ids[len(ids)-1]
	h.limit = 19
	for name, ask := range map[string]func() error{
		"all":          func() error { _, err := h.Touching(t.Context(), "", last, []string{"a"}); return err },
		"before from":  func() error { _, err := h.Touching(t.Context(), last, last, []string{"a"}); return err },
		"first parent": func() error { _, _, err := h.FirstParentTouching(t.Context(), "", last, []string{"b"}); return err },
	} {
		if err := ask(); KindOf(err) != HistoryTooLong || !strings.Contains(err.Error(), "more than 19 commits") {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.limit = 20
	commits, err := h.Touching(t.Context(), "", last, []string{"a"})
	if err != nil || len(commits) != 20 {
		t.Errorf("%d commits, %v", len(commits), err)
	}
}

// What is remembered of a commit's changes misses none, and invents some only
// where a directory has a name twice.
func TestChangesAreNeverMissed(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for i := range 300 {
		twice := i%2 == 0
		a, b := randomEntries(r, twice), randomEntries(r, twice)
		d := diff{limit: 9, changes: &changes{trees: map[plumbing.Hash][]named{{1}: a, {2}: b}}}
		got, err := d.files(plumbing.Hash{1}, plumbing.Hash{2})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			want := first(a)[name] != first(b)[name]
			if has := slices.Contains(got, name); has != want && !(has && twice) {
				t.Errorf("from %v to %v: %v, which is wrong about %s", a, b, got, name)
			}
		}
	}
}

func randomEntries(r *rand.Rand, twice bool) []named {
	var list []named
	for i, name := range []string{"a", "b", "b", "c", "d", "e"} {
		if r.IntN(3) > 0 && (twice || i != 2) {
			list = append(list, named{name, link{"100644", plumbing.Hash{byte(r.IntN(2))}}})
		}
	}
	return list
}

func TestWhichChangesConcernPaths(t *testing.T) {
	p, err := newPaths(nil, []string{"prod/llama", "policies", "prod/x/y"})
	if err != nil {
		t.Fatal(err)
	}
	for changed, want := range map[string]bool{
		"prod/llama": true, "prod/llama/a/b": true, "prod": true, "policies/p": true, "prod/x": true, "prod/x/y": true, ".": true,
		"prod/llam": false, "prod/llama2": false, "prod/x/z": false, "dev/llama": false, "policy": false,
	} {
		if p.concerns(changed) != want {
			t.Errorf("%s: %v", changed, !want)
		}
	}
}

// Odd modes of long ago are what Git takes them for.
func TestOldModes(t *testing.T) {
	for mode, want := range map[string]string{
		"100644": "100644", "100664": "100644", "100600": "100644", "100755": "100755", "100775": "100755",
		"40000": dirMode, "040000": dirMode, "120000": "120000", "160000": "160000", "x": "x",
	} {
		if got := canonical(mode); got != want {
			t.Errorf("%s is %s, want %s", mode, got, want)
		}
	}
}

func FuzzRules(f *testing.F) {
	f.Add("a/**/b\n!c/\n[!x]*\n\\#y \n", "a/x/b")
	f.Add("* text=auto eol=lf\n\"a b\" -text\n[attr]x y", "a")
	f.Fuzz(func(t *testing.T, data, name string) {
		if len(data) > 1000 || len(name) > 50 || checkPath(name) != nil || name == "." {
			return
		}
		parts := strings.Split(name, "/")
		ignored(parseIgnore(nil, data), parts, true)
		w := WorkTree{autocrlf: "false", overrides: parseAttributes(nil, data)}
		w.conversion(nil, parts)
	})
}

func FuzzLinks(f *testing.F) {
	f.Add([]byte("100644 a\x00xxxxxxxxxxxxxxxxxxxx40000 b\x00yyyyyyyyyyyyyyyyyyyy"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := changes{objects: fixed(raw)}
		list, err := c.entries(plumbing.ComputeHash(plumbing.TreeObject, raw))
		if err != nil {
			t.Fatal(err)
		}
		all, names := first(list), map[string]*place{}
		for name := range all {
			names[name] = new(place)
		}
		for name, l := range links(raw, names) {
			if all[name] != l {
				t.Errorf("%q is %v here and %v there", name, l, all[name])
			}
		}
		if got := len(links(raw, names)); got != len(all) {
			t.Errorf("%d names here and %d there", got, len(all))
		}
	})
}

// fixed has one tree.
func fixed(raw []byte) *objects {
	db := memory.NewStorage()
	obj := db.NewEncodedObject()
	obj.SetType(plumbing.TreeObject)
	w, _ := obj.Writer()
	_, _ = w.Write(raw)
	_, _ = db.SetEncodedObject(obj)
	o := &objects{lost: func(doing string, err error) error { return fmt.Errorf("%s: %w", doing, err) }}
	o.use(db)
	return o
}
