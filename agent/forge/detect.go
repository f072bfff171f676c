package forge

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// known are the hosts that need no --forge, with what their SSH servers are called when port 22 is closed.
var known = map[string]struct {
	kind Kind
	api  string
}{
	"github.com":        {GitHub, "https://api.github.com"},
	"www.github.com":    {GitHub, "https://api.github.com"},
	"ssh.github.com":    {GitHub, "https://api.github.com"},
	"gitlab.com":        {GitLab, "https://gitlab.com"},
	"altssh.gitlab.com": {GitLab, "https://gitlab.com"},
	"gitea.com":         {Gitea, "https://gitea.com"},
	"codeberg.org":      {Gitea, "https://codeberg.org"},
}

// Detect tells from the URL of a Git remote which forge it is, the URL of its API, and the repository's name there. It
// takes https:// and ssh:// URLs, and the short form git@host:path. It knows github.com, gitlab.com, gitea.com and
// codeberg.org; for any other host the error names --forge.
func Detect(remote string) (kind Kind, apiURL, repository string, err error) {
	host, path, err := splitRemote(remote)
	if err != nil {
		return "", "", "", err
	}
	at, ok := known[strings.ToLower(host)]
	if !ok {
		return "", "", "", &Error{Fault: InvalidConfig, Doing: "tell which forge the repository is on",
			Problem: fmt.Sprintf("%.200q is no host that is known to be one", host),
			Mend:    "say --forge github, gitlab or gitea (which is also for Forgejo), with its URL, or work without pull requests"}
	}
	if err := checkRepository(at.kind, path); err != nil {
		return "", "", "", err
	}
	return at.kind, at.api, path, nil
}

// RepositoryOf returns the repository's name from the URL of a Git remote, for forges on hosts that Detect does not
// know. It is the whole path, without .git; a forge below a path of its host needs it to be told.
func RepositoryOf(remote string) (string, error) {
	_, path, err := splitRemote(remote)
	return path, err
}

var scpLike = regexp.MustCompile(`^(?:[^@/:]+@)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):([^/:\s]\S*|/\S+)$`)

// splitRemote returns the host and the path of a remote, without .git. Credentials in it are dropped, and never quoted.
func splitRemote(remote string) (host, path string, err error) {
	none := &Error{Fault: InvalidConfig, Doing: "tell which forge the repository is on",
		Problem: "the URL of the Git remote is no address of a server", Mend: "write it as https://host/owner/name or ssh://git@host/owner/name"}
	if m := scpLike.FindStringSubmatch(remote); m != nil && !strings.Contains(remote, "://") {
		host, path = m[1], m[2]
	} else {
		u, err := url.Parse(remote)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "ssh" && u.Scheme != "http" && u.Scheme != "git+ssh" {
			return "", "", none
		}
		host, path = u.Hostname(), u.Path
	}
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	if path == "" {
		return "", "", none
	}
	return host, path, nil
}
