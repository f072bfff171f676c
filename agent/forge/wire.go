package forge

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// answer is the last answer of the forge within one call. The libraries report errors each in its own way, and leave
// out headers that matter; so the answer itself is kept, and explained in one place.
type answer struct {
	status int // 0 if there was none
	header http.Header
	body   []byte
}

type answerKey struct{}

// wire is how requests reach the forge: with the token, to its host alone, and with answers of bounded size.
type wire struct {
	base  http.RoundTripper
	api   *url.URL
	kind  Kind
	token func() (string, error)
	now   func() time.Time

	mu      sync.Mutex
	last    string    // the token that was sent last, to be left out of errors
	retryAt time.Time // before this, the forge wants no request
}

// newWire makes the transport of a checked configuration.
func newWire(c Config, api *url.URL) (*wire, error) {
	base, err := c.transport()
	if err != nil {
		return nil, err
	}
	return &wire{base: base, api: api, kind: c.Kind, token: c.token, now: time.Now}, nil
}

// client is what the libraries get. It follows no redirect: the answer says where to, and a person decides.
func (w *wire) client() *http.Client {
	return &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// transport is the caller's, or Go's own with the caller's CA.
func (c Config) transport() (http.RoundTripper, error) {
	if c.HTTPClient != nil {
		if c.HTTPClient.Transport == nil {
			return http.DefaultTransport, nil
		}
		return c.HTTPClient.Transport, nil
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	t.MaxResponseHeaderBytes = 1 << 20
	if len(c.CA) == 0 {
		return t, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(c.CA) {
		return nil, invalid("the CA holds no certificate", "give certificates in PEM, beginning with -----BEGIN CERTIFICATE-----")
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}

// RoundTrip sends a request and reads its answer to the end.
func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	seen, _ := request.Context().Value(answerKey{}).(*answer)
	if seen == nil {
		seen = new(answer)
	}
	*seen = answer{}
	if err := w.mayAsk(request); err != nil {
		return nil, err
	}
	token, err := w.token()
	if err != nil {
		return nil, err
	}
	w.remember(token)
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", w.kind.scheme()+" "+token)
	request.Header.Set("User-Agent", "penstock")
	response, err := w.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if err := w.read(response, seen); err != nil {
		return nil, err
	}
	return response, nil
}

// scheme is the word before the token. All kinds of tokens of GitLab but those of CI jobs may be sent so.
func (k Kind) scheme() string {
	if k == Gitea {
		return "token"
	}
	return "Bearer"
}

// mayAsk refuses what must not be sent: anything to another host, and anything before the forge wants to be asked again.
func (w *wire) mayAsk(request *http.Request) error {
	if request.URL.Scheme != w.api.Scheme || request.URL.Host != w.api.Host {
		return &Error{Fault: Redirected, Problem: fmt.Sprintf("a request would have gone to %s, and the token is for %s alone", request.URL.Host, w.api.Host)}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now().Before(w.retryAt) {
		return rateLimited(w.retryAt)
	}
	return nil
}

// read reads the answer whole, so that what the library reads is bounded.
func (w *wire) read(response *http.Response, seen *answer) error {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(body) > maxAnswer {
		return &Error{Fault: TooLarge, Problem: fmt.Sprintf("the answer is larger than %d MiB", maxAnswer>>20)}
	}
	*seen = answer{status: response.StatusCode, header: response.Header, body: body}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if at := seen.retryAt(w.now()); !at.IsZero() {
		w.mu.Lock()
		w.retryAt = at
		w.mu.Unlock()
	}
	return nil
}

func (w *wire) remember(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = token
}

// secret is the token that was sent last.
func (w *wire) secret() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}
