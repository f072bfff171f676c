package forge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Fault says what sort of thing went wrong, for those who must act on it.
type Fault int

// The faults. One marked transient may pass by itself.
const (
	InvalidConfig      Fault = iota + 1 // the configuration cannot work
	InvalidRequest                      // what is wanted cannot be a pull request of ours
	TokenRefused                        // the token is unknown, expired or revoked
	Forbidden                           // the token lacks a right
	NotFound                            // no such repository or pull request, or it is hidden from the token
	AlreadyExists                       // there is such a pull request
	BranchMissing                       // the forge does not know the head or the base branch
	NothingToMerge                      // the base branch has all commits of the head branch
	ReadOnly                            // the repository is archived or locked
	Refused                             // the forge refused for another reason
	Redirected                          // the forge sends us to another address
	CertificateRefused                  // the TLS certificate cannot be trusted
	NotTheAPI                           // something answers that is no forge of this kind
	TooLarge                            // the answer exceeds the limit
	Conflict                            // transient: somebody else changed it at the same moment
	RateLimited                         // transient: too many requests, see Error.RetryAt
	Unreachable                         // transient: no connection
	TimedOut                            // transient: no answer in time
	Canceled                            // transient: the caller gave up
	ServerFailed                        // transient: the forge failed
)

// transient lists the faults that waiting may cure. All others need a person.
var transient = map[Fault]bool{Conflict: true, RateLimited: true, Unreachable: true, TimedOut: true, Canceled: true, ServerFailed: true}

// Error is a failure to keep a pull request. It holds no secret.
type Error struct {
	Fault Fault
	// Doing is what was being done, as in "open a pull request from a into b".
	Doing string
	// Where is the repository and the forge; empty if they could not be understood.
	Where string
	// Problem is what went wrong, and Mend how to mend it; Mend may be empty.
	Problem, Mend string
	// RetryAt is before when the forge wants no further request; zero if it did not say.
	RetryAt time.Time
	// Err is the cause, if it is worth testing for, such as context.DeadlineExceeded.
	Err error
}

// Error says what was being done, to what, what went wrong and how to mend it.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Doing != "" {
		fmt.Fprintf(&b, "cannot %s", e.Doing)
		if e.Where != "" {
			fmt.Fprintf(&b, " in %s", e.Where)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Problem)
	if e.Mend != "" {
		b.WriteString("; " + e.Mend)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// FaultOf returns the fault of err, or 0 if it is not an *Error.
func FaultOf(err error) Fault {
	var e *Error
	if errors.As(err, &e) {
		return e.Fault
	}
	return 0
}

// IsTransient reports whether err may pass by itself, so that trying again makes sense.
func IsTransient(err error) bool {
	if fault := FaultOf(err); fault != 0 {
		return transient[fault]
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// RetryAt returns before when the forge wants no further request; zero if it did not say.
func RetryAt(err error) time.Time {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAt
	}
	return time.Time{}
}
