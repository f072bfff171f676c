package forge_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/forge"
)

var update = flag.Bool("update", false, "write what comes out into the recorded exchanges")

// The exchanges with GitHub and GitLab under testdata are written after the public documentation of their APIs, and
// errors that it does not show after what people report, because tests reach no forge on the internet. A file reads:
//
//	# What it is about.
//	= ensure                        what is called
//	> GET /repos/…?state=open       what must be asked, in this order, with
//	> {"title": "…"}                this body;
//	< 200                           what is answered, with
//	< Link: …                       these headers and
//	[…]                             this body.
//	= Opened 1347                   what comes out
//
// Method, path, query and body of each request must be just these, and all of them must be asked.
type recording struct {
	file      string
	text      []string // without the last line
	call      string
	exchanges []*exchange
	result    string
}

type exchange struct {
	method, target string
	asked          string // the body of the request
	status         int
	header         http.Header
	answer         strings.Builder
}

func readRecording(t *testing.T, file string) *recording {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{file: file}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		kind, rest, _ := strings.Cut(line, " ")
		switch {
		case kind == "=" && r.call == "":
			r.call = rest
		case kind == "=":
			r.result = rest
			continue
		case kind != "#":
			r.add(t, kind, rest, line)
		}
		r.text = append(r.text, line)
	}
	return r
}

// add takes a line of an exchange.
func (r *recording) add(t *testing.T, kind, rest, line string) {
	t.Helper()
	method, target, found := strings.Cut(rest, " /")
	if kind == ">" && found && strings.ToUpper(method) == method {
		r.exchanges = append(r.exchanges, &exchange{method: method, target: "/" + target, header: http.Header{}})
		return
	}
	if len(r.exchanges) == 0 {
		if line != "" {
			t.Fatalf("%s: %q belongs to no exchange", r.file, line)
		}
		return
	}
	e := r.exchanges[len(r.exchanges)-1]
	name, value, header := strings.Cut(rest, ": ")
	switch {
	case kind == ">":
		e.asked += rest
	case kind == "<" && header:
		e.header.Add(name, value)
	case kind == "<":
		if _, err := fmt.Sscan(rest, &e.status); err != nil {
			t.Fatalf("%s: %q: %v", r.file, line, err)
		}
	default:
		e.answer.WriteString(line + "\n")
	}
}

// A player is a forge that answers as recorded.
type player struct {
	t  *testing.T
	mu sync.Mutex
	r  *recording
	at int
}

func (p *player) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		p.t.Error(err)
	}
	if p.at == len(p.r.exchanges) {
		p.t.Errorf("one request too many: %s %s %s", req.Method, req.URL, body)
		http.Error(w, "too many", http.StatusTeapot)
		return
	}
	e := p.r.exchanges[p.at]
	p.at++
	p.compare(e, req, body)
	for name, values := range e.header {
		w.Header()[name] = values
	}
	w.WriteHeader(e.status)
	_, _ = io.WriteString(w, e.answer.String())
}

// compare is strict about everything that makes a request what it is.
func (p *player) compare(e *exchange, req *http.Request, body []byte) {
	want, err := url.Parse(e.target)
	if err != nil {
		p.t.Fatal(err)
	}
	if req.Method != e.method || req.URL.EscapedPath() != want.EscapedPath() || !reflect.DeepEqual(req.URL.Query(), want.Query()) {
		p.t.Errorf("request %d: got %s %s?%s\nwant %s %s?%s", p.at, req.Method, req.URL.EscapedPath(), req.URL.Query().Encode(),
			e.method, want.EscapedPath(), want.Query().Encode())
	}
	if got, want := value(p.t, body), value(p.t, []byte(e.asked)); !reflect.DeepEqual(got, want) {
		p.t.Errorf("request %d has the body\n%s\nwant\n%s", p.at, body, e.asked)
	}
	if got := req.Header.Get("Authorization"); got != "Bearer "+recordedToken {
		p.t.Errorf("request %d: Authorization is %q", p.at, got)
	}
}

// value is what JSON says, whatever its spaces and order; nil if there is none.
func value(t *testing.T, data []byte) (v any) {
	t.Helper()
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Errorf("%v in %s", err, data)
	}
	return v
}

const recordedToken = "recorded-token-1"

// recordedNow is the time in all recordings: 2026-11-23T12:00:00Z.
var recordedNow = time.Unix(1_795_435_200, 0)

// recordedWanted is what is wanted in all recordings.
var recordedWanted = forge.Wanted{
	Base: "main", Head: "penstock/promote/prod/llama", Key: "prod/llama rel-3f2a91c",
	Title: "Promote llama to prod", Body: "It is *healthy* in staging.",
	Contains: func(commit string) bool { return commit == "0000000000000000000000000000000000000001" },
}

func TestRecordedExchanges(t *testing.T) {
	for _, kind := range []forge.Kind{forge.GitHub, forge.GitLab} {
		files, err := filepath.Glob(filepath.Join("testdata", string(kind), "*.txt"))
		if err != nil || len(files) == 0 {
			t.Fatalf("got %v, %v", files, err)
		}
		for _, file := range files {
			t.Run(string(kind)+"/"+strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
				play(t, kind, readRecording(t, file))
			})
		}
	}
}

func play(t *testing.T, kind forge.Kind, r *recording) {
	p := &player{t: t, r: r}
	server := httptest.NewServer(p)
	defer server.Close()
	f, err := forge.New(forge.Config{Kind: kind, URL: server.URL + apiPaths[kind], Repository: "acme/models", Token: recordedToken})
	if err != nil {
		t.Fatal(err)
	}
	forge.SetNow(f, recordedNow)
	got := strings.ReplaceAll(perform(t, f, r.call), server.URL, "https://forge.example")
	if p.at != len(r.exchanges) {
		t.Errorf("only %d of %d requests were made; it came to: %s", p.at, len(r.exchanges), got)
	}
	if *update && !t.Failed() {
		content := strings.Join(append(r.text, "= "+got), "\n") + "\n"
		if err := os.WriteFile(r.file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != r.result {
		t.Errorf("got\n%s\nwant\n%s", got, r.result)
	}
}

// apiPaths lead GitHub's client past the path of an enterprise server.
var apiPaths = map[forge.Kind]string{forge.GitHub: "/api/v3"}

// perform calls what a recording is about, and says in a line what came out.
func perform(t *testing.T, f forge.Forge, call string) string {
	var pr forge.PullRequest
	var action forge.Action
	var err error
	switch call {
	case "ensure":
		pr, action, err = forge.Ensure(t.Context(), f, recordedWanted)
	case "close 1347":
		err = f.Close(t.Context(), forge.PullRequest{Number: 1347, Head: recordedWanted.Head}, "It was overtaken by rel-77aa001.")
		action = "Closed"
	case "state 1347":
		var state *forge.PullRequest
		if state, err = f.State(t.Context(), 1347); err == nil {
			pr = *state
		}
	default:
		t.Fatalf("nothing is named %q", call)
	}
	if err != nil {
		return fmt.Sprintf("%v; transient: %t; again at %s", err, forge.IsTransient(err), again(err))
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %s %q by %s merged by %q in %q", action, pr.Number, pr.State, pr.Title, pr.Author, pr.MergedBy, pr.MergeCommit))
}

func again(err error) string {
	if at := forge.RetryAt(err); !at.IsZero() {
		return at.UTC().Format(time.RFC3339)
	}
	return "any time"
}
