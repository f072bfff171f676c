package apply

import (
	"errors"
	"strings"
)

// ErrPrune marks an error after which everything is applied, but something that left the unit is still in
// the cluster. The next Apply tries again.
var ErrPrune = errors.New("not everything that left Git could be deleted")

// pruneError is what prune failed with. It is ErrPrune, and transient if what it holds is.
type pruneError struct{ failed error }

// Error says what could not be deleted.
func (e pruneError) Error() string { return ErrPrune.Error() + ": " + e.failed.Error() }

// Is makes it ErrPrune.
func (e pruneError) Is(target error) bool { return target == ErrPrune }

// Unwrap returns the failures, joined.
func (e pruneError) Unwrap() error { return e.failed }

// Kind says what has to change before a request can succeed.
type Kind string

// The kinds. All but Unavailable are terminal: trying again soon does not help, only a change in Git or in
// the cluster does.
const (
	// Unavailable: the API server, a webhook or the network could not answer, or somebody wrote at the
	// same time. Trying again helps.
	Unavailable Kind = "Unavailable"
	// Invalid: the API server's schema or validation refuses the object.
	Invalid Kind = "Invalid"
	// Immutable: a field cannot be changed on the object that exists.
	Immutable Kind = "Immutable"
	// Forbidden: the agent lacks a right, or a quota is exhausted.
	Forbidden Kind = "Forbidden"
	// Denied: an admission webhook or policy refuses the object.
	Denied Kind = "Denied"
	// MissingKind: the cluster does not serve the kind; its CRD is missing.
	MissingKind Kind = "MissingKind"
	// Claimed: the object belongs to another unit or to a controller.
	Claimed Kind = "Claimed"
)

// Error is a request that failed.
type Error struct {
	// Doing is what was being done, as in "applying".
	Doing string
	// Object is what it was done to.
	Object Object
	// Kind says what has to change.
	Kind Kind
	// Mend says what the user can do; it may be empty.
	Mend string
	// Err is what the API server said. For a Secret it is cleaned of everything that may be a value.
	Err error
}

// Error says what was being done to which object, what went wrong and what to do.
func (e *Error) Error() string {
	text := e.Doing + " " + e.Object.String() + ": " + e.Err.Error()
	if e.Mend != "" {
		text += "; " + e.Mend
	}
	return text
}

// Unwrap returns what the API server said.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first failed request in err, and of err itself if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return kindOf(err)
}

// Transient says whether trying again soon may help: whether any of the requests that err joins failed for
// a reason that passes.
func Transient(err error) bool {
	switch e := err.(type) {
	case nil:
		return false
	case *Error:
		return e.Kind == Unavailable
	case interface{ Unwrap() []error }:
		for _, sub := range e.Unwrap() {
			if Transient(sub) {
				return true
			}
		}
		return false
	}
	if inner := errors.Unwrap(err); inner != nil {
		return Transient(inner)
	}
	return kindOf(err) == Unavailable
}

// bounded cuts text to at most limit bytes, at a rune.
func bounded(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const mark = " …"
	return strings.ToValidUTF8(text[:limit-len(mark)], "") + mark
}
