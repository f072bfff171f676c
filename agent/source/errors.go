package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of thing went wrong, for those who must act on it.
type Kind int

// The kinds of failure. A kind marked transient may pass by itself.
const (
	InvalidConfig      Kind = iota + 1 // the configuration or the Secret cannot work
	AuthRefused                        // the server does not let us in
	HostKeyRefused                     // the SSH server is not the one we know
	CertificateRefused                 // the TLS certificate cannot be trusted
	RedirectRefused                    // the server sends us to another host
	RepositoryNotFound                 // there is no such repository, or it is hidden from us
	RepositoryEmpty                    // the repository has no commit yet
	BranchMissing                      // the repository has no such branch
	CommitMissing                      // the repository has no such commit
	HistoryMissing                     // the clone is shallow, and lacks the commits that were asked about
	HistoryTooLong                     // more commits than the limit would have to be looked at
	CloneRefused                       // the clone cannot be used: its format or state is one that we do not read
	ObjectMalformed                    // the repository holds an object that makes no sense
	TooLarge                           // what the server sends exceeds a limit
	Unreachable                        // transient: no connection
	TimedOut                           // transient: no answer in time
	Canceled                           // transient: the caller gave up
	ServerFailed                       // transient: the server answered with an error, or with nonsense
	StoreFailed                        // transient: the cache on disk cannot be used; the next Poll mends it
	PushOvertaken                      // transient: somebody else moved the branch first; see Error.Tip
	PushRefused                        // these credentials may not push, or a hook or a protected branch declines it
	PushNotForward                     // refused here: the push would take commits away from the branch
	PushUnknown                        // transient: all was sent and no answer came, so it may have been done; Ask
)

// transient lists the kinds that waiting may cure. All others need a person.
var transient = map[Kind]bool{
	Unreachable: true, TimedOut: true, Canceled: true, ServerFailed: true, StoreFailed: true,
	PushOvertaken: true, PushUnknown: true,
}

// Error is a failure to follow the repository, or to write to it. It holds no secret.
type Error struct {
	Kind    Kind
	Doing   string // what was being done, such as "push to"; "follow" if empty
	URL     string // without credentials; empty if it could not be understood
	Branch  string
	Problem string // what went wrong
	Mend    string // how to mend it; may be empty
	Tip     string // of PushOvertaken: where the branch is now; empty if it is gone, or not known
	Err     error  // the cause, if it is worth testing for, such as context.DeadlineExceeded

	said string // the server's own words, before they are fit to be shown
}

// Error says what was being done, to what, what went wrong and how to mend it.
func (e *Error) Error() string {
	var b strings.Builder
	doing := cmp.Or(e.Doing, "follow")
	switch {
	case e.URL != "" && e.Branch != "":
		fmt.Fprintf(&b, "cannot %s branch %q of %s: ", doing, e.Branch, e.URL)
	case e.URL != "":
		fmt.Fprintf(&b, "cannot %s %s: ", doing, e.URL)
	case e.Kind == InvalidConfig: // The URL was not understood, and may hold a secret.
		b.WriteString("cannot follow the repository: ")
	}
	b.WriteString(e.Problem)
	if e.Mend != "" {
		b.WriteString("; " + e.Mend)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// RewindError says that the branch no longer contains the commit that was
// accepted last: it was reset or force-pushed.
type RewindError struct {
	URL    string
	Branch string
	From   string // the commit that was accepted last and stays current
	To     string // the commit that the branch points to now
}

// Error names both commits and the two ways out.
func (e *RewindError) Error() string {
	return fmt.Sprintf("branch %q of %s moved from %s to %s, which does not contain it, so history was rewritten; "+
		"staying at %.12s until the branch contains it again (git push --force origin %.12s:%s) "+
		"or a signed override names both commits",
		e.Branch, e.URL, e.From, e.To, e.From, e.From, e.Branch)
}

// Errors of reading a Snapshot. They come wrapped in an *fs.PathError.
var (
	ErrSymlink   = errors.New("symlinks are refused, because they could point outside the repository; commit the file itself")
	ErrSubmodule = errors.New("submodules are refused, because only this repository is followed; commit the files themselves")
	ErrName      = errors.New("names that are .git or not UTF-8 are refused; rename the file")
)

// FileTooLargeError says that a file is not read because of its size.
type FileTooLargeError struct {
	Path  string
	Size  int64
	Limit int64
}

// Error says by how much, and what to do.
func (e *FileTooLargeError) Error() string {
	return fmt.Sprintf("%s is %d bytes, above the limit of %d; keep large files out of the repository", e.Path, e.Size, e.Limit)
}

// KindOf returns the kind of err, or 0 if it is not an Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// IsTransient reports whether err may pass by itself, so that trying again
// soon makes sense. A rewind, a refusal or a wrong configuration needs a
// person, and can be retried slowly.
func IsTransient(err error) bool {
	if kind := KindOf(err); kind != 0 {
		return transient[kind]
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// invalid is a fault of the configuration.
func invalid(problem, mend string) *Error {
	return &Error{Kind: InvalidConfig, Problem: problem, Mend: mend}
}
