package source

import "github.com/go-git/go-git/v5/plumbing"

// Object is a Git object that was made here.
type Object struct {
	kind plumbing.ObjectType
	id   plumbing.Hash
	data []byte
}

// ID returns the object's full id.
func (o Object) ID() string { return o.id.String() }

// Builder makes commits without a work tree: files are put and removed, and
// only the directories on their way are written anew. It is in memory alone;
// Repository.Push brings what it made to a server. The same steps on the same
// base make the same objects. A Builder is used by one goroutine.
type Builder struct{}

// NewBuilder begins with the files of base, or with none if it is nil.
func NewBuilder(base *Snapshot) *Builder { return &Builder{} }

// Put makes a file have the contents, as a plain file that is not executable.
// It refuses a name that a Snapshot would not show or that is unsafe to check
// out anywhere, and more bytes than a Snapshot would read.
func (b *Builder) Put(name string, data []byte) error { return nil }

// Remove removes a file, or a directory with all that is in it, and the
// directories that become empty by it. The error is fs.ErrNotExist if there is
// no such name.
func (b *Builder) Remove(name string) error { return nil }

// Tree returns the id of the root directory as it is now.
func (b *Builder) Tree() (string, error) { return "", nil }

// Draft is what a commit says beside its files.
type Draft struct {
	// Parents are full ids; none begins a new history.
	Parents []string
	// Author, and Committer, who is the author unless told. Each has a name and
	// a time, in whole seconds.
	Author    Person
	Committer Person
	// Message is text of a first line and perhaps more, without control
	// characters but tabs. A newline is added if it does not end with one.
	Message string
	// Sign returns an armored signature of the payload, to be put into the
	// commit's header gpgsig as git does: see SignSSH. No signature if nil.
	Sign func(payload []byte) (armored []byte, err error)
}

// Commit makes a commit of the files as they are now, and returns its full id.
// More files and further commits may follow.
func (b *Builder) Commit(d Draft) (string, error) { return "", nil }

// Objects returns all that was made so far, files first and commits last.
func (b *Builder) Objects() []Object { return nil }
