package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// Why not go-git's own remotes: they look a transport up in a table that is
// global to the process, ask for the refs anew at each fetch, read the user's
// ssh_config, dial without a context and read error bodies without a limit.
// What is needed of the protocol is one question and one request, over two
// transports; go-git encodes and decodes both.

// service is the program on the server that a conversation is with.
type service string

const (
	uploadPack  service = "git-upload-pack"  // to fetch
	receivePack service = "git-receive-pack" // to push
)

// remote opens conversations with one server.
type remote interface {
	// connect begins a conversation. ctx governs connecting alone.
	connect(ctx context.Context, with service) (session, error)
	// close drops idle connections.
	close()
}

// session is one conversation: list once, then send at most once.
type session interface {
	// list returns the server's ref advertisement. The caller reads it to
	// its end before it closes it.
	list(ctx context.Context) (io.ReadCloser, error)
	// send sends a request and returns the answer.
	send(ctx context.Context, request []byte) (io.ReadCloser, error)
	// arrived reports whether the server may have the whole of the request,
	// and so may have done what it asks for.
	arrived() bool
	// broken explains an answer that ended too early, if it can.
	broken() error
	close()
}

// maxListing bounds a ref advertisement: about half a million refs.
const maxListing = 64 << 20

// listRefs asks the server which refs it has. Of an empty repository there are
// none, beside the error that says so.
func listRefs(ctx context.Context, s session) (*packp.AdvRefs, error) {
	body, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	refs := packp.NewAdvRefs()
	err = refs.Decode(&limitedReader{r: body, left: maxListing, what: "the list of refs", limit: maxListing})
	if err := refsFault(s, refs, err); err != nil {
		return refs, err
	}
	transport.FilterUnsupportedCapabilities(refs.Capabilities)
	return refs, nil
}

// refsFault explains an advertisement that cannot be used.
func refsFault(s session, refs *packp.AdvRefs, err error) error {
	var said *pktline.ErrorLine
	switch {
	case errors.As(err, &said):
		return serverSaid(said.Text)
	case errors.Is(err, packp.ErrEmptyInput):
		return orElse(s.broken(), &Error{Kind: ServerFailed, Problem: "the server closed the connection without an answer"})
	case errors.Is(err, packp.ErrEmptyAdvRefs), err == nil && refs.IsEmpty():
		return &Error{Kind: RepositoryEmpty, Problem: "the repository is empty", Mend: "push a first commit"}
	case err != nil:
		return err
	case len(refs.Shallows) > 0:
		return &Error{Kind: ServerFailed, Problem: "the server's own repository is shallow, so its history cannot be checked",
			Mend: "run git fetch --unshallow on the server"}
	}
	return nil
}

// request asks for everything that the wants need and the haves lack.
func request(refs *packp.AdvRefs, wants, haves []plumbing.Hash) ([]byte, error) {
	req := packp.NewUploadPackRequestFromCapabilities(refs.Capabilities)
	if refs.Capabilities.Supports(capability.NoProgress) {
		if err := req.Capabilities.Set(capability.NoProgress); err != nil {
			return nil, err
		}
	}
	req.Wants = wants
	req.Haves = haves
	var b bytes.Buffer
	if err := errors.Join(req.UploadRequest.Encode(&b), req.UploadHaves.Encode(&b, false)); err != nil {
		return nil, err
	}
	err := pktline.NewEncoder(&b).EncodeString("done\n")
	return b.Bytes(), err
}

// packOf returns the pack inside an answer to a request.
func packOf(refs *packp.AdvRefs, body io.ReadCloser) (io.Reader, error) {
	req := packp.NewUploadPackRequestFromCapabilities(refs.Capabilities)
	answer := packp.NewUploadPackResponse(req)
	if err := answer.Decode(body); err != nil {
		return nil, saidIn(err)
	}
	switch {
	case req.Capabilities.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, answer), nil
	case req.Capabilities.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, answer), nil
	}
	return answer, nil
}

// saidIn turns an error that the server reported in the protocol into an
// Error: in a line of its own, or in the sideband, which go-git marks by a
// prefix only.
func saidIn(err error) error {
	var said *pktline.ErrorLine
	if errors.As(err, &said) {
		return serverSaid(said.Text)
	}
	if text, ok := strings.CutPrefix(err.Error(), "unexpected error: "); ok {
		return serverSaid(strings.TrimSpace(text))
	}
	return err
}

// serverSaid is an error in the server's own words.
func serverSaid(text string) *Error {
	if hidden(text) {
		return &Error{Kind: RepositoryNotFound, Problem: "the server says: " + text, Mend: mendNotFound, said: text}
	}
	return &Error{Kind: ServerFailed, Problem: "the server says: " + text, said: text}
}

const (
	mendNotFound = "check the URL, and that these credentials may read the repository"
	mendAuth     = "check the Secret, and that its credentials may read the repository"
	mendPush     = "let them write to the repository, or configure others to push with"
)

// limitedReader fails once more than limit bytes were read.
type limitedReader struct {
	r     io.Reader
	left  int64
	what  string
	limit int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, &Error{Kind: TooLarge, Problem: fmt.Sprintf("%s is larger than %s", l.what, size(l.limit)),
			Mend: "keep large files out of the repository, or raise the limit"}
	}
	return n, err
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

func orElse(err, fallback error) error {
	if err != nil {
		return err
	}
	return fallback
}
