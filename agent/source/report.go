package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

// maxReport bounds what a server answers to a push, with all that its hooks
// say.
const maxReport = 1 << 20

// declined is why the server did not do it, as it reports.
type declined struct{ why string }

func (d declined) Error() string { return d.why }

// report reads what became of a push, and what was said for people meanwhile.
// The error is declined, or else nothing is known.
func (p *push) report(able *capability.List, body io.Reader) (said string, err error) {
	var words tail
	in := io.Reader(&limitedReader{r: body, left: maxReport, what: "the server's report", limit: maxReport})
	if able.Supports(capability.Sideband64k) {
		demuxer := sideband.NewDemuxer(sideband.Sideband64k, in)
		demuxer.Progress = &words
		in = demuxer
	}
	report := packp.NewReportStatus()
	if err := report.Decode(in); err != nil {
		return words.String(), saidIn(err)
	}
	return words.String(), verdict(report, p.ref())
}

// verdict is what a report says of the one ref that was to be moved. A report
// that contradicts itself, or speaks of another ref, says nothing.
func verdict(report *packp.ReportStatus, ref plumbing.ReferenceName) error {
	unpacked := report.UnpackStatus == "ok"
	if len(report.CommandStatuses) == 0 && !unpacked {
		return declined{report.UnpackStatus}
	}
	if len(report.CommandStatuses) != 1 || report.CommandStatuses[0].ReferenceName != ref {
		return errors.New("the server's report is not about the branch")
	}
	switch status := report.CommandStatuses[0].Status; {
	case status != "ok" && unpacked:
		return declined{status}
	case status != "ok":
		return declined{status + ": " + report.UnpackStatus}
	case !unpacked:
		return errors.New("the server's report contradicts itself")
	}
	return nil
}

// What servers say when somebody else moved the branch, or may have; when they
// may do it another time; and when they do not let us. They say it in prose.
var (
	raceWords = []string{"atomic", "incorrect old value", "already exists", "failed to update ref", "cannot lock", "failed to lock",
		"unable to lock", "fetch first", "stale info", "reference conflict", lostWords}
	laterWords = []string{"internal server error", "internal error", "unpacker error", "index-pack", "unpack-objects", "timeout", "timed out",
		"try again", "unavailable", "no space left", "overloaded"}
	rightWords = []string{"permission", "denied", "not allowed", "not permitted", "read only", "read-only", "readonly", "unauthorized", "forbidden",
		"write access", "access rights", "protected"}
)

// lostWords are git's when a commit was sent without what it is built on.
const lostWords = "missing necessary objects"

func says(text string, words []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// judge finds out what a refusal means.
func (r *Repository) judge(ctx context.Context, p *push, why, said string) error {
	text := strings.TrimSuffix(why+": "+said, ": ")
	switch {
	case says(why, raceWords):
		return r.race(ctx, p, text)
	case says(why, laterWords) && !says(text, rightWords):
		return &Error{Kind: ServerFailed, Problem: "the server could not take it: " + text}
	}
	return &Error{Kind: PushRefused, Problem: "the server declines it: " + text,
		Mend: "see what its hooks and protected branches ask for, and who may push"}
}

// race tells a branch that somebody else moved from one that could not be moved.
func (r *Repository) race(ctx context.Context, p *push, text string) error {
	there, err := r.locate(ctx, p.branch, receivePack)
	switch {
	case err != nil:
		return &Error{Kind: PushOvertaken, Problem: "somebody may have moved it meanwhile: " + text, Mend: "ask where it is, and push again"}
	case there == p.new:
		return nil
	case there != p.old:
		return overtaken(there)
	}
	r.writer.whole = strings.Contains(text, lostWords)
	return &Error{Kind: ServerFailed, Problem: "the server could not move it: " + text}
}

// noRight finds out whether a failure means that these credentials may not
// push, which servers tell in many ways.
func (r *Repository) noRight(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	problem := e.Problem
	switch {
	case e.Kind == RepositoryNotFound && r.reads.Load():
		problem = fmt.Sprintf("%s, although it can be read", problem)
	case e.Kind == AuthRefused:
	case (e.Kind == ServerFailed || e.Kind == RepositoryNotFound) && says(e.said, rightWords):
	default:
		return err
	}
	return &Error{Kind: PushRefused, Problem: problem, Mend: mendPush}
}
