package records_test

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// branchOf is the tree of a branch after some facts.
func branchOf(t *testing.T, facts ...records.Fact) fstest.MapFS {
	t.Helper()
	tree := fstest.MapFS{}
	for head := (records.Head{}); len(facts) > 0; {
		c, err := records.Append(head, "staging", facts, nil, noon.Add(10000*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for path, data := range c.Files {
			tree[path] = &fstest.MapFile{Data: data}
		}
		head, facts = c.Head, c.Rest
	}
	return tree
}

// A push that reached Git before the agent was killed is found, also days and many facts later; and so is what is told again
// with another time.
func TestWhatIsWrittenIsFoundAgain(t *testing.T) {
	var before, later []records.Fact
	for i := range 50 {
		before = append(before, fact(records.Applied, "llama", releaseA, noon.Add(time.Duration(i-100)*time.Hour)))
	}
	pushed := []records.Fact{fact(records.Applied, "llama", releaseB, noon), fact(records.Healthy, "llama", releaseB, noon), fact(records.Lost, "", "", noon)}
	for i := range 60 {
		later = append(later, fact(records.Applied, "llama", releaseA, noon.Add(time.Duration(i+1)*time.Hour)), fact(records.Applied, "mistral", releaseA, noon.Add(time.Duration(i+1)*time.Hour)))
	}
	tree := branchOf(t, slices.Concat(before, pushed, later)...)
	other := fact(records.Applied, "llama", releaseB, noon.Add(time.Minute))
	unknown := fact(records.Applied, "qwen", releaseA, noon)
	written, err := records.Written(tree, append([]records.Fact{other, unknown}, pushed...))
	if err != nil || len(written) != 3 || written[other.ID] || written[unknown.ID] {
		t.Errorf("found %v, %v", written, err)
	}
	again := pushed[1]
	again.Time = noon.Add(300 * time.Hour) // told again much later, after the agent had been away
	if written, err := records.Written(tree, []records.Fact{again}); err != nil || !written[again.ID] {
		t.Errorf("what is told again is not found: %v, %v", written, err)
	}
	if written, err := records.Written(fstest.MapFS{}, pushed); err != nil || len(written) > 0 {
		t.Errorf("on no branch: %v, %v", written, err)
	}
}

// counting counts the files that are read.
type counting struct {
	fstest.MapFS
	files, dirs int
}

func (c *counting) ReadDir(name string) ([]fs.DirEntry, error) {
	c.dirs++
	return c.MapFS.ReadDir(name)
}

func (c *counting) ReadFile(name string) ([]byte, error) {
	c.files++
	return c.MapFS.ReadFile(name)
}

func TestLookingForWhatIsWrittenDoesNotReadTheWholeBranch(t *testing.T) {
	var facts []records.Fact
	for i := range 3000 {
		facts = append(facts, fact(records.Applied, "llama", releaseA, noon.Add(time.Duration(i)*time.Hour)), fact(records.Healthy, "llama", releaseA, noon.Add(time.Duration(i)*time.Hour)))
	}
	tree := &counting{MapFS: branchOf(t, facts...)}
	if _, err := records.Written(tree, []records.Fact{fact(records.Applied, "llama", releaseB, noon.Add(3001*time.Hour)), fact(records.Refused, "llama", "", noon.Add(3001*time.Hour))}); err != nil {
		t.Fatal(err)
	}
	if tree.files > 40 || tree.dirs > 50 { // of 125 days
		t.Errorf("%d files and %d directories were read", tree.files, tree.dirs)
	}
	tree.files = 0
	if written, err := records.Written(tree, facts[len(facts)-2:]); err != nil || len(written) != 2 || tree.files != 2 {
		t.Errorf("%d files were read where the newest ones were sought: %v, %v", tree.files, written, err)
	}
}

func TestADamagedBranchIsNotTakenForAnEmptyOne(t *testing.T) {
	f := fact(records.Applied, "llama", releaseA, noon)
	tree := branchOf(t, f)
	for path, file := range tree {
		if path != "README.md" {
			file.Data = []byte("{}")
		}
	}
	if _, err := records.Written(tree, []records.Fact{f}); err == nil {
		t.Error("a file that is no fact was passed by")
	}
}
