package source_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// branchesAre wants exactly these branches, by their subjects.
func branchesAre(t testing.TB, clone *source.Clone, prefix string, want map[string]string) {
	t.Helper()
	got, err := clone.Branches(prefix)
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range got {
		snap, err := clone.At(id)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = snap.Commit().Subject()
	}
	if !maps.Equal(got, want) {
		t.Errorf("Branches(%q) = %v, want %v", prefix, got, want)
	}
}

// A branch is found wherever a clone has it; where it has it twice, the newer.
func TestBranchesOfAClone(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", one("a", "1"))
	c.commit("second", one("a", "2"))
	c.git("checkout", "--quiet", "-b", "side", "HEAD~1")
	c.commit("parted", one("a", "3"))
	ref := func(name, rev string) { c.git("update-ref", "refs/"+name, c.git("rev-parse", rev)) }
	ref("heads/penstock/records/local", "main")
	ref("remotes/origin/penstock/records/remote", "main")
	ref("heads/penstock/records/behind", "main~1")
	ref("remotes/origin/penstock/records/behind", "main")
	ref("heads/penstock/records/ahead", "main")
	ref("remotes/origin/penstock/records/ahead", "main~1")
	ref("heads/penstock/records/parted", "main")
	ref("remotes/origin/penstock/records/parted", "side")
	ref("remotes/fork/penstock/records/two", "side")
	ref("remotes/origin/penstock/records/two", "main")
	ref("remotes/backup/penstock/records/three", "main~1")
	ref("remotes/fork/penstock/records/three", "main")
	ref("tags/penstock/records/tag", "main")
	c.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/penstock/records/remote")
	want := map[string]string{
		"penstock/records/local": "second", "penstock/records/remote": "second", "penstock/records/behind": "second",
		"penstock/records/ahead": "second", "penstock/records/parted": "second", "penstock/records/two": "second", "penstock/records/three": "second",
	}
	branchesAre(t, c.open(), "penstock/records/", want)
	c.git("pack-refs", "--all")
	branchesAre(t, c.open(), "penstock/records/", want)
	branchesAre(t, c.open(), "penstock/records/p", map[string]string{"penstock/records/parted": "second"})
	branchesAre(t, c.open(), "none/", map[string]string{})

	// A remote whose name has a slash is known by the configuration.
	c.git("config", "remote.our/forge.url", "https://example.com/x.git")
	ref("remotes/our/forge/penstock/records/slash", "side")
	want["penstock/records/slash"] = "parted"
	branchesAre(t, c.open(), "penstock/records/", want)

	// A linked work tree has the same branches.
	linked := c.dir + "-linked"
	c.git("worktree", "add", "--quiet", "--detach", linked)
	branchesAre(t, c.in(linked).open(), "penstock/records/", want)
}

func TestAtOfAClone(t *testing.T) {
	c := newCheckout(t)
	first := c.commit("first", one("a", "1"))
	clone := c.open()
	if snap, err := clone.At(first); err != nil || snap.Commit().Hash != first {
		t.Errorf("%v, %v", snap, err)
	}
	for _, id := range []string{"main", "", first[:12]} {
		if _, err := clone.At(id); source.KindOf(err) != source.CommitMissing {
			t.Errorf("At(%q) says %v", id, err)
		}
	}
	if _, err := clone.At(strings.Repeat("1", 40)); err == nil {
		t.Error("a commit that is not there is shown")
	}
}

// Changes are what git diff-tree says, in whatever way two commits differ.
func TestChangesAgreeWithGit(t *testing.T) {
	c := newCheckout(t)
	var ids []string
	ids = append(ids, c.commit("first", map[string]string{"a": "1", "dir/b": "2", "dir/c/d": "3", "x": "4"}))
	ids = append(ids, c.commit("second", map[string]string{"a": "changed", "dir/c/d": "", "dir/e": "5"}))
	c.git("update-index", "--chmod=+x", "x")
	c.git("commit", "--quiet", "-m", "third")
	ids = append(ids, c.head())
	c.git("rm", "-r", "--quiet", "dir")
	remove(t, c.dir+"/dir/c")
	remove(t, c.dir+"/dir")
	c.write(map[string]string{"dir": "now a file", "dir.yaml": "before it"})
	c.git("add", "dir", "dir.yaml")
	c.git("commit", "--quiet", "-m", "fourth")
	ids = append(ids, c.head())
	clone := c.open()
	for _, from := range append(ids, "") {
		for _, to := range ids {
			tree, before := from, (*source.Snapshot)(nil)
			if from == "" {
				tree = c.gitWith("", "hash-object", "-t", "tree", "--stdin")
			} else {
				before = clonedAt(t, clone, from)
			}
			changes, err := clonedAt(t, clone, to).Changes(before)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, change := range changes {
				got = append(got, fmt.Sprint(or(change.Before), " ", or(change.After), " ", change.Path))
			}
			if !slices.IsSortedFunc(changes, func(a, b source.FileChange) int { return strings.Compare(a.Path, b.Path) }) {
				t.Errorf("the changes are not sorted: %v", changes)
			}
			slices.Sort(got)
			if want := diffTree(c, tree, to); !slices.Equal(got, want) {
				t.Errorf("%.7s..%.7s: changes\n%v, git says\n%v", from, to, got, want)
			}
		}
	}
}

func clonedAt(t testing.TB, clone *source.Clone, id string) *source.Snapshot {
	t.Helper()
	snap, err := clone.At(id)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func or(id string) string {
	if id == "" {
		return strings.Repeat("0", 40)
	}
	return id
}

// diffTree is what git says, as old, new and path.
func diffTree(c checkout, from, to string) []string {
	c.t.Helper()
	var all []string
	for line := range strings.Lines(c.git("diff-tree", "-r", "--no-renames", from, to)) {
		head, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		fields := strings.Fields(head)
		all = append(all, fields[2]+" "+fields[3]+" "+path)
	}
	slices.Sort(all)
	return all
}

// The changes between a commit that was just pushed and its parent are the
// files that were put.
func TestChangesOfAPush(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", fleet(20))
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	base := poll(t, r)
	id, objects := build(t, base, map[string]string{"environments/prod/model-3/release.yaml": "new", "z/new": "1"})
	pushTo(t, r, "penstock/promote/prod/a", "", id, objects)
	changes, err := snapshotAt(t, r, id).Changes(base)
	if err != nil || len(changes) != 2 || changes[0].Path != "environments/prod/model-3/release.yaml" || changes[1].Before != "" || !changes[1].Mode.IsRegular() {
		t.Errorf("%+v, %v", changes, err)
	}
}
