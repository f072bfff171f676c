package source

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// endpoint is a repository's address after it was found acceptable. It holds
// no secret, so it may appear in errors and logs.
type endpoint struct {
	scheme string // https, http or ssh
	user   string // ssh only
	host   string // with the port, if the URL has one
	path   string // begins with a slash
}

// String returns the URL as it is shown to people.
func (e endpoint) String() string {
	if e.user != "" {
		return e.scheme + "://" + e.user + "@" + e.host + e.path
	}
	return e.scheme + "://" + e.host + e.path
}

// address returns the host and port to dial over ssh.
func (e endpoint) address() string {
	if _, _, err := net.SplitHostPort(e.host); err == nil {
		return e.host
	}
	return net.JoinHostPort(strings.Trim(e.host, "[]"), "22")
}

var scpLike = regexp.MustCompile(`^[^@/:]+@[^@/:]+:`)

// parseURL accepts https and ssh URLs, and http ones to this machine.
func parseURL(raw string, allowInsecure bool) (endpoint, error) {
	if scpLike.MatchString(raw) && !strings.Contains(raw, "://") {
		return endpoint{}, invalid("the URL has the short form user@host:path", "write it in full, as ssh://git@host/path")
	}
	u, err := url.Parse(raw)
	if err != nil { // The error repeats the URL, and with it a password.
		return endpoint{}, invalid("the URL cannot be parsed", "write it as https://host/path or ssh://git@host/path")
	}
	if err := checkURL(u, allowInsecure); err != nil {
		return endpoint{}, err
	}
	e := endpoint{scheme: u.Scheme, host: u.Host, path: u.Path}
	if e.scheme == "ssh" {
		e.user = "git"
		if u.User != nil {
			e.user = u.User.Username()
		}
	}
	return e, nil
}

// checkURL states the rules for a parsed URL.
func checkURL(u *url.URL, allowInsecure bool) error {
	switch u.Scheme {
	case "https", "ssh":
	case "http":
		if !allowInsecure && !loopback(u.Hostname()) {
			return invalid(fmt.Sprintf("http://%s would send credentials and manifests unencrypted", u.Host),
				"use https, or allow insecure transport explicitly")
		}
	default:
		return invalid(fmt.Sprintf("the URL's scheme is %q", u.Scheme), "use https:// or ssh://")
	}
	if u.Host == "" || u.Opaque != "" || strings.Trim(u.Path, "/") == "" {
		return invalid("the URL names no repository", "write it as https://host/path or ssh://git@host/path")
	}
	if _, password := u.User.Password(); password || u.User != nil && u.Scheme != "ssh" {
		return invalid("the URL holds credentials", "take them out of the URL and put username and password into the Secret")
	}
	if u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return invalid("the URL has a query or a fragment", "end it with the repository's path")
	}
	if strings.ContainsFunc(u.Path+u.User.Username(), isControl) {
		return invalid("the URL holds a control character", "write it as https://host/path or ssh://git@host/path")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// loopback reports whether host is this very machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
