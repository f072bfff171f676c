package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// Every configuration that cannot work is refused before anything is
// contacted, in these words.
func TestConfigurations(t *testing.T) {
	repo := gitserver.ForTest(t)
	ssh, locked := repo.SSH(gitserver.SSH{}).Secret, repo.SSH(gitserver.SSH{Passphrase: "open sesame"}).Secret
	with := func(fields map[string]string, name, value string) map[string]string {
		changed := map[string]string{name: value}
		for k, v := range fields {
			if k != name {
				changed[k] = v
			}
		}
		return changed
	}
	const full = "write it as https://host/path or ssh://git@host/path"
	for _, tt := range []struct {
		url, branch, last string
		secret            map[string]string
		says              string // nothing: accepted
	}{
		{url: "https://example.com/models.git"},
		{url: "https://example.com/models.git", branch: "release/2026.1"},
		{url: "https://example.com:8443/a/b", secret: map[string]string{"username": "ada\n", "password": "x\n"}},
		{url: "https://example.com/a/b", secret: map[string]string{"bearerToken": "x"}},
		{url: "http://127.0.0.1:8080/models.git"},
		{url: "http://[::1]:8080/models.git"},
		{url: "http://localhost/models.git"},
		{url: "ssh://git@example.com/models.git", secret: ssh},
		{url: "ssh://example.com:2222/models.git", secret: locked},

		{url: "", says: `the URL's scheme is ""; use https:// or ssh://`},
		{url: "file:///etc", says: `the URL's scheme is "file"; use https:// or ssh://`},
		{url: "/srv/git/models.git", says: `the URL's scheme is ""; use https:// or ssh://`},
		{url: "git://example.com/models.git", says: `the URL's scheme is "git"; use https:// or ssh://`},
		{url: "ext::sh -c id", says: `the URL's scheme is "ext"; use https:// or ssh://`},
		{url: "git@example.com:models.git", says: "the URL has the short form user@host:path; write it in full, as ssh://git@host/path"},
		{url: "http://example.com/models.git", says: "http://example.com would send credentials and manifests unencrypted; use https, or allow insecure transport explicitly"},
		{url: "http://localhost.example.com/models.git", says: "http://localhost.example.com would send credentials and manifests unencrypted; use https, or allow insecure transport explicitly"},
		{url: "https://example.com", says: "the URL names no repository; " + full},
		{url: "https:///models.git", says: "the URL names no repository; " + full},
		{url: "https:models.git", says: "the URL names no repository; " + full},
		{url: "https://example.com/%zz", says: "the URL cannot be parsed; " + full},
		{url: "https://ada:hunter2@example.com/%zz", says: "the URL cannot be parsed; " + full},
		{url: "https://ada:hunter2@example.com/models.git", says: "the URL holds credentials; take them out of the URL and put username and password into the Secret"},
		{url: "https://hunter2@example.com/models.git", says: "the URL holds credentials; take them out of the URL and put username and password into the Secret"},
		{url: "ssh://git:hunter2@example.com/models.git", says: "the URL holds credentials; take them out of the URL and put username and password into the Secret"},
		{url: "https://example.com/models.git?token=hunter2", says: "the URL has a query or a fragment; end it with the repository's path"},
		{url: "https://example.com/models.git#main", says: "the URL has a query or a fragment; end it with the repository's path"},
		{url: "https://example.com/a%0Ab", says: "the URL holds a control character; " + full},

		{branch: "-upload-pack=x", says: `the branch name "-upload-pack=x" begins with a dash; *`},
		{branch: "a..b", says: `the branch name "a..b" holds .. or @{; *`},
		{branch: "a:b", says: `the branch name "a:b" holds one of: space ~ ^ : ? * [ \; *`},
		{branch: "a b", says: `the branch name "a b" holds one of: *`},
		{branch: "a\nb", says: `the branch name "a\nb" holds a control character; *`},
		{branch: "a\x00b", says: `the branch name "a\x00b" holds a control character; *`},
		{branch: "refs/heads/main", says: `the branch name "refs/heads/main" is a full ref name; give the name as git branch shows it, without refs/heads/`},
		{branch: "a.lock", says: `the branch name "a.lock" has a part that is empty or @, begins with a dot or ends with .lock; *`},
		{branch: "HEAD", says: `the branch name "HEAD" is not a branch; *`},

		{last: "4f0c", says: "the last commit is not a full commit id; give all 40 hexadecimal digits, in lower case"},

		{secret: map[string]string{"token": "x"}, says: "the Secret has none of the fields username, password, bearerToken, identity, known_hosts, ca.crt; rename its fields, or configure no Secret"},
		{secret: map[string]string{"username": "ada"}, says: "the Secret holds only one of username and password; *"},
		{secret: map[string]string{"password": "x"}, says: "the Secret holds only one of username and password; *"},
		{secret: map[string]string{"username": "ada", "password": "x", "bearerToken": "y"}, says: "the Secret holds both a bearerToken and a username or password; keep the one that the server expects"},
		{secret: map[string]string{"bearerToken": "a\nb"}, says: "the Secret's field bearerToken holds a control character; store it as one line of text"},
		{secret: map[string]string{"username": "a:b", "password": "x"}, says: "the Secret's username holds a colon; HTTP basic authentication cannot express it"},
		{secret: map[string]string{"ca.crt": "no"}, says: "the Secret's field ca.crt holds no certificate; store the CA's certificate in PEM form"},
		{secret: map[string]string{"ca.crt": strings.Repeat("x", 1<<20+1)}, says: "the Secret's field ca.crt cannot be read: it is larger than 1 MiB; mend the Secret"},

		{url: "ssh://git@example.com/models.git", says: "the Secret has no known_hosts, without which the server cannot be recognised; *"},
		{url: "ssh://git@example.com/models.git", secret: map[string]string{"identity": ssh["identity"]}, says: "the Secret has no known_hosts, without which the server cannot be recognised; add the output of ssh-keyscan, after comparing it with the fingerprint that the server's operator publishes"},
		{url: "ssh://git@example.com/models.git", secret: map[string]string{"known_hosts": ssh["known_hosts"]}, says: "the Secret has no identity to log in with; add the private key under identity"},
		{url: "ssh://git@example.com/models.git", secret: with(ssh, "known_hosts", "example.com nonsense"), says: "the Secret's field known_hosts cannot be read: line 1: *; store the output of ssh-keyscan under known_hosts"},
		{url: "ssh://git@example.com/models.git", secret: with(ssh, "identity", "hunter2"), says: "the private key in the Secret's field identity cannot be read; store a private key in PEM or OpenSSH form under identity"},
		{url: "ssh://git@example.com/models.git", secret: with(locked, "password", ""), says: "the private key is locked with a passphrase; store the passphrase under password"},
		{url: "ssh://git@example.com/models.git", secret: with(locked, "password", "hunter2"), says: "the private key in the Secret's field identity cannot be read; store the right passphrase under password"},
	} {
		cfg := source.Config{URL: tt.url, Branch: tt.branch, LastCommit: tt.last, Dir: t.TempDir()}
		if cfg.URL == "" && (tt.branch != "" || tt.last != "" || tt.secret != nil) {
			cfg.URL = "https://example.com/models.git"
		}
		if tt.secret != nil {
			cfg.AuthDir = secretDir(t, tt.secret)
		}
		_, err := source.Open(cfg)
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%q, %q: refused: %v", tt.url, tt.branch, err)
		case tt.says != "" && (source.KindOf(err) != source.InvalidConfig || !match("*: "+tt.says, err.Error()) || !strings.HasPrefix(err.Error(), "cannot follow ")):
			t.Errorf("%q, %q: says\n%v\nwant\n%s", tt.url, tt.branch, err, tt.says)
		case err != nil && (strings.Contains(err.Error(), "hunter2") || source.IsTransient(err)):
			t.Errorf("%q: shows a secret, or is transient: %v", tt.url, err)
		}
	}
}

func TestOtherConfigurations(t *testing.T) {
	base := source.Config{URL: "https://example.com/models.git", Dir: t.TempDir()}
	for says, adjust := range map[string]func(*source.Config){
		"no directory is given for the cache": func(c *source.Config) { c.Dir = "" },
		"a limit is negative":                 func(c *source.Config) { c.MaxSize = -1 },
		"the Secret cannot be read":           func(c *source.Config) { c.AuthDir = filepath.Join(c.Dir, "nothing") },
		"cannot be written":                   func(c *source.Config) { c.Dir = "/proc/nothing" },
	} {
		cfg := base
		adjust(&cfg)
		if _, err := source.Open(cfg); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("says %v, want %q", err, says)
		}
	}
	base.URL, base.AllowInsecure = "http://example.com/models.git", true
	if _, err := source.Open(base); err != nil {
		t.Error(err)
	}
}

func secretDir(t *testing.T, fields map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, value := range fields {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// An optional Secret that does not exist is mounted as a directory with nothing in it but kubelet's link.
// A public repository can then be followed; a Secret with other fields is still a mistake.
func TestAnEmptySecretIsAnonymous(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..2026_11_23"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026_11_23", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"an empty directory": t.TempDir(), "kubelet's": dir} {
		auth, err := source.LoadAuth(dir)
		if diff := cmp.Diff(source.Auth{}, auth); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}
