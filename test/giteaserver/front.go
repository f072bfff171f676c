package giteaserver

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
)

// FrontOptions say how a front is. The zero value is plain HTTP.
type FrontOptions struct {
	// TLS with a certificate that no machine trusts: a client needs Front.CA.
	TLS bool
}

// Front is a way to the server.
type Front struct {
	// URL of the forge, as in http://127.0.0.1:3000.
	URL string
	// CA of a front with TLS, in PEM.
	CA []byte

	server *httptest.Server
	proxy  *httputil.ReverseProxy

	mu     sync.Mutex
	faults []*Fault
	asked  []string
}

// Front makes another way to the server, which can misbehave without disturbing others. It is closed with the server.
func (s *Server) Front(options FrontOptions) *Front {
	f := &Front{proxy: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "gitea"})
			r.Out.Host = r.In.Host // Gitea names itself as it was asked
			r.SetXForwarded()
		},
		Transport:     &http.Transport{DialContext: s.dial},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
	}}
	f.server = httptest.NewUnstartedServer(f)
	f.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if options.TLS {
		f.server.StartTLS()
		f.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.server.Certificate().Raw})
	} else {
		f.server.Start()
	}
	f.URL = f.server.URL
	s.mu.Lock()
	s.fronts = append(s.fronts, f)
	s.mu.Unlock()
	return f
}

// Close ends the front. Requests that hang are cut.
func (f *Front) Close() {
	f.server.CloseClientConnections()
	f.server.Close()
}

// Asked returns what was asked so far, each as in "GET /api/v1/version".
func (f *Front) Asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// ServeHTTP passes a request on, or plays a fault.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r.Method+" "+r.URL.Path)
	var fault *Fault
	for _, candidate := range f.faults {
		if fault == nil && candidate.matches(r) {
			fault = candidate
			fault.Times--
		}
	}
	f.mu.Unlock()
	if fault == nil {
		f.proxy.ServeHTTP(w, r)
		return
	}
	fault.play(f, w, r)
}
