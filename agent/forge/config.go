package forge

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// BranchPrefix begins the name of every branch whose pull requests are touched.
const BranchPrefix = "penstock/"

// DefaultTimeout bounds each call unless Config says otherwise.
const DefaultTimeout = 30 * time.Second

const (
	// maxAnswer bounds one answer, in bytes after decompression.
	maxAnswer = 16 << 20
	// maxToken bounds a token and the file that it is in.
	maxToken = 16 << 10
)

// Config says where the forge is, and who asks.
type Config struct {
	Kind Kind
	// URL of the forge or of its API: https://git.example.com. Default: the public one of GitHub and of GitLab.
	URL string
	// Repository is owner/name; at GitLab the full path of the project, as in group/subgroup/name.
	Repository string
	// Token, or the file that holds it: one is required. The file is read again for every request.
	Token, TokenFile string
	// CA holds certificates in PEM to trust beside the system's.
	CA []byte
	// HTTPClient's Transport is used, if it is given; CA must not be, then.
	HTTPClient *http.Client
	// AllowInsecure permits http:// to hosts other than this machine.
	AllowInsecure bool
	// Timeout bounds each call. DefaultTimeout if zero.
	Timeout time.Duration
}

// New checks the configuration and returns the forge. It contacts nobody.
func New(c Config) (Forge, error) {
	api, err := c.check()
	if err != nil {
		return nil, err
	}
	wire, err := newWire(c, api)
	if err != nil {
		return nil, err
	}
	driver, err := newDriver(c.Kind, api, c.Repository, wire.client())
	if err != nil {
		return nil, invalid("the client cannot be made: "+err.Error(), "")
	}
	return &hub{
		driver:  driver,
		kind:    c.Kind,
		where:   c.Repository + " at " + api.Scheme + "://" + api.Host,
		timeout: cmp.Or(c.Timeout, DefaultTimeout),
		wire:    wire,
	}, nil
}

func newDriver(kind Kind, api *url.URL, repository string, client *http.Client) (driver, error) {
	switch kind {
	case GitHub:
		return newGitHub(api, repository, client)
	case GitLab:
		return newGitLab(api, repository, client)
	}
	return newGitea(api, repository, client)
}

// check refuses what cannot work, and returns the address of the API.
func (c Config) check() (*url.URL, error) {
	if !slices.Contains(Kinds, c.Kind) {
		return nil, invalid(fmt.Sprintf("there is no kind of forge named %.50q", string(c.Kind)), "it is github, gitlab or gitea (which is also for Forgejo)")
	}
	if err := checkRepository(c.Kind, c.Repository); err != nil {
		return nil, err
	}
	if (c.Token == "") == (c.TokenFile == "") {
		return nil, invalid("there must be a token, or else a file with one", "it needs "+c.Kind.rights())
	}
	if c.HTTPClient != nil && len(c.CA) != 0 {
		return nil, invalid("there are both a CA and an HTTP client", "add the CA to the client's transport")
	}
	if c.Timeout < 0 {
		return nil, invalid("the time limit is negative", "leave it zero for its default")
	}
	return apiURL(c.Kind, c.URL, c.AllowInsecure)
}

// segment is stricter than any forge, because GitHub's client puts it into a path as it is.
var segment = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

func checkRepository(kind Kind, repository string) error {
	parts := strings.Split(repository, "/")
	valid := len(repository) <= 500 && (len(parts) == 2 || kind == GitLab && len(parts) > 2)
	for _, part := range parts {
		valid = valid && segment.MatchString(part)
	}
	if !valid {
		return invalid(fmt.Sprintf("%.200q cannot be the name of a repository at %s", repository, kind), "write it as owner/name")
	}
	return nil
}

// apiURL is where the client library begins: with the path of the API at GitHub, without it at the others.
func apiURL(kind Kind, raw string, insecure bool) (*url.URL, error) {
	if raw == "" {
		raw = map[Kind]string{GitHub: "https://api.github.com", GitLab: "https://gitlab.com"}[kind]
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" { // the error would repeat the URL, and with it a password
		return nil, invalid("the URL of the forge is missing, or is none", "write it as https://git.example.com")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, invalid("the URL of the forge holds credentials, a query or a fragment", "give the token by itself")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !insecure && !loopback(u.Hostname())) {
		return nil, invalid(fmt.Sprintf("%s://%s would carry the token unencrypted, or not at all", u.Scheme, u.Host), "use https://")
	}
	api := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/")}
	return api.JoinPath(apiPath(kind, api)), nil
}

// apiPath is what is added to the URL that people know.
func apiPath(kind Kind, u *url.URL) string {
	switch {
	case kind != GitHub:
		u.Path = strings.TrimSuffix(u.Path, map[Kind]string{GitLab: "/api/v4", Gitea: "/api/v1"}[kind])
		return "/"
	case u.Host == "github.com" || u.Host == "www.github.com":
		u.Host = "api.github.com"
		return "/"
	case u.Host == "api.github.com" || strings.HasSuffix(u.Path, "/api/v3") || strings.HasPrefix(u.Host, "api.") && strings.HasSuffix(u.Host, ".ghe.com"):
		return "/"
	}
	return "/api/v3/"
}

// loopback reports whether host is this very machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// token reads the token. Its errors do not quote it.
func (c Config) token() (string, error) {
	token := []byte(c.Token)
	if c.TokenFile != "" {
		file, err := os.Open(c.TokenFile)
		if err != nil {
			return "", invalid("the file with the token cannot be read: "+err.Error(), "")
		}
		defer file.Close()
		if token, err = io.ReadAll(io.LimitReader(file, maxToken+1)); err != nil {
			return "", invalid("the file with the token cannot be read: "+err.Error(), "")
		}
	}
	token = bytes.TrimSpace(token)
	if len(token) == 0 || len(token) > maxToken || bytes.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", invalid("the token is empty, or is not one word", "give the token alone, without quotes")
	}
	return string(token), nil
}

// invalid is a fault of the configuration.
func invalid(problem, mend string) *Error {
	return &Error{Fault: InvalidConfig, Doing: "use the forge", Problem: problem, Mend: mend}
}
