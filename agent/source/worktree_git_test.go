package source_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// disk makes random files on disk.
type disk struct {
	*rand.Rand
	checkout
}

func (d disk) pick(of ...string) string { return of[d.IntN(len(of))] }

func (d disk) name() string {
	parts := []string{}
	for range 1 + d.IntN(3) {
		parts = append(parts, d.pick("a", "b", "a.log", "build", "x.yaml", "ü", "A"))
	}
	return strings.Join(parts, "/")
}

func (d disk) text() string {
	return d.pick("1\n", "2\n", "one\r\ntwo\r\n", "one\ntwo\n", "one\r\ntwo\n", "bin\x00\r\n", "lone\rcr\r\n", "\x01\x02\x03\r\n", "", "héllo\r\n")
}

var ignoreLines = []string{
	"*.log", "build", "build/", "/a", "a/b", "/a/*", "!/a/b", "!a.log", "**/x.yaml", "a/**", "a/**/b", "!build/", "# note", "", `\#x`,
	"[ab]", "[!a]*", "x.*  ", "*", "!*/", "!x.yaml", "b/", "/b/**/a", "?",
}

var attributeLines = []string{
	"* text=auto", "*.log text", "*.yaml -text", "* text", "a binary", "b eol=lf", "/a/* -text", "x.yaml text=auto eol=crlf", "# note", "build -text",
}

// change writes, deletes and links some files, and rules about them.
func (d disk) change(n int) {
	for range n {
		path := filepath.Join(d.dir, filepath.FromSlash(d.name()))
		switch d.IntN(12) {
		case 0:
			_ = os.RemoveAll(path)
			continue
		case 1:
			path = filepath.Join(filepath.Dir(path), ".gitignore")
			_ = os.WriteFile(path, []byte(d.lines(ignoreLines, 3)), 0o600)
			continue
		case 2:
			path = filepath.Join(filepath.Dir(path), ".gitattributes")
			_ = os.WriteFile(path, []byte(d.lines(attributeLines, 2)), 0o600)
			continue
		case 3:
			_ = os.MkdirAll(path, 0o700)
			continue
		case 4:
			_ = os.Symlink(d.pick("a", "../b", "/etc", "none"), path)
			continue
		}
		_ = os.MkdirAll(filepath.Dir(path), 0o700)
		_ = os.WriteFile(path, []byte(d.text()), 0o600)
		if d.IntN(6) == 0 {
			_ = os.Chmod(path, 0o700)
		}
	}
}

// touch makes git read every file again, as it does not when only attributes
// have changed.
func (d disk) touch() {
	_ = filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			err = os.Chtimes(path, date(2001), date(2001))
		}
		return err
	})
}

func (d disk) lines(of []string, n int) string {
	var b strings.Builder
	for range 1 + d.IntN(n) {
		fmt.Fprintln(&b, of[d.IntN(len(of))])
	}
	return b.String()
}

// The ids of the files on disk are those that git gives them, and what is dirty
// is what git would commit.
func TestWorkTreeAgreesWithGit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	changed := 0
	for k := range 80 {
		d := disk{r, newCheckout(t)}
		d.git("config", "core.autocrlf", d.pick("true", "false", "input"))
		d.git("config", "core.fileMode", d.pick("true", "true", "false"))
		d.change(12)
		d.git("add", "--force", d.pick(".", "."))
		d.git("commit", "--quiet", "--allow-empty", "-m", "begin")
		d.change(r.IntN(10))
		if r.IntN(4) == 0 {
			d.write(map[string]string{".git/info/exclude": "ü\n", ".git/info/attributes": "A text\n"})
		}
		w := workTree(t, d.open())
		root, err := w.ObjectID(".")
		if err != nil {
			t.Fatalf("case %d: %v", k, err)
		}
		got, err := w.Dirty()
		if err != nil {
			t.Fatal(err)
		}
		inA, err := w.Dirty("a", "b/build")
		if err != nil {
			t.Fatal(err)
		}
		d.touch()
		d.git("add", "--all")
		want := strings.FieldsFunc(d.git("diff", "--cached", "--name-only", "--no-renames", "-z", "HEAD"), func(c rune) bool { return c == 0 })
		changed += len(want)
		if id := d.git("write-tree"); id != root {
			t.Errorf("case %d: the root is %s, git says %s", k, root, id)
		}
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("case %d: dirty is %q, git says %q", k, got, want)
		}
		want = slices.DeleteFunc(want, func(name string) bool {
			return name != "a" && !strings.HasPrefix(name, "a/") && name != "b/build" && !strings.HasPrefix(name, "b/build/")
		})
		if !slices.Equal(inA, want) {
			t.Errorf("case %d: dirty below a and b/build is %q, want %q", k, inA, want)
		}
		if t.Failed() {
			t.Logf("%s\n%s", d.git("status", "--short", "--ignored"), d.git("ls-files", "--eol"))
			t.FailNow()
		}
	}
	if changed == 0 {
		t.Error("nothing was ever dirty")
	}
}
