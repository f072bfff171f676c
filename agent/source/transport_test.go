package source_test

import (
	"context"
	"encoding/base64"
	"errors"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// Every way in leads to the same commit.
func TestWaysIn(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	for name, front := range map[string]*gitserver.Front{
		"http":           repo.HTTP(gitserver.HTTP{}),
		"http basic":     repo.HTTP(gitserver.HTTP{Username: "ada", Password: "pass word: 1"}),
		"https own CA":   repo.HTTP(gitserver.HTTP{TLS: true}),
		"https basic":    repo.HTTP(gitserver.HTTP{TLS: true, Username: "ada", Password: "s3cret"}),
		"https bearer":   repo.HTTP(gitserver.HTTP{TLS: true, Token: "t0ken"}),
		"ssh":            repo.SSH(gitserver.SSH{}),
		"ssh locked key": repo.SSH(gitserver.SSH{Passphrase: "open sesame"}),
	} {
		t.Run(name, func(t *testing.T) {
			snap := poll(t, follow(t, repo, front))
			at(t, snap, head)
			contents(t, snap, "README.md", "# Models\n")
		})
	}
}

// Refusals name the cause and the cure.
func TestRefusals(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	basic := gitserver.HTTP{Username: "ada", Password: "s3cret-password"}
	other := repo.SSH(gitserver.SSH{})
	for _, tt := range []struct {
		name   string
		front  *gitserver.Front
		secret map[string]string // fields to replace; empty to remove
		path   string
		fault  gitserver.Fault
		kind   source.Kind
		says   string
		later  bool
	}{
		{name: "no credentials", front: repo.HTTP(basic), secret: map[string]string{"username": "", "password": ""}, kind: source.AuthRefused,
			says: "the server asks for credentials and there are none (HTTP 401); add username and password, or bearerToken, to the Secret"},
		{name: "wrong password", front: repo.HTTP(basic), secret: map[string]string{"password": "wrong-password"}, kind: source.AuthRefused,
			says: "the server refused the credentials (HTTP 401); check the Secret, and that its credentials may read the repository"},
		{name: "wrong token", front: repo.HTTP(gitserver.HTTP{Token: "right"}), secret: map[string]string{"bearerToken": "wrong"}, kind: source.AuthRefused,
			says: "the server refused the credentials (HTTP 401); check the Secret, and that its credentials may read the repository"},
		{name: "forbidden", front: repo.HTTP(basic), fault: gitserver.Fault{Kind: gitserver.Status, Code: 403}, kind: source.AuthRefused,
			says: "the server refused the credentials (HTTP 403); check the Secret, and that its credentials may read the repository"},
		{name: "no such repository", front: repo.HTTP(gitserver.HTTP{}), path: "/nothing.git", kind: source.RepositoryNotFound,
			says: "the server has no such repository, or hides it (HTTP 404); check the URL, and that these credentials may read the repository"},
		{name: "a web page", front: repo.HTTP(gitserver.HTTP{}), fault: gitserver.Fault{Kind: gitserver.Status, Code: 200, Body: "<html>"}, kind: source.RepositoryNotFound,
			says: `the server answers, but not as a Git server: its Content-Type is "text/plain"; check that the URL is the one for git clone, and not that of a web page`},
		{name: "unknown CA", front: repo.HTTP(gitserver.HTTP{TLS: true}), secret: map[string]string{"ca.crt": "", "username": "u", "password": "p"}, kind: source.CertificateRefused,
			says: "the server's certificate cannot be trusted: x509: certificate signed by unknown authority; check the host, or add its CA to the Secret as ca.crt"},
		{name: "server error", front: repo.HTTP(gitserver.HTTP{}), fault: gitserver.Fault{Kind: gitserver.Status, Code: 500, Body: "oops"}, kind: source.ServerFailed, later: true,
			says: "the server failed (HTTP 500)"},
		{name: "too many requests", front: repo.HTTP(gitserver.HTTP{}), fault: gitserver.Fault{Kind: gitserver.Status, Code: 429}, kind: source.ServerFailed, later: true,
			says: "the server failed (HTTP 429)"},
		{name: "cut off", front: repo.HTTP(gitserver.HTTP{}), fault: gitserver.Fault{Kind: gitserver.Truncate, Bytes: 60}, kind: source.ServerFailed, later: true,
			says: "the server's answer broke off or makes no sense: unexpected EOF"},
		{name: "hung up", front: repo.HTTP(gitserver.HTTP{}), fault: gitserver.Fault{Kind: gitserver.Refuse}, kind: source.ServerFailed, later: true,
			says: "the server's answer broke off or makes no sense: EOF"},
		{name: "redirect", front: repo.HTTP(basic), fault: gitserver.Fault{Kind: gitserver.Redirect, Location: "http://evil.example"}, kind: source.RedirectRefused,
			says: "the server redirects to another host, http://evil.example, which must not see these credentials; if that is right, configure the new URL"},
		{name: "ssh wrong key", front: repo.SSH(gitserver.SSH{}), secret: map[string]string{"identity": other.Secret["identity"]}, kind: source.AuthRefused,
			says: "the server refused the SSH key SHA256:*; register this key with the server and let it read the repository"},
		{name: "ssh unknown host", front: repo.SSH(gitserver.SSH{}), secret: map[string]string{"known_hosts": other.Secret["known_hosts"]}, kind: source.HostKeyRefused,
			says: "the SSH server [127.0.0.1]:* presents ssh-ed25519 SHA256:*, and known_hosts has no key for this host; compare the fingerprint with the one that its operator publishes, then add the key to known_hosts"},
		{name: "ssh no such repository", front: repo.SSH(gitserver.SSH{}), path: "/nothing.git", kind: source.RepositoryNotFound,
			says: "the server says: fatal: '/nothing.git' does not appear to be a git repository; check the URL, and that these credentials may read the repository"},
		{name: "ssh hung up", front: repo.SSH(gitserver.SSH{}), fault: gitserver.Fault{Kind: gitserver.Refuse}, kind: source.ServerFailed, later: true,
			says: "the server closed the connection without an answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t, repo, tt.front)
			change(t, &cfg, tt.secret)
			if tt.path != "" {
				cfg.URL = strings.Replace(cfg.URL, "/repo.git", tt.path, 1)
			}
			tt.front.Inject(tt.fault)
			r := open(t, cfg)
			err := refuse(t, r, tt.kind)
			if want := `cannot follow branch "main" of ` + cfg.URL + ": " + tt.says; !match(want, err.Error()) {
				t.Errorf("says\n%s\nwant\n%s", err, want)
			}
			if source.IsTransient(err) != tt.later {
				t.Errorf("IsTransient(%v) = %v", err, !tt.later)
			}
		})
	}
}

func TestHostKeyMismatch(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	front, other := repo.SSH(gitserver.SSH{}), repo.SSH(gitserver.SSH{})
	host, _, _ := strings.Cut(front.Secret["known_hosts"], " ")
	_, key, _ := strings.Cut(other.Secret["known_hosts"], " ")
	cfg := config(t, repo, front)
	change(t, &cfg, map[string]string{"known_hosts": host + " " + key})
	err := refuse(t, open(t, cfg), source.HostKeyRefused)
	if want := `*presents ssh-ed25519 SHA256:*, but known_hosts has ssh-ed25519 SHA256:*: it is another server, or its key was changed; ask its operator before replacing the key in known_hosts`; !match(want, err.Error()) {
		t.Errorf("says %s", err)
	}
	if len(front.Requests()) != 0 {
		t.Error("a command was sent to a server that is not known")
	}

	// A revoked key is refused although it is known.
	_, key, _ = strings.Cut(front.Secret["known_hosts"], " ")
	change(t, &cfg, map[string]string{"known_hosts": front.Secret["known_hosts"] + "@revoked * " + key})
	mentions(t, refuse(t, open(t, cfg), source.HostKeyRefused).Error(), "marks as revoked")

	// A server without a key of the known type is told from one that is new.
	change(t, &cfg, map[string]string{"known_hosts": host + " ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=\n"})
	mentions(t, refuse(t, open(t, cfg), source.HostKeyRefused).Error(), "no key of the types in known_hosts")
}

func TestEmptyRepositoryAndMissingBranch(t *testing.T) {
	repo := gitserver.ForTest(t)
	for name, front := range map[string]*gitserver.Front{"http": repo.HTTP(gitserver.HTTP{}), "ssh": repo.SSH(gitserver.SSH{})} {
		t.Run(name, func(t *testing.T) {
			mentions(t, refuse(t, follow(t, repo, front), source.RepositoryEmpty).Error(), "the repository is empty; push a first commit")
		})
	}
	for _, branch := range []string{"b3", "b1", "b2"} {
		repo.Commit(gitserver.Change{Branch: branch, Files: files})
	}
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	mentions(t, refuse(t, r, source.BranchMissing).Error(), `it has ["b1" "b2" "b3"]; push the branch or configure another`)
	for _, branch := range []string{"b4", "b5", "b6", "b7"} {
		repo.Commit(gitserver.Change{Branch: branch, Files: files})
	}
	mentions(t, refuse(t, r, source.BranchMissing).Error(), `it has ["b1" "b2" "b3" "b4" "b5"] and 2 more`)
	head := repo.Write("Begin", files)
	at(t, poll(t, r), head)
	if err := repo.DeleteBranch("main"); err != nil {
		t.Fatal(err)
	}
	refuse(t, r, source.BranchMissing)
	at(t, r.Current(), head)
}

func TestConnectionRefused(t *testing.T) {
	repo := gitserver.ForTest(t)
	for name, front := range map[string]*gitserver.Front{"http": repo.HTTP(gitserver.HTTP{}), "ssh": repo.SSH(gitserver.SSH{})} {
		t.Run(name, func(t *testing.T) {
			r := follow(t, repo, front)
			front.Close()
			err := refuse(t, r, source.Unreachable)
			mentions(t, err.Error(), "no connection: ", "connection refused", "check the URL, the network and its policies")
			if !source.IsTransient(err) {
				t.Error("an unreachable server is called terminal")
			}
		})
	}
}

// A server that hangs, or drips, costs no more than the timeout, in either
// phase and over either transport.
func TestTimeouts(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	web, shell := repo.HTTP(gitserver.HTTP{}), repo.SSH(gitserver.SSH{})
	drip := gitserver.Fault{Kind: gitserver.Slow, Every: 20 * time.Millisecond}
	for name, tt := range map[string]struct {
		front   *gitserver.Front
		service string
		fault   gitserver.Fault
		says    string
	}{
		"http hangs":        {web, "info/refs", gitserver.Fault{Kind: gitserver.Hang}, "no complete list of refs within 300ms"},
		"http drips":        {web, "info/refs", drip, "no complete list of refs within 300ms"},
		"http fetch hangs":  {web, "git-upload-pack", gitserver.Fault{Kind: gitserver.Hang}, "not fetched within 300ms"},
		"http fetch drips":  {web, "git-upload-pack", drip, "not fetched within 300ms"},
		"ssh hangs":         {shell, "", gitserver.Fault{Kind: gitserver.Hang}, "no complete list of refs within 300ms"},
		"ssh drips":         {shell, "", drip, "no complete list of refs within 300ms"},
		"silent, not a git": {repo.HTTP(gitserver.HTTP{}), "", gitserver.Fault{Kind: gitserver.Hang}, "within 300ms"},
	} {
		t.Run(name, func(t *testing.T) {
			r := follow(t, repo, tt.front, func(c *source.Config) {
				c.Timeout, c.FetchTimeout = 300*time.Millisecond, 300*time.Millisecond
			})
			tt.fault.Service = tt.service
			tt.front.Inject(tt.fault)
			start := time.Now()
			err := refuse(t, r, source.TimedOut)
			mentions(t, err.Error(), tt.says, "check that the server is well")
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			if !errors.Is(err, context.DeadlineExceeded) || !source.IsTransient(err) {
				t.Errorf("%v is not a deadline", err)
			}
			tt.front.Inject(gitserver.Fault{})
			r = follow(t, repo, tt.front)
			at(t, poll(t, r), head)
		})
	}
}

func TestTheCallerCanGiveUp(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	for name, front := range map[string]*gitserver.Front{"http": repo.HTTP(gitserver.HTTP{}), "ssh": repo.SSH(gitserver.SSH{})} {
		t.Run(name, func(t *testing.T) {
			front.Inject(gitserver.Fault{Kind: gitserver.Hang})
			ctx, cancel := context.WithCancel(t.Context())
			r := follow(t, repo, front)
			go func() {
				for len(front.Requests()) == 0 {
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
			_, err := r.Poll(ctx)
			if source.KindOf(err) != source.Canceled || !errors.Is(err, context.Canceled) {
				t.Errorf("Poll said %v", err)
			}
		})
	}
}

// A redirect within the host is followed, and not asked for again in the fetch.
func TestFollowsARenamedRepository(t *testing.T) {
	repo := gitserver.ForTest(t)
	head := repo.Write("Begin", files)
	front := repo.HTTP(gitserver.HTTP{Username: "ada", Password: "s3cret"})
	backend, err := url.Parse(strings.TrimSuffix(front.URL, "/repo.git"))
	if err != nil {
		t.Fatal(err)
	}
	forge := http.NewServeMux()
	forge.Handle("/repo.git/", httputil.NewSingleHostReverseProxy(backend))
	forge.HandleFunc("/old.git/", func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, strings.Replace(req.URL.RequestURI(), "old", "repo", 1), http.StatusMovedPermanently)
	})
	server := httptest.NewServer(forge)
	defer server.Close()
	r := follow(t, repo, front, func(c *source.Config) { c.URL = server.URL + "/old.git" })
	at(t, poll(t, r), head)
}

// Secrets do not show, however the server echoes them.
func TestNoSecretInErrors(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	const password, token = "p4ss/w0rd+secret", "t0ken-secret-value"
	for _, options := range []gitserver.HTTP{{Username: "ada", Password: password}, {Token: token}} {
		front := repo.HTTP(options)
		secret := options.Password + options.Token
		forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
			base64.StdEncoding.EncodeToString([]byte("ada:" + secret))}
		for _, fault := range []gitserver.Fault{
			{Kind: gitserver.Status, Code: 500, Body: strings.Join(forms, " ")},
			{Kind: gitserver.Status, Code: 401, Body: strings.Join(forms, " ")},
			{Kind: gitserver.Redirect, Location: "http://" + url.PathEscape(secret) + ".example"},
			{Kind: gitserver.Redirect, Location: "http://" + strings.ReplaceAll(secret, "/", "") + "." + url.QueryEscape(secret)},
			{Kind: gitserver.Refuse},
		} {
			var log journal
			front.Inject(fault)
			r := follow(t, repo, front, log.keep)
			_, err := r.Poll(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, form := range forms {
					if strings.Contains(e.Error()+log.String(), form) {
						t.Errorf("%q shows in %q", form, e)
					}
				}
			}
		}
	}
}

// A rotated Secret is used at the next poll.
func TestSecretRotates(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	old, fresh := repo.HTTP(gitserver.HTTP{Token: "old"}), repo.HTTP(gitserver.HTTP{Token: "new"})
	mount := t.TempDir()
	generation := func(name string, front *gitserver.Front) {
		t.Helper()
		next := filepath.Join(mount, "..data_tmp")
		if err := errors.Join(front.WriteSecret(filepath.Join(mount, name)), os.Symlink(name, next), os.Rename(next, filepath.Join(mount, "..data"))); err != nil {
			t.Fatal(err)
		}
	}
	generation("..1", old)
	r := follow(t, repo, fresh, func(c *source.Config) { c.AuthDir = mount })
	refuse(t, r, source.AuthRefused)
	generation("..2", fresh)
	poll(t, r)
	remove(t, filepath.Join(mount, "..data"))
	refuse(t, r, source.InvalidConfig)
}

// change replaces fields of a configuration's Secret.
func change(t *testing.T, cfg *source.Config, fields map[string]string) {
	t.Helper()
	for name, value := range fields {
		path := filepath.Join(cfg.AuthDir, name)
		err := os.Remove(path)
		if value != "" {
			err = os.WriteFile(path, []byte(value), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(cfg.AuthDir); cfg.AuthDir != "" && len(left) == 0 {
		cfg.AuthDir = ""
	}
}

// match compares text with a pattern in which * stands for anything.
func match(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for i, part := range parts[1:] {
		at := strings.Index(text, part)
		if at < 0 || i == len(parts)-2 && !strings.HasSuffix(text, part) {
			return false
		}
		text = text[at+len(part):]
	}
	return len(parts) > 1 || text == ""
}

func randomText(n int) string {
	data := make([]byte, n)
	rand.New(rand.NewSource(7)).Read(data)
	return string(data)
}
