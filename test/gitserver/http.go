package gitserver

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"strings"
)

// HTTP says how a repository is served over HTTP. The zero value is plain and
// anonymous.
type HTTP struct {
	TLS bool // with a certificate of its own CA, which is in the Front's Secret

	Username string // require basic authentication
	Password string
	Token    string // require bearer authentication

	// ReadOnly has git itself refuse pushes.
	ReadOnly bool
	// PushToken is the bearer token that a push needs, in the place of what
	// reading needs. It is in the Front's PushSecret.
	PushToken string
}

// ServeHTTP serves the repository on a port of this machine through the real
// git http-backend.
func (r *Repository) ServeHTTP(options HTTP) (*Front, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := newFront("http://" + listener.Addr().String() + "/" + repoName)
	options.secret(f.Secret)
	server := &http.Server{
		Handler:  &webHandler{front: f, options: options, backend: r.backend(options.ReadOnly)},
		ErrorLog: log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				f.connected()
			}
		},
	}
	if options.PushToken != "" {
		f.PushSecret = map[string]string{"bearerToken": options.PushToken}
	}
	if options.TLS {
		f.URL = "https" + strings.TrimPrefix(f.URL, "http")
		ca, certificate, err := newCertificate()
		if err != nil {
			listener.Close()
			return nil, err
		}
		f.Secret["ca.crt"] = ca
		if f.PushSecret != nil {
			f.PushSecret["ca.crt"] = ca
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	f.stop = server.Close
	f.joined.Go(func() { _ = server.Serve(listener) })
	return r.add(f), nil
}

func (o HTTP) secret(fields map[string]string) {
	if o.Username != "" {
		fields["username"], fields["password"] = o.Username, o.Password
	}
	if o.Token != "" {
		fields["bearerToken"] = o.Token
	}
}

// allows reports whether a request carries the credentials.
func (o HTTP) allows(req *http.Request) bool {
	push := req.URL.Query().Get("service") == receivePack || service(req.URL.Path) == receivePack
	switch {
	case push && o.PushToken != "":
		return same(req.Header.Get("Authorization"), "Bearer "+o.PushToken)
	case o.Username != "":
		user, password, _ := req.BasicAuth()
		return same(user, o.Username) && same(password, o.Password)
	case o.Token != "":
		return same(req.Header.Get("Authorization"), "Bearer "+o.Token)
	}
	return true
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// backend runs git http-backend. What its environment configures holds before
// what the repository does.
func (r *Repository) backend(readOnly bool) http.Handler {
	env := append(r.env(), "GIT_PROJECT_ROOT="+r.root, "GIT_HTTP_EXPORT_ALL=1")
	if readOnly {
		env = append(env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.receivepack", "GIT_CONFIG_VALUE_0=false")
	}
	return &cgi.Handler{
		Path:   r.git,
		Args:   []string{"http-backend"},
		Dir:    r.root,
		Env:    env,
		Logger: log.New(io.Discard, "", 0),
		Stderr: io.Discard,
	}
}

type webHandler struct {
	front   *Front
	options HTTP
	backend http.Handler
}

func (h *webHandler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	h.front.joined.Add(1)
	defer h.front.joined.Done()
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	defer context.AfterFunc(h.front.ctx, cancel)()
	req = req.WithContext(ctx)

	fault, count := h.front.begin(service(req.URL.Path))
	if h.misbehaves(w, req, fault) {
		return
	}
	if !h.options.allows(req) {
		w.Header().Set("WWW-Authenticate", "Basic")
		http.Error(w, "who are you, "+req.Header.Get("Authorization")+"?", http.StatusUnauthorized)
		return
	}
	answer := &webWriter{ResponseWriter: w}
	answer.body = fault.writer(ctx, flushing{w}, count)
	switch fault.Kind {
	case Swallow:
		h.backend.ServeHTTP(swallowed{w.Header()}, req)
		panic(http.ErrAbortHandler)
	case CutRequest:
		_, _ = io.CopyN(io.Discard, req.Body, fault.Bytes)
		panic(http.ErrAbortHandler)
	}
	h.backend.ServeHTTP(answer, req)
	if answer.failed {
		panic(http.ErrAbortHandler) // closes the connection
	}
}

// misbehaves answers a request wrongly, if that is what the fault wants.
func (h *webHandler) misbehaves(w http.ResponseWriter, req *http.Request, fault Fault) bool {
	switch fault.Kind {
	case Refuse:
		panic(http.ErrAbortHandler)
	case Hang:
		_, _ = io.Copy(io.Discard, req.Body) // only then is a client's parting noticed
		<-req.Context().Done()
		panic(http.ErrAbortHandler)
	case Status:
		http.Error(w, fault.Body, fault.Code)
	case Redirect:
		http.Redirect(w, req, fault.Location+req.URL.RequestURI(), http.StatusMovedPermanently)
	default:
		return false
	}
	return true
}

// swallowed is an answer that nobody gets.
type swallowed struct{ header http.Header }

func (s swallowed) Header() http.Header         { return s.header }
func (s swallowed) Write(p []byte) (int, error) { return len(p), nil }
func (s swallowed) WriteHeader(int)             {}

const receivePack = "git-receive-pack"

func service(path string) string {
	for _, name := range []string{"info/refs", "git-upload-pack", receivePack} {
		if strings.HasSuffix(path, "/"+name) {
			return name
		}
	}
	return path
}

// webWriter sends the body through a fault.
type webWriter struct {
	http.ResponseWriter
	body   io.Writer
	failed bool
}

func (w *webWriter) Write(p []byte) (int, error) {
	n, err := w.body.Write(p)
	w.failed = w.failed || err != nil
	return n, err
}

// flushing lets a fault push out single bytes.
type flushing struct{ http.ResponseWriter }

func (f flushing) Flush() { _ = http.NewResponseController(f.ResponseWriter).Flush() }
