package forge

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestWhenAForgeWantsToBeAskedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		header map[string]string
		body   string
		want   time.Duration // after noon; 0 if it is no rate limit
	}{
		"seconds":                {429, map[string]string{"Retry-After": "30"}, "", 30 * time.Second},
		"a date":                 {429, map[string]string{"Retry-After": "Mon, 23 Nov 2026 12:05:00 GMT"}, "", 5 * time.Minute},
		"a date that is past":    {429, map[string]string{"Retry-After": "Mon, 23 Nov 2026 11:05:00 GMT"}, "", time.Minute},
		"nothing":                {429, nil, "", time.Minute},
		"nonsense":               {429, map[string]string{"Retry-After": "-5", "X-Ratelimit-Reset": "soon"}, "", time.Minute},
		"a reset":                {403, map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1795435800"}, "", 10 * time.Minute},
		"next year":              {429, map[string]string{"Retry-After": "31536000"}, "", 2 * time.Hour},
		"a missing right":        {403, map[string]string{"X-Ratelimit-Remaining": "4999", "X-Ratelimit-Reset": "1795435800"}, `{"message":"no"}`, 0},
		"words":                  {403, nil, `{"message":"You have exceeded a secondary Rate Limit."}`, time.Minute},
		"success without a rest": {200, map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1795435800"}, "", 0},
	} {
		a := answer{status: test.status, header: http.Header{}, body: []byte(test.body)}
		for key, value := range test.header {
			a.header.Set(key, value)
		}
		got := a.retryAt(noon)
		if test.want == 0 && !got.IsZero() || test.want != 0 && !got.Equal(noon.Add(test.want)) {
			t.Errorf("%s: got %v, want %v after noon", name, got, test.want)
		}
	}
}

func TestNothingIsAskedBeforeTheForgeWantsIt(t *testing.T) {
	now, asked := noon, 0
	w := &wire{kind: GitHub, now: func() time.Time { return now }, token: func() (string, error) { return "t", nil }}
	w.base = roundTrip(func(*http.Request) (*http.Response, error) {
		asked++
		return &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody}, nil
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://git.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.api = request.URL
	for _, step := range []struct {
		after time.Duration
		asked int
	}{{0, 1}, {29 * time.Second, 1}, {30 * time.Second, 2}, {59 * time.Second, 2}, {60 * time.Second, 3}} {
		now = noon.Add(step.after)
		_, err := w.RoundTrip(request)
		if asked != step.asked || (err != nil) != (FaultOf(err) == RateLimited) {
			t.Errorf("after %v: asked %d times, want %d: %v", step.after, asked, step.asked, err)
		}
	}
}

func TestATokenGoesToItsHostAlone(t *testing.T) {
	w := &wire{kind: GitHub, now: time.Now, token: func() (string, error) { return "t", nil }}
	w.base = roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("asked %s with %q", r.URL, r.Header.Get("Authorization"))
		return nil, http.ErrServerClosed
	})
	ours, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://git.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.api = ours.URL
	for _, other := range []string{"https://elsewhere.example/", "http://git.example.com/", "https://git.example.com:444/"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, other, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.RoundTrip(request); FaultOf(err) != Redirected {
			t.Errorf("%s: got %v", other, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNoFormOfTheTokenIsQuoted(t *testing.T) {
	const token = "s3cret+/token=="
	for _, text := range []string{
		"it was " + token + " that was sent", "in%20a%20URL:" + "s3cret%2B%2Ftoken%3D%3D",
		"basic " + base64.StdEncoding.EncodeToString([]byte(token)), "split s3cret+/to\x00ken==",
	} {
		got := redact(text, token)
		if strings.Contains(got, "s3cret") && !strings.HasPrefix(text, "split") || strings.Contains(got, base64.StdEncoding.EncodeToString([]byte(token))) {
			t.Errorf("got %q", got)
		}
	}
	if got := redact(strings.Repeat("ü", 1000), token); len(got) > maxQuote+3 {
		t.Errorf("got %d bytes", len(got))
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(403, `{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"head","code":"invalid"}]}`, "30", "1795435800")
	f.Add(422, `{"message":{"title":["is too long"],"base":{"a":[1,null,true]}}}`, "", "")
	f.Add(401, `{"error":"invalid_token","error_description":"revoked"}`, "Mon, 23 Nov 2026 12:05:00 GMT", "-1")
	f.Fuzz(func(t *testing.T, status int, body, after, reset string) {
		h := &hub{kind: GitHub, wire: &wire{last: "t0ken", now: func() time.Time { return noon }}}
		a := &answer{status: max(1, status), body: []byte(body), header: http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}}
		err := h.explain("try", a, http.ErrBodyNotAllowed)
		if FaultOf(err) == 0 || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("got %v", err)
		}
		if at := a.retryAt(noon); !at.IsZero() && (!at.After(noon) || at.After(noon.Add(maxLimited))) {
			t.Errorf("asked again at %v", at)
		}
	})
}
