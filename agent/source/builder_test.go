package source_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

var (
	ada  = source.Person{Name: "Ada Lovelace", Email: "ada@example.com", When: date(2026)}
	late = source.Person{Name: "Grace", Email: "grace@example.com", When: time.Date(2026, 7, 1, 12, 30, 59, 0, time.FixedZone("", -(3*60+30)*60))}
)

// build puts files on top of a snapshot and makes a commit of them.
func build(t testing.TB, base *source.Snapshot, files map[string]string) (string, []source.Object) {
	t.Helper()
	b := source.NewBuilder(base)
	put(t, b, files)
	draft := source.Draft{Author: ada, Message: "Write " + strings.Join(slices.Sorted(maps.Keys(files)), ", ")}
	if base != nil {
		draft.Parents = []string{base.Commit().Hash}
	}
	return commit(t, b, draft), b.Objects()
}

func put(t testing.TB, b *source.Builder, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := b.Put(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t testing.TB, b *source.Builder, d source.Draft) string {
	t.Helper()
	id, err := b.Commit(d)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// The same files make the same ids as with git.
func TestBuilderMakesWhatGitMakes(t *testing.T) {
	repo := gitserver.ForTest(t)
	change := gitserver.Change{Message: "Begin\n", Files: files, When: date(2026), Author: gitserver.Person{Name: ada.Name, Email: ada.Email}}
	want := repo.Commit(change)
	b := source.NewBuilder(nil)
	put(t, b, files)
	if got := commit(t, b, source.Draft{Author: ada, Message: "Begin"}); got != want {
		t.Errorf("the commit is %s, git's is %s", got, want)
	}
	if raw, err := repo.Git(nil, "cat-file", "commit", want); err != nil || strings.Contains(raw, "gpgsig") {
		t.Errorf("%s, %v", raw, err)
	}
}

// Whatever is put and removed, in whatever order, git would have made the same
// tree; also on a base that git made, and step by step.
func TestBuilderAgreesWithGitOnRandomChanges(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", map[string]string{"a": "1"})
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	random := rand.New(rand.NewSource(1))
	for round := range 25 {
		base := poll(t, r)
		change := gitserver.Change{Message: "Change\n", Files: map[string]string{}, When: date(2026)}
		b := source.NewBuilder(base)
		b2 := source.NewBuilder(base) // takes the trees in between too
		for range 1 + random.Intn(6) {
			name := randomName(random)
			data := fmt.Sprint(round, random.Intn(3))
			if random.Intn(4) == 0 {
				err := b.Remove(name)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
				if (b2.Remove(name) == nil) != (err == nil) {
					t.Fatalf("removing %s depends on when trees are taken", name)
				}
				for file := range change.Files {
					if file == name || strings.HasPrefix(file, name+"/") {
						delete(change.Files, file)
					}
				}
				change.Delete = append(change.Delete, name)
			} else if err := b.Put(name, []byte(data)); err == nil {
				change.Files[name] = data
				put(t, b2, map[string]string{name: data})
			}
			b2.Tree()
		}
		repo.Commit(change)
		want, err := repo.Git(nil, "rev-parse", "main^{tree}")
		if err != nil || b.Tree() != want || b2.Tree() != want {
			t.Fatalf("round %d: the trees are %s and %s, git's is %s, %v\n%+v", round, b.Tree(), b2.Tree(), want, err, change)
		}
	}
}

// randomName has few parts that are sorted differently as files and directories.
func randomName(random *rand.Rand) string {
	parts := []string{"a", "a-b", "a.b", "a0", "b", "ü"}
	name := parts[random.Intn(len(parts))]
	for random.Intn(3) > 0 {
		name += "/" + parts[random.Intn(len(parts))]
	}
	return name
}

// One new file costs its blob, the directories on its way and the commit.
func TestBuilderWritesOnlyWhatChanged(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", fleet(10))
	base := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
	b := source.NewBuilder(base)
	put(t, b, map[string]string{"environments/prod/model-7/new.yaml": "new"})
	commit(t, b, source.Draft{Author: ada, Message: "Add a file", Parents: []string{base.Commit().Hash}})
	if n := len(b.Objects()); n != 6 { // blob, four directories, commit
		t.Errorf("%d objects were made", n)
	}
	old, _ := base.ReadFile("environments/prod/model-3/release.yaml")
	b = source.NewBuilder(base)
	put(t, b, map[string]string{"environments/prod/model-3/release.yaml": string(old)})
	want, _ := base.ObjectID(".")
	if got := b.Tree(); got != want || len(b.Objects()) != 1 {
		t.Errorf("a file that is the same makes tree %s of %s and %d objects", got, want, len(b.Objects()))
	}
}

// What is not touched stays as it is, also what git would write differently
// today, or what a Snapshot does not show.
func TestBuilderKeepsWhatItDoesNotTouch(t *testing.T) {
	repo := gitserver.ForTest(t)
	first := repo.Commit(gitserver.Change{Message: "Begin", Files: map[string]string{"dir/a": "1"}, Executable: map[string]string{"dir/run": "#!"},
		Links: map[string]string{"dir/link": "a"}, Submodules: map[string]string{"dir/sub": strings.Repeat("1", 40)}})
	list, err := repo.Git(nil, "ls-tree", first+":dir")
	if err != nil {
		t.Fatal(err)
	}
	odd := strings.Replace(list, "100644", "100664", 1)
	dir, err := repo.Git(strings.NewReader(odd+"\n"), "mktree", "--missing")
	if err != nil {
		t.Fatal(err)
	}
	root, err := repo.Git(strings.NewReader("040000 tree "+dir+"\tdir\n"), "mktree")
	if err != nil {
		t.Fatal(err)
	}
	head, err := repo.Git(nil, "commit-tree", root, "-m", "Odd")
	if err != nil {
		t.Fatal(err)
	}
	repo.Reset("main", head)
	base := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{})))
	b := source.NewBuilder(base)
	put(t, b, map[string]string{"dir/z": "new"})
	var raw string
	for _, o := range b.Objects() {
		raw += fmt.Sprintln(o.ID())
	}
	b.Tree()
	want := "100664 a,120000 link,100755 run,160000 sub,100644 z"
	if got := modes(t, b); got != want {
		t.Errorf("the directory is %s, want %s\n%s", got, want, raw)
	}
}

// modes lists the first directory that a builder made.
func modes(t *testing.T, b *source.Builder) string {
	t.Helper()
	for _, o := range b.Objects() {
		if kind, raw := source.Reveal(o); kind == "tree" {
			var all []string
			for len(raw) > 0 {
				head, rest, _ := strings.Cut(raw, "\x00")
				all, raw = append(all, head), rest[20:]
			}
			return strings.Join(all, ",")
		}
	}
	t.Fatal("no directory was made")
	return ""
}

func TestBuilderRefuses(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Commit(gitserver.Change{Files: map[string]string{"dir/file": "1"}, Links: map[string]string{"link": "dir"}})
	base := poll(t, follow(t, repo, repo.HTTP(gitserver.HTTP{}), func(c *source.Config) { c.MaxFileSize = 10 }))
	for name, says := range map[string]string{
		"": "invalid argument", ".": "invalid argument", "/a": "invalid argument", "a/": "invalid argument", "../a": "invalid argument",
		"a//b": "invalid argument", "a/./b": "invalid argument", ".git/config": "names that are .git", "x/.GIT": "names that are .git",
		"\xff": "not UTF-8", ".gitmodules": "unsafe", ".gitattributes": "unsafe", "git~1": "unsafe", ".git ": "unsafe", ".git\u200c": "unsafe",
		"a\\b": "unsafe", "a:b": "unsafe", "a\nb": "unsafe", strings.Repeat("x", 256): "unsafe", strings.Repeat("x/", 2100) + "x": "invalid argument",
		"dir": "is a directory", "dir/file/x": "file is not a directory", "link/x": "link is not a directory", "link": "symlinks are refused",
	} {
		b := source.NewBuilder(base)
		err := b.Put(name, []byte("1"))
		if err == nil {
			t.Errorf("%q is put", name)
			continue
		}
		mentions(t, err.Error(), says)
		if want, _ := base.ObjectID("."); b.Tree() != want {
			t.Errorf("the refusal of %q left something", name)
		}
	}
	b := source.NewBuilder(base)
	var large *source.FileTooLargeError
	if err := b.Put("a", make([]byte, 11)); !errors.As(err, &large) || large.Limit != 10 {
		t.Errorf("a large file: %v", err)
	}
	for _, name := range []string{"none", "dir/none", "none/file", "dir/file/x"} {
		if err := b.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("removing %q: %v", name, err)
		}
	}
	if err := b.Remove("."); err == nil {
		t.Error("everything is removed")
	}
}

func TestBuilderRemovesEmptyDirectories(t *testing.T) {
	b := source.NewBuilder(nil)
	empty := b.Tree()
	put(t, b, map[string]string{"a/b/c/file": "1", "a/file": "2"})
	with := b.Tree()
	for _, name := range []string{"a/b", "a/file"} {
		if err := b.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.Tree(); got != empty || got == with || got != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Errorf("the tree without files is %s", got)
	}
}

func TestDraftsThatNoCommitCanExpress(t *testing.T) {
	good := source.Draft{Author: ada, Message: "Say it\n\nIn more words.\n"}
	for says, harm := range map[string]func(*source.Draft){
		"no first line":       func(d *source.Draft) { d.Message = " \nbody" },
		"no first line ":      func(d *source.Draft) { d.Message = "" },
		"control character":   func(d *source.Draft) { d.Message = "a\x00b" },
		"a control character": func(d *source.Draft) { d.Message = "a\x1b[2Jb" },
		"not UTF-8":           func(d *source.Draft) { d.Message = "a\xff" },
		"above the limit":     func(d *source.Draft) { d.Message = strings.Repeat("a", 2<<20) },
		`has the name ""`:     func(d *source.Draft) { d.Author.Name = "" },
		"has the name":        func(d *source.Draft) { d.Author.Name = "a <b" },
		" has the name":       func(d *source.Draft) { d.Author.Name = "a\nb" },
		"has the address":     func(d *source.Draft) { d.Author.Email = "a>b" },
		"the committer has":   func(d *source.Draft) { d.Committer = source.Person{Name: " a", When: date(2026)} },
		"cannot express":      func(d *source.Draft) { d.Author.When = date(1960) },
		"not a full commit":   func(d *source.Draft) { d.Parents = []string{"main"} },
		"is named twice":      func(d *source.Draft) { d.Parents = []string{strings.Repeat("a", 40), strings.Repeat("a", 40)} },
		"signing a commit":    func(d *source.Draft) { d.Sign = func([]byte) ([]byte, error) { return nil, errors.New("no key") } },
		"signature is empty":  func(d *source.Draft) { d.Sign = func([]byte) ([]byte, error) { return []byte("\n"), nil } },
	} {
		bad := good
		harm(&bad)
		if id, err := source.NewBuilder(nil).Commit(bad); err == nil {
			t.Errorf("%s: %s is made", says, id)
		} else {
			mentions(t, err.Error(), strings.TrimSpace(says))
		}
	}
}
