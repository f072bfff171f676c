package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/policies/trust"
)

// inAgent starts an ssh-agent with keys.
func inAgent(t *testing.T, keys ...agent.AddedKey) {
	t.Helper()
	ring := agent.NewKeyring()
	for _, key := range keys {
		if err := ring.Add(key); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn); conn.Close() }()
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", socket)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicOf(t *testing.T, key crypto.Signer) ssh.PublicKey {
	t.Helper()
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// approvedBy approves, and returns whose key signed, of those that a trust file lists.
func approvedBy(t *testing.T, trusted string, args ...string) string {
	t.Helper()
	mustApprove(t, append([]string{"prod/llama-3-8b", "--no-commit"}, args...)...)
	file := onlyApproval(t, filepath.Dir(graceFile))
	signers, problems := trust.ParseSigners("allowed_signers", []byte(trusted))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	identity, err := approval.Verify(file, signers, file.Unit, file.Content, time.Now())
	if err != nil {
		t.Error(err)
	}
	return approval.Principal(identity)
}

func TestTheKeyIsFoundWhereverPeopleKeepIt(t *testing.T) {
	g := asGrace(t)
	file, loaded, locked := newKey(t), newKey(t), newKey(t)
	in := func(name string) string { return filepath.Join(g.home, name) }
	line := func(key crypto.Signer) string { return authorized(publicOf(t, key)) }
	put(t, in("file"), pemOf(t, file, ""))
	put(t, in("file.pub"), line(file)+"\n")
	put(t, in("loaded.pub"), line(loaded)+" a comment\n")
	put(t, in("locked"), pemOf(t, locked, "hunter2"))
	inAgent(t, agent.AddedKey{PrivateKey: loaded}, agent.AddedKey{PrivateKey: locked})
	trusted := "home " + authorized(g.public) + "\nfile " + line(file) + "\nloaded " + line(loaded) + "\nlocked " + line(locked) + "\n"
	for _, test := range []struct{ name, format, signingKey, flag, want string }{
		{"in ~/.ssh", "", "", "", "home"},
		{"a file", "", "", in("file"), "file"},
		{"beside its public half", "", "", in("file.pub"), "file"},
		{"in ssh-agent", "", "", in("loaded.pub"), "loaded"},
		{"with a passphrase, in ssh-agent", "", "", in("locked"), "locked"},
		{"git's", "ssh", in("file"), "", "file"},
		{"git's, below the home directory", "ssh", "~/file.pub", "", "file"},
		{"git's, by its text", "ssh", "key::" + line(loaded), "", "loaded"},
		{"git's, by its text alone", "ssh", line(loaded), "", "loaded"},
		{"git's of OpenPGP", "openpgp", "0xDEADBEEF", "", "home"},
		{"not git's when told", "ssh", in("file"), in("loaded.pub"), "loaded"},
	} {
		git(t, "config", "--global", "gpg.format", or(test.format, "openpgp"))
		git(t, "config", "--global", "user.signingkey", test.signingKey)
		var args []string
		if test.flag != "" {
			args = []string{"--key", test.flag}
		}
		if got := approvedBy(t, trusted, args...); got != test.want {
			t.Errorf("%s: signed with %s", test.name, got)
		}
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func TestACertificateSignsWithItsKeyWhereverThatIs(t *testing.T) {
	g := asGrace(t)
	authority, err := ssh.NewSignerFromKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	certificate := &ssh.Certificate{Key: publicOf(t, private), CertType: ssh.UserCert, ValidPrincipals: []string{"grace@example.com"}, ValidBefore: ssh.CertTimeInfinity}
	if err := certificate.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(g.home, "id_rsa-cert.pub")
	put(t, file, authorized(certificate)+"\n")
	trusted := "*@example.com cert-authority " + authorized(authority.PublicKey()) + "\n"
	inAgent(t, agent.AddedKey{PrivateKey: private, Certificate: certificate})
	for name, move := range map[string]func(){
		"certificate in ssh-agent": func() {},
		"key in ssh-agent":         func() { inAgent(t, agent.AddedKey{PrivateKey: private}) },
		"key in a file": func() {
			t.Setenv("SSH_AUTH_SOCK", "")
			put(t, filepath.Join(g.home, "id_rsa"), pemOf(t, private, ""))
		},
	} {
		move()
		if got := approvedBy(t, trusted, "--key", file); got != "grace@example.com" {
			t.Errorf("%s: signed as %s", name, got)
		}
	}
}

func TestAKeyThatCannotSignSaysWhatToDo(t *testing.T) {
	g := asGrace(t)
	in := func(name string) string { return filepath.Join(g.home, name) }
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	stranger := newKey(t)
	put(t, in("locked"), pemOf(t, newKey(t), "hunter2"))
	put(t, in("short"), pemOf(t, short, ""))
	put(t, in("lost.pub"), authorized(publicOf(t, stranger)))
	put(t, in("mixed"), pemOf(t, newKey(t), ""))
	put(t, in("mixed.pub"), authorized(publicOf(t, stranger)))
	put(t, in("text"), "hunter2\n")
	put(t, in("torn"), "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n")
	lost := "ssh-agent does not have the private half of " + ssh.FingerprintSHA256(publicOf(t, stranger)) + "; run ssh-add, or give --key with the private key"
	for name, want := range map[string]string{
		"locked":   "the key " + in("locked") + " has a passphrase, and is not in ssh-agent; run ssh-add " + in("locked") + ", and try again",
		"short":    "signing the approval of prod/llama-3-8b: the signature is too weak: the RSA key has 1024 bits, and at least 2048 are needed; sign with an ed25519 key",
		"lost.pub": lost, "mixed.pub": lost,
		"text":    in("text") + " is neither a private nor a public SSH key; give --key FILE",
		"torn":    "reading the key " + in("torn") + ": ssh: ",
		"missing": "reading your key: open " + in("missing") + ": no such file or directory; give --key FILE, the private key or, of one in ssh-agent, its .pub",
	} {
		code, _, stderr := penstock(t, "approve", "prod/llama-3-8b", "--key", in(name))
		if code != exitFailed || !strings.Contains(stderr, "error: "+want) || strings.Contains(stderr, "hunter2") {
			t.Errorf("%s: exit code %d: %s\nwant %s", name, code, stderr, want)
		}
	}
	git(t, "config", "--global", "gpg.format", "ssh")
	git(t, "config", "--global", "user.signingkey", "key::hunter2")
	if _, _, stderr := penstock(t, "approve", "prod/llama-3-8b"); stderr != "error: git's user.signingkey is no SSH key; set it, or give --key\n" {
		t.Error(stderr)
	}
	if got := git(t, "status", "--porcelain"); got != "" {
		t.Errorf("it wrote %s", got)
	}
}
