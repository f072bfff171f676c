package source

import (
	"encoding/base64"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
)

// What we accept as a branch, git accepts too, and it can be nothing else.
func TestBranchNamesAgreeWithGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git")
	}
	for _, name := range []string{
		"main", "a/b", "a-b", "release/1.2", "ünïcode", "a@b", "a{b", "@", "", "-a", "a/-b", "/a", "a/", "a//b", ".a", "a/.b", "a.",
		"a.lock", "a.lock/b", "a..b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", `a\b`, "a b", "a\tb", "a\x7fb", "a@{b", "a.b", "a]b", "HEAD",
	} {
		cmd := exec.Command(git, "check-ref-format", "--branch", name)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR="+t.TempDir())
		want := cmd.Run() == nil && name != "HEAD" && name != "@"
		if got := branchFault(name) == ""; got != want {
			t.Errorf("%q: we say %v, git says %v", name, got, want)
		}
	}
}

func FuzzBranch(f *testing.F) {
	for _, seed := range []string{"main", "a/b", "-x", "a..b", "a:b", "a\x00", "refs/heads/x", "x.lock"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if branchFault(name) != "" {
			return
		}
		if err := plumbing.NewBranchReferenceName(name).Validate(); err != nil {
			t.Errorf("%q passes, and go-git says %v", name, err)
		}
		if strings.HasPrefix(name, "-") || strings.ContainsAny(name, " :\x00\n\\*") || strings.Contains(name, "..") || !utf8.ValidString(name) {
			t.Errorf("%q passes", name)
		}
	})
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{"https://host/path", "ssh://git@host:22/~user/path", "git@host:path", "https://u:p@host/x?y#z", "http://127.0.0.1/x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		end, err := parseURL(raw, false)
		if err != nil {
			return
		}
		if end.scheme == "http" && !strings.Contains(end.host, "127.") && !strings.Contains(end.host, "localhost") && !strings.Contains(end.host, ":") {
			t.Errorf("%q is not encrypted", raw)
		}
		if end.host == "" || strings.ContainsAny(end.host, "@/?#") || strings.ContainsFunc(end.String(), isControl) {
			t.Errorf("%q became %+v", raw, end)
		}
	})
}

func TestMalformedTrees(t *testing.T) {
	id := strings.Repeat("x", 20)
	for raw, want := range map[string]string{
		"hello":                                  "an entry breaks off",
		"100644 a":                               "an entry breaks off",
		"100644 a\x00short":                      "an entry breaks off",
		"100644 \x00" + id:                       `the name "" is impossible`,
		"40000 .\x00" + id:                       `the name "." is impossible`,
		"40000 ..\x00" + id:                      `the name ".." is impossible`,
		"100644 ../a\x00" + id:                   `the name "../a" is impossible`,
		"040000 a\x00" + id:                      `"a" has the unknown mode "040000"`,
		"100644 a\x00" + id + id:                 "an entry breaks off",
		"100644 a\x00" + id + "40000 a\x00" + id: `the name "a" occurs twice`,
	} {
		if _, err := parseTree([]byte(raw)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", raw, err, want)
		}
	}
}

func FuzzTree(f *testing.F) {
	id := strings.Repeat("x", 20)
	f.Add([]byte("100644 a\x00" + id + "40000 b\x00" + id))
	f.Add([]byte("120000 .git\x00" + id))
	f.Add([]byte("100644 ../a\x00" + id))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tree, err := parseTree(raw)
		if err != nil {
			return
		}
		for _, e := range tree.entries {
			if found, ok := tree.find(e.name); !ok || found.id != e.id {
				t.Errorf("%q is not found", e.name)
			}
			if strings.Contains(e.name, "/") || e.name == ".." || e.refused == nil && badName(e.name) {
				t.Errorf("%q passes", e.name)
			}
		}
	})
}

func FuzzKnownHosts(f *testing.F) {
	f.Add([]byte("host ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK1rzSSq1CVfLx0xMZBHGwkGZiRQIDKDYhOLcaOJnGSX\n"))
	f.Add([]byte("# comment\n@revoked * x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		known, err := parseKnownHosts(data)
		if err != nil {
			if strings.Contains(err.Error(), os.TempDir()+"/known_hosts") {
				t.Errorf("the temporary file shows in %v", err)
			}
			return
		}
		known.algorithms("host:22")
		if err := known.check("other:22", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22}, noKey{}); err == nil {
			t.Error("a key that does not exist is known")
		}
	})
}

func FuzzRedact(f *testing.F) {
	f.Add("s3cret", "before s3cret after czNjcmV0")
	f.Fuzz(func(t *testing.T, secret, text string) {
		if len(secret) < 12 || strings.Contains("(redacted)", secret) {
			return
		}
		auth := Auth{BearerToken: secret}
		encoded := base64.StdEncoding.EncodeToString([]byte(secret))
		shown := auth.redact(text + secret + encoded)
		if strings.Contains(shown, encoded) || strings.Contains(shown, secret) {
			t.Errorf("%q shows in %q", secret, shown)
		}
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, isControl) {
			t.Errorf("%q is not fit to be shown", shown)
		}
	})
}
