package records

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies/trust"
)

// Reader shows the commits of a repository by their full ids: a *source.Repository or a *source.Clone.
type Reader interface {
	At(commit string) (*source.Snapshot, error)
}

// mostCommits bounds a branch, which a stranger may have made.
const mostCommits = 5_000_000

// link is what a commit says by itself.
type link struct {
	id, tree    objectID
	first, last uint64 // the facts that it claims to bring
	digest      string // of the last of them
	sources     [sha256.Size]byte
	key         string // the fingerprint of whose signature it is; shared
	fault       *BranchError
}

// walker goes from the tip of a branch back, and checks what can be checked of each commit by itself.
type walker struct {
	reader Reader
	opts   Options
	branch string

	links  []*link // newest first
	signed chan signed
	done   sync.WaitGroup
	keys   sync.Map // fingerprints, each once
}

// signed is a commit whose signature is to be verified.
type signed struct {
	link   *link
	commit *trust.Commit
}

// walk returns the commits after until, oldest first; all of them if it is empty. Passed says whether known was met.
func (w *walker) walk(ctx context.Context, tip, until, known string) (links []*link, passed bool, err error) {
	w.signed = make(chan signed, 256)
	for range runtime.GOMAXPROCS(0) {
		w.done.Go(w.verifySignatures)
	}
	defer w.done.Wait()
	defer close(w.signed)
	for id := tip; id != "" && id != until; {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if len(w.links) == mostCommits {
			return nil, false, fmt.Errorf("%s has more than %d commits", w.branch, mostCommits)
		}
		passed = passed || id == known
		if id, err = w.step(id); err != nil {
			return nil, false, err
		}
		if id == until && until != "" {
			passed = passed || until == known
		}
	}
	return w.links, passed, nil
}

// step looks at one commit, and returns the one before.
func (w *walker) step(id string) (before string, err error) {
	snapshot, err := w.reader.At(id)
	if err != nil {
		return "", fmt.Errorf("read commit %.12s of %s: %w", id, w.branch, err)
	}
	l := &link{}
	l.id, _ = parseID(id)
	w.links = append(w.links, l)
	shown := snapshot.Commit()
	if len(shown.Parents) > 0 {
		before = shown.Parents[0]
	}
	commit, err := trust.ParseCommit(shown.Raw)
	if err != nil {
		l.fault = w.fault(id, Malformed, err, "%v", err)
		return before, nil
	}
	l.tree, _ = parseID(commit.Tree)
	if l.fault = w.alone(id, commit, l); l.fault == nil {
		w.signed <- signed{l, commit}
	}
	return before, nil
}

// alone says what is wrong with a commit beside its signature.
func (w *walker) alone(id string, c *trust.Commit, l *link) *BranchError {
	email := emailOf(w.opts.Environment)
	if len(c.Parents) > 1 {
		return w.fault(id, Merged, nil, "it has %d parents; expected one", len(c.Parents))
	}
	for _, who := range []trust.Person{c.Author, c.Committer} {
		if who.Email != email {
			return w.fault(id, OtherEnvironment, nil, "it is by %.100q; expected %s <%s>", who.String(), WriterName, email)
		}
	}
	said, wrong := readClaims(c.Trailers)
	if wrong != "" {
		return w.fault(id, Malformed, nil, "%s", wrong)
	}
	l.first, l.last, l.digest, l.sources = said.first, said.last, said.digest, digestOfAll(said.sources)
	return nil
}

// digestOfAll tells lists apart without keeping them.
func digestOfAll(lines []string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}

func (w *walker) verifySignatures() {
	for s := range w.signed {
		key, err := w.opts.Keys.verify(s.commit)
		if err != nil {
			s.link.fault = w.signatureFault(s.link.id.String(), err)
			continue
		}
		same, _ := w.keys.LoadOrStore(key, key)
		s.link.key = same.(string)
	}
}

// signatureFault tells a stranger's key from a signature that is worth nothing.
func (w *walker) signatureFault(id string, err error) *BranchError {
	var unknown trust.UnknownKeyError
	if errors.As(err, &unknown) {
		return w.fault(id, ForeignKey, err, "the key %s (%s) is not among those that are trusted for the records of %s", unknown.Fingerprint, unknown.KeyType, w.opts.Environment)
	}
	var certificate trust.UntrustedCertificateError
	if errors.As(err, &certificate) {
		return w.fault(id, ForeignKey, err, "it is signed with a certificate (%.80q), and keys are trusted", certificate.KeyID)
	}
	return w.fault(id, Forged, err, "%v", err)
}

func (w *walker) fault(commit string, fault Fault, err error, format string, args ...any) *BranchError {
	return &BranchError{Fault: fault, Branch: w.branch, Commit: commit, Problem: fmt.Sprintf(format, args...), Err: err}
}
