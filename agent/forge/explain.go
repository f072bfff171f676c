package forge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// explain says what an error of a call means. What the forge answered counts more than how a library puts it.
func (h *hub) explain(doing string, seen *answer, err error) error {
	e := h.cause(seen, err)
	e.Doing, e.Where = doing, h.where
	e.Problem = redact(e.Problem, h.wire.secret())
	return e
}

// cause returns an error of its own, to be filled in.
func (h *hub) cause(seen *answer, err error) *Error {
	var ours *Error
	switch {
	case errors.As(err, &ours):
		e := *ours
		return &e
	case seen == nil || seen.status == 0:
		return lost(err)
	case seen.status < 300:
		return &Error{Fault: NotTheAPI, Problem: "the answer is not that of the API of " + h.kind.String() + ": " + err.Error(),
			Mend: "check the URL and the kind of the forge"}
	case seen.status < 400:
		return moved(seen)
	case seen.status >= 500:
		return &Error{Fault: ServerFailed, Problem: "the forge failed: " + seen.said(), RetryAt: seen.retryAfter(h.wire.now())}
	}
	return h.refusal(seen)
}

// What forges say when they refuse with a status that could mean several things.
var (
	exists  = regexp.MustCompile(`(?i)(pull|merge) request already exists`)
	nothing = regexp.MustCompile(`(?i)no commits between|no changes (between|from)|nothing to (compare|merge)`)
	missing = regexp.MustCompile(`(?i)(source|target|head|base)[ _]?branch|branch (does )?not (exist|found)|\bref "[^"]*" does not exist|(head|base): invalid|(head|base) invalid`)
	archive = regexp.MustCompile(`(?i)\barchived\b`)
)

// refusal explains a status from 400 to 499.
func (h *hub) refusal(seen *answer) *Error {
	if at := seen.retryAt(h.wire.now()); !at.IsZero() {
		return rateLimited(at)
	}
	said := seen.said()
	switch status := seen.status; {
	case status == http.StatusUnauthorized:
		return &Error{Fault: TokenRefused, Problem: "the forge does not know the token: " + said,
			Mend: "it may be mistyped, expired or revoked; make a new one with " + h.kind.rights()}
	case exists.MatchString(said) || status == http.StatusConflict && h.kind == GitLab: // which says so in any language
		return &Error{Fault: AlreadyExists, Problem: "there is one already: " + said}
	case status == http.StatusConflict:
		return &Error{Fault: Conflict, Problem: "somebody else changed it at the same moment: " + said}
	case status == http.StatusLocked || archive.MatchString(said):
		return &Error{Fault: ReadOnly, Problem: "the repository takes no changes: " + said}
	case status == http.StatusForbidden:
		return h.forbidden(seen)
	case nothing.MatchString(said):
		return &Error{Fault: NothingToMerge, Problem: "the base branch has it all already: " + said}
	case missing.MatchString(said):
		return &Error{Fault: BranchMissing, Problem: "a branch is missing: " + said, Mend: "push the head branch first, and check the name of the base branch"}
	case status == http.StatusNotFound:
		return &Error{Fault: NotFound, Problem: "it is not there, or the token may not see it: " + said,
			Mend: "check the name of the repository, and that the token has " + h.kind.rights()}
	}
	return &Error{Fault: Refused, Problem: "the forge refuses it: " + said}
}

// forbidden explains a 403 that is no rate limit. GitHub says in headers which right is missing.
func (h *hub) forbidden(seen *answer) *Error {
	e := &Error{Fault: Forbidden, Problem: "the token lacks a right: " + seen.said(), Mend: "it needs " + h.kind.rights()}
	if asked := seen.header.Get("X-Accepted-Github-Permissions"); asked != "" {
		e.Problem += fmt.Sprintf(" (this request needs %s)", asked)
	}
	if strings.HasPrefix(seen.header.Get("X-Github-Sso"), "required") {
		e.Mend = "authorize the token for the organization's single sign-on, in the settings of its owner"
	}
	return e
}

// rights are the least that a token needs; see the package comment.
func (k Kind) rights() string {
	switch k {
	case GitHub:
		return `the repository permission "Pull requests: read and write" (classic token: the scope repo)`
	case GitLab:
		return "the scope api and the role Developer in the project"
	}
	return "the scopes write:repository and write:issue, of a user who may write to the repository"
}

// moved explains a redirect, which is never followed.
func moved(seen *answer) *Error {
	to := "elsewhere"
	if location, err := url.Parse(seen.header.Get("Location")); err == nil {
		to = "to " + (&url.URL{Scheme: location.Scheme, Host: location.Host, Path: location.Path}).String()
	}
	return &Error{Fault: Redirected, Problem: fmt.Sprintf("the forge answers %d and sends us %s, where the token does not go", seen.status, to),
		Mend: "if the repository was renamed or the forge moved, configure the new address"}
}

func rateLimited(at time.Time) *Error {
	return &Error{Fault: RateLimited, RetryAt: at,
		Problem: "the forge has had too many requests, and wants none before " + at.UTC().Format(time.RFC3339)}
}

// lost explains a request that got no answer.
func lost(err error) *Error {
	var ours *Error
	var certificate *tls.CertificateVerificationError
	var wrapped *url.Error
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &certificate):
		return &Error{Fault: CertificateRefused, Problem: "the certificate cannot be trusted: " + certificate.Err.Error(),
			Mend: "check the host, or give its CA"}
	case errors.Is(err, context.Canceled):
		return &Error{Fault: Canceled, Problem: "it was given up", Err: context.Canceled}
	case errors.Is(err, context.DeadlineExceeded) || timedOut(err):
		return &Error{Fault: TimedOut, Problem: "there was no answer in time", Err: context.DeadlineExceeded}
	case errors.As(err, &wrapped):
		err = wrapped.Err // without the URL, which is said once elsewhere
	}
	return &Error{Fault: Unreachable, Problem: "the forge cannot be reached: " + err.Error()}
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
