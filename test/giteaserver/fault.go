package giteaserver

import (
	"net/http"
	"net/http/httptest"
	"strings"
)

// FaultKind is a way to misbehave.
type FaultKind int

// The ways to misbehave.
const (
	Refuse FaultKind = iota + 1 // close the connection without an answer
	Hang                        // never answer
	Lose                        // do what is asked, and close the connection without an answer
	Answer                      // answer Status, Header and Body, and do nothing
	Pass                        // pass it on as it is, after Before
)

// Fault is how a front misbehaves.
type Fault struct {
	Kind FaultKind
	// Method and a part of the path; any if empty.
	Method, Path string
	// Times that it happens, at least 1.
	Times int
	// Status, Header and Body of an Answer.
	Status int
	Header http.Header
	Body   string
	// Before is called before it happens, if it is not nil. It may change the request.
	Before func(*http.Request)
}

// Inject makes the front misbehave.
func (f *Front) Inject(fault Fault) {
	fault.Times = max(fault.Times, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &fault)
}

func (fault *Fault) matches(r *http.Request) bool {
	return fault.Times > 0 && (fault.Method == "" || fault.Method == r.Method) && strings.Contains(r.URL.Path, fault.Path)
}

func (fault *Fault) play(f *Front, w http.ResponseWriter, r *http.Request) {
	if fault.Before != nil {
		fault.Before(r)
	}
	switch fault.Kind {
	case Pass:
		f.proxy.ServeHTTP(w, r)
		return
	case Hang:
		<-r.Context().Done()
	case Lose:
		f.proxy.ServeHTTP(httptest.NewRecorder(), r)
	case Answer:
		for name, values := range fault.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(fault.Status)
		_, _ = w.Write([]byte(fault.Body))
		return
	}
	panic(http.ErrAbortHandler) // which closes the connection
}
