package source

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// webRemote speaks Git's smart HTTP protocol. Its client is its own, so that
// the CAs and credentials of two repositories never meet, and it lives as long
// as the CA does, so that polls reuse one connection.
type webRemote struct {
	client *http.Client
	auth   Auth
	base   string // the repository's URL, without a slash at its end
}

// newWebRemote returns a remote that trusts the system's CAs and those in auth.
func newWebRemote(end endpoint, auth Auth) *webRemote {
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted(auth.CA)},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2,
		IdleConnTimeout:        5 * time.Minute, // longer than polls are apart
		MaxResponseHeaderBytes: 1 << 20,
	}
	u := url.URL{Scheme: end.scheme, Host: end.host, Path: strings.TrimRight(end.path, "/")}
	return &webRemote{
		client: &http.Client{Transport: t, CheckRedirect: stayOnHost},
		auth:   auth,
		base:   u.String(),
	}
}

// trusted returns the system's CAs and those in pem, or nil for the system's.
func trusted(pem []byte) *x509.CertPool {
	if len(pem) == 0 {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(pem)
	return pool
}

// stayOnHost lets a server rename a repository, but not hand us, and with us
// our credentials, to somebody else.
func stayOnHost(req *http.Request, via []*http.Request) error {
	from := via[0].URL
	if req.URL.Scheme != from.Scheme || req.URL.Host != from.Host {
		return &Error{Kind: RedirectRefused,
			Problem: fmt.Sprintf("the server redirects to another host, %s://%s, which must not see these credentials", req.URL.Scheme, req.URL.Host),
			Mend:    "if that is right, configure the new URL"}
	}
	if req.Method != http.MethodGet || len(via) >= 5 {
		return http.ErrUseLastResponse
	}
	return nil
}

func (r *webRemote) connect(_ context.Context, with service) (session, error) {
	return &webSession{remote: r, base: r.base, service: with}, nil
}

func (r *webRemote) close() { r.client.CloseIdleConnections() }

// webSession is one listing and what follows from it. A redirect of the
// listing holds for what is sent too.
type webSession struct {
	remote  *webRemote
	base    string
	service service
	left    atomic.Bool // the whole request was handed to the network
	undone  bool        // and yet the server says that it did not do it
}

const refsSuffix = "/info/refs"

func (s *webSession) list(ctx context.Context) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+refsSuffix+"?service="+string(s.service), nil)
	if err != nil {
		return nil, err
	}
	res, err := s.do(req, "advertisement")
	if err != nil {
		return nil, err
	}
	final := *res.Request.URL
	final.RawQuery = ""
	if base, ok := strings.CutSuffix(final.String(), refsSuffix); ok {
		s.base = base
	}
	return drained{res.Body}, nil
}

func (s *webSession) send(ctx context.Context, request []byte) (io.ReadCloser, error) {
	s.left.Store(false)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/"+string(s.service), nil)
	if err != nil {
		return nil, err
	}
	req.GetBody = func() (io.ReadCloser, error) { return &departing{bytes.NewReader(request), &s.left}, nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(request))
	req.Header.Set("Content-Type", s.media("request"))
	res, err := s.do(req, "result")
	if err != nil {
		return nil, err
	}
	return drained{res.Body}, nil
}

// departing notes when the last of a request was taken from it.
type departing struct {
	*bytes.Reader
	left *atomic.Bool
}

func (d *departing) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if d.Len() == 0 {
		d.left.Store(true)
	}
	return n, err
}

// WriteTo hides that of the reader, which would go unnoticed.
func (d *departing) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{d})
}

func (d *departing) Close() error { return nil }

func (s *webSession) arrived() bool { return s.left.Load() && !s.undone }

func (s *webSession) broken() error { return nil }

func (s *webSession) close() {}

// media is the type of what is sent and answered.
func (s *webSession) media(what string) string {
	return fmt.Sprintf("application/x-%s-%s", s.service, what)
}

// do sends one request and refuses every answer but the expected one.
func (s *webSession) do(req *http.Request, what string) (*http.Response, error) {
	req.Header.Set("User-Agent", "git/penstock") // Some servers answer only to names that begin with git/.
	req.Header.Set("Accept", s.media(what))
	s.remote.auth.authorize(req)
	res, err := s.remote.client.Do(req)
	if err != nil {
		return nil, connectFault(err)
	}
	if err := s.answerFault(res, s.media(what)); err != nil {
		s.undone = res.StatusCode >= 300 && res.StatusCode < 500
		drained{res.Body}.Close()
		return nil, err
	}
	return res, nil
}

// answerFault explains an answer other than the expected one. It says nothing
// of the body, which may echo the request.
func (s *webSession) answerFault(res *http.Response, accept string) error {
	code := fmt.Sprintf("(HTTP %d)", res.StatusCode)
	switch res.StatusCode {
	case http.StatusOK:
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != accept {
			return &Error{Kind: RepositoryNotFound, Problem: fmt.Sprintf("the server answers, but not as a Git server: its Content-Type is %q", kind),
				Mend: "check that the URL is the one for git clone, and not that of a web page"}
		}
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return s.refusal(code)
	case http.StatusNotFound, http.StatusGone:
		return &Error{Kind: RepositoryNotFound, Problem: "the server has no such repository, or hides it " + code, Mend: mendNotFound}
	case http.StatusRequestEntityTooLarge:
		return &Error{Kind: TooLarge, Problem: "the server takes no request of this size " + code, Mend: "raise the limit of the server, or of the proxy before it"}
	}
	return &Error{Kind: ServerFailed, Problem: "the server failed " + code}
}

// refusal explains that these credentials are not enough.
func (s *webSession) refusal(code string) error {
	refused := &Error{Kind: AuthRefused, Problem: "the server refused the credentials " + code, Mend: mendAuth}
	asked := "the server asks for credentials"
	if s.service == receivePack {
		refused = &Error{Kind: PushRefused, Problem: "the server does not let these credentials push " + code, Mend: mendPush}
		asked += " to push"
	}
	if s.remote.auth.anonymous() {
		refused.Problem = asked + " and there are none " + code
		refused.Mend = "add username and password, or bearerToken, to the Secret"
	}
	return refused
}

// connectFault explains a request that got no answer.
func connectFault(err error) error {
	var refused *Error
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &cert):
		return &Error{Kind: CertificateRefused, Problem: "the server's certificate cannot be trusted: " + cert.Err.Error(),
			Mend: "check the host, or add its CA to the Secret as ca.crt"}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err // without the URL, which is said once elsewhere
	}
	return err
}

// drained reads the last few bytes of a body before closing it; otherwise the
// connection could not be used again.
type drained struct{ io.ReadCloser }

func (d drained) Close() error {
	_, _ = io.CopyN(io.Discard, d.ReadCloser, 4<<10)
	return d.ReadCloser.Close()
}
