package gitserver

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Person is an author.
type Person struct {
	Name  string
	Email string
}

// DefaultAuthor makes the commits that name nobody.
var DefaultAuthor = Person{Name: "Ada Lovelace", Email: "ada@example.com"}

// Change is a commit to be made, as an engineer would push it.
type Change struct {
	Branch  string // DefaultBranch if empty
	Message string
	Author  Person    // DefaultAuthor if empty
	When    time.Time // now if zero

	Files      map[string]string // path to contents
	Executable map[string]string // the same, with the executable bit
	FS         fs.FS             // all of its files
	Links      map[string]string // path to the symlink's target
	Submodules map[string]string // path to a commit id
	Delete     []string          // files or directories
	DeleteAll  bool              // everything, before the rest is written

	// Onto is the commit to build on, if not the branch's head. The branch
	// is moved by force.
	Onto string
	// Orphan starts a new history. The branch is moved by force.
	Orphan bool
	// Merge lists further parents.
	Merge []string
	// Signer signs the commit, if there is one.
	Signer ssh.Signer
}

// Commit makes a commit and moves the branch to it. It returns its id.
func (r *Repository) Commit(c Change) (string, error) {
	if c.Signer != nil {
		return r.commitSigned(c)
	}
	var script bytes.Buffer
	if err := r.script(&script, c); err != nil {
		return "", err
	}
	return r.Git(&script, "fast-import", "--quiet", "--force")
}

// script writes the change in the language of git fast-import.
func (r *Repository) script(w *bytes.Buffer, c Change) error {
	ref := "refs/heads/" + cmp.Or(c.Branch, DefaultBranch)
	author := c.Author
	if author == (Person{}) {
		author = DefaultAuthor
	}
	when := c.When
	if when.IsZero() {
		when = time.Now()
	}
	stamp := fmt.Sprintf("%s <%s> %d +0000", author.Name, author.Email, when.Unix())
	fmt.Fprintf(w, "commit %s\nmark :1\nauthor %s\ncommitter %s\n", ref, stamp, stamp)
	data(w, cmp.Or(c.Message, "Change something"))
	if parent := r.parent(c, ref); parent != "" {
		fmt.Fprintf(w, "from %s\n", parent)
	}
	for _, parent := range c.Merge {
		fmt.Fprintf(w, "merge %s\n", parent)
	}
	if err := c.writeFiles(w); err != nil {
		return err
	}
	fmt.Fprint(w, "\nget-mark :1\n")
	return nil
}

// parent returns what to build on, or nothing.
func (r *Repository) parent(c Change, ref string) string {
	if c.Orphan {
		return ""
	}
	if c.Onto != "" {
		return c.Onto
	}
	head, err := r.Git(nil, "rev-parse", "--verify", "--quiet", ref)
	if err != nil {
		return "" // the first commit
	}
	return head
}

func (c Change) writeFiles(w *bytes.Buffer) error {
	if c.DeleteAll {
		fmt.Fprintln(w, "deleteall")
	}
	for _, path := range c.Delete {
		fmt.Fprintf(w, "D %s\n", quotePath(path))
	}
	if c.FS != nil {
		if err := writeFS(w, c.FS); err != nil {
			return err
		}
	}
	inline(w, "100644", c.Files)
	inline(w, "100755", c.Executable)
	inline(w, "120000", c.Links)
	for _, path := range sortedKeys(c.Submodules) {
		fmt.Fprintf(w, "M 160000 %s %s\n", c.Submodules[path], quotePath(path))
	}
	return nil
}

func writeFS(w *bytes.Buffer, fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(fsys, path)
		inline(w, "100644", map[string]string{path: string(text)})
		return err
	})
}

func inline(w *bytes.Buffer, mode string, files map[string]string) {
	for _, path := range sortedKeys(files) {
		fmt.Fprintf(w, "M %s inline %s\n", mode, quotePath(path))
		data(w, files[path])
	}
}

func data(w *bytes.Buffer, text string) {
	fmt.Fprintf(w, "data %d\n%s\n", len(text), text)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// quotePath writes a path as git quotes it.
func quotePath(path string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(path) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\%03o`, c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Head returns the id of a branch's newest commit.
func (r *Repository) Head(branch string) (string, error) {
	return r.Git(nil, "rev-parse", "--verify", "refs/heads/"+branch)
}

// Reset moves a branch to any commit, as a force push does.
func (r *Repository) Reset(branch, hash string) error {
	_, err := r.Git(nil, "update-ref", "refs/heads/"+branch, hash)
	return err
}

// DeleteBranch removes a branch.
func (r *Repository) DeleteBranch(branch string) error {
	_, err := r.Git(nil, "update-ref", "-d", "refs/heads/"+branch)
	return err
}
