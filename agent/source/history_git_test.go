package source_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
)

// dag is a small random history: commit i has parents before i.
type dag struct {
	parents [][]int
	files   []map[string]string
	// from and to are what is asked about; from may be -1.
	from, to int
	names    []string
}

var dagFiles = []string{"a", "d/x", "d/y", "d/e/z", "f"}

func randomDAG(r *rand.Rand) dag {
	var d dag
	for i := range 4 + r.IntN(14) {
		var parents []int
		for range min(i, []int{0, 1, 1, 1, 1, 1, 2, 2, 2, 3}[r.IntN(10)]) {
			if p := max(0, i-1-r.IntN(5)); !slices.Contains(parents, p) {
				parents = append(parents, p)
			}
		}
		d.parents = append(d.parents, parents)
		d.files = append(d.files, d.randomFiles(r, parents))
	}
	n := len(d.parents)
	d.from, d.to = r.IntN(n+1)-1, n-1-r.IntN(3)
	for len(d.names) == 0 || r.IntN(3) == 0 {
		d.names = append(d.names, []string{"a", "d", "d/x", "d/e", "d/e/z", "f", "f/g", "none", "."}[r.IntN(9)])
	}
	return d
}

// randomFiles takes each file from one of the parents, and changes a few.
func (d dag) randomFiles(r *rand.Rand, parents []int) map[string]string {
	files := map[string]string{}
	side := 0
	if len(parents) > 0 {
		side = r.IntN(len(parents))
	}
	for _, name := range dagFiles {
		if len(parents) > 0 {
			p := parents[side]
			if r.IntN(4) == 0 {
				p = parents[r.IntN(len(parents))]
			}
			if text, ok := d.files[p][name]; ok {
				files[name] = text
			}
		}
		if r.IntN(8) == 0 {
			files[name] = strconv.Itoa(r.IntN(3))
		} else if r.IntN(20) == 0 {
			delete(files, name)
		}
	}
	return files
}

// ancestors returns the commits that i reaches.
func (d dag) ancestors(i int) map[int]bool {
	all := map[int]bool{}
	if i < 0 {
		return all
	}
	all[i] = true
	for _, p := range d.parents[i] {
		for a := range d.ancestors(p) {
			all[a] = true
		}
	}
	return all
}

// script writes the history for git fast-import, dated as when says.
func (d dag) script(prefix string, when func(i int) int) string {
	var w strings.Builder
	for i, parents := range d.parents {
		fmt.Fprintf(&w, "commit refs/heads/%s/%d\ncommitter A <a@example.com> %d +0000\ndata %d\n%d\n", prefix, i, when(i), len(strconv.Itoa(i)), i)
		for k, p := range parents {
			fmt.Fprintf(&w, "%s refs/heads/%s/%d\n", []string{"from", "merge"}[min(k, 1)], prefix, p)
		}
		fmt.Fprintln(&w, "deleteall")
		for _, name := range dagFiles {
			if text, ok := d.files[i][name]; ok {
				fmt.Fprintf(&w, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text)
			}
		}
	}
	return w.String()
}

// Which commits touched a file is what git says, for any shape of history. Git
// decides while it still learns what from has, in the order of dates; so it is
// asked with dates by which it learns that first. We are asked with lies.
func TestTouchingAgreesWithGit(t *testing.T) {
	const count = 250
	c := newCheckout(t)
	r := rand.New(rand.NewPCG(4, 2))
	var dags []dag
	var script strings.Builder
	for k := range count {
		d := randomDAG(r)
		dags = append(dags, d)
		old := d.ancestors(d.from)
		script.WriteString(d.script(fmt.Sprintf("git/%d", k), func(i int) int {
			if old[i] {
				return 1_800_000_000 + i
			}
			return 1_600_000_000 + i
		}))
		script.WriteString(d.script(fmt.Sprintf("lie/%d", k), func(int) int { return 1_600_000_000 + r.IntN(5) }))
	}
	c.gitWith(script.String(), "fast-import", "--quiet")
	clone, touched, more := c.open(), 0, 0
	for k, d := range dags {
		args := []string{"--literal-pathspecs", "log", "--format=%s", fmt.Sprintf("git/%d/%d", k, d.to)}
		if d.from >= 0 {
			args = append(args, fmt.Sprintf("^git/%d/%d", k, d.from))
		}
		want := strings.Fields(c.git(append(append(args, "--"), d.names...)...))
		slices.Sort(want)
		for _, dates := range []string{"git", "lie"} {
			prefix := fmt.Sprintf("%s/%d/", dates, k)
			all := d.touching(t, clone, prefix)
			d.checkExplained(t, all)
			source.LikeGit(clone.History(), true)
			got := d.touching(t, clone, prefix)
			source.LikeGit(clone.History(), false)
			more += len(all) - len(got)
			for _, n := range got {
				if !slices.Contains(all, n) {
					t.Errorf("history %d: %v lacks some of %v", k, all, got)
				}
			}
			d.checkOrder(t, all)
			touched += len(got)
			d.checkOrder(t, got)
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("history %d, dates %s: %d..%d touched %q in %v; git says %v\n%v", k, dates, d.from, d.to, d.names, got, want, d)
			}
		}
	}
	if touched < count || more == 0 {
		t.Errorf("only %d commits touched anything, and git left out %d: the histories are too dull", touched, more)
	}
}

// touching asks about the history below a ref prefix.
func (d dag) touching(t *testing.T, clone *source.Clone, prefix string) []string {
	t.Helper()
	id := func(i int) string {
		if i < 0 {
			return ""
		}
		return resolve(t, clone, prefix+strconv.Itoa(i)).Commit().Hash
	}
	commits, err := clone.History().Touching(t.Context(), id(d.from), id(d.to), d.names)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(subjects(commits))
}

// checkExplained wants each file that differs between from and to to differ
// between one of the commits and one of its parents.
func (d dag) checkExplained(t *testing.T, got []string) {
	t.Helper()
	if d.from < 0 || !d.ancestors(d.to)[d.from] {
		return
	}
	for _, file := range dagFiles {
		named := slices.ContainsFunc(d.names, func(n string) bool { return n == "." || n == file || strings.HasPrefix(file, n+"/") })
		if !named || d.files[d.from][file] == d.files[d.to][file] {
			continue
		}
		if !slices.ContainsFunc(got, func(n string) bool { return d.changed(n, file) }) {
			t.Errorf("%d..%d changed %s, and nothing in %v did: %v", d.from, d.to, file, got, d)
		}
	}
}

func (d dag) changed(commit, file string) bool {
	i, _ := strconv.Atoi(commit)
	for _, p := range d.parents[i] {
		if d.files[p][file] != d.files[i][file] {
			return true
		}
	}
	_, ok := d.files[i][file]
	return len(d.parents[i]) == 0 && ok
}

// checkOrder wants no commit before its descendants.
func (d dag) checkOrder(t *testing.T, got []string) {
	t.Helper()
	for k, later := range got {
		i, _ := strconv.Atoi(later)
		for _, earlier := range got[:k] {
			if j, _ := strconv.Atoi(earlier); d.ancestors(i)[j] {
				t.Errorf("%v: %d comes before its descendant %d", got, j, i)
			}
		}
	}
}

// The base of a merge is one that git names, and the same both ways round.
func TestMergeBaseAgreesWithGit(t *testing.T) {
	c := newCheckout(t)
	r := rand.New(rand.NewPCG(7, 7))
	const count = 150
	var dags []dag
	var script strings.Builder
	for k := range count {
		dags = append(dags, randomDAG(r))
		script.WriteString(dags[k].script(strconv.Itoa(k), func(int) int { return 1_600_000_000 + r.IntN(5) }))
	}
	c.gitWith(script.String(), "fast-import", "--quiet")
	clone, several := c.open(), 0
	for k, d := range dags {
		from := fmt.Sprintf("%d/%d", k, max(0, d.from))
		to := fmt.Sprintf("%d/%d", k, d.to)
		a, b := resolve(t, clone, from), resolve(t, clone, to)
		base, err := clone.MergeBase(a, b)
		if len(d.common(max(0, d.from), d.to)) == 0 {
			if source.KindOf(err) != source.CommitMissing {
				t.Errorf("history %d: two histories have the base %v, %v", k, base, err)
			}
			continue
		}
		want := strings.Fields(c.git("merge-base", "--all", from, to))
		several += len(want) - 1
		if err != nil {
			t.Fatalf("history %d: %v, git says %v", k, err, want)
		}
		if got := base.Commit().Hash; !slices.Contains(want, got) {
			t.Errorf("history %d: the base is %s, git says %v", k, got, want)
		}
		if again, err := clone.MergeBase(b, a); err != nil || again.Commit().Hash != base.Commit().Hash {
			t.Errorf("history %d: the other way round it is %v, %v", k, again, err)
		}
	}
	if several == 0 {
		t.Error("no history has several bases")
	}
}

// common returns the ancestors that two commits share.
func (d dag) common(i, j int) []int {
	var both []int
	for a := range d.ancestors(i) {
		if d.ancestors(j)[a] {
			both = append(both, a)
		}
	}
	return both
}

func resolve(t testing.TB, clone *source.Clone, rev string) *source.Snapshot {
	t.Helper()
	snap, err := clone.Resolve(rev)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}
