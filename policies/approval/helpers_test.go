package approval

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/policies/trust"
)

// now is when the tests judge, unless they say otherwise.
var now = time.Date(2026, 8, 25, 12, 0, 0, 0, time.UTC)

// agreed is what is approved, unless a test says otherwise.
var agreed = Statement{Unit: "prod/llama-3-8b", Content: digest("a"), Expires: now.Add(24 * time.Hour)}

// digest is one of content, all of the same digit.
func digest(digit string) string { return "sha256:" + strings.Repeat(digit, 64) }

// key returns the same ed25519 key for the same seed.
func key(t testing.TB, seed byte) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// public is a key as in a .pub file.
func public(signer ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

// signers reads a trust file that has nothing wrong with it.
func signers(t testing.TB, lines ...string) *trust.Signers {
	t.Helper()
	s, problems := trust.ParseSigners("trust/allowed_signers", []byte(strings.Join(lines, "\n")+"\n"))
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	return s
}

// approve signs a statement.
func approve(t testing.TB, signer ssh.Signer, s Statement) File {
	t.Helper()
	armored, err := Sign(signer, s)
	if err != nil {
		t.Fatal(err)
	}
	return File{Name: "approvals/a.yaml", Statement: s, Armored: armored}
}

// raw signs any text for any namespace.
func raw(t testing.TB, signer ssh.Signer, namespace string, text []byte) []byte {
	t.Helper()
	signature, err := sshsig.Sign(bytes.NewReader(text), signer, sshsig.HashSHA512, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return sshsig.Armor(signature)
}

// issue makes a certificate for grace@example.com.
func issue(t testing.TB, authority, holder ssh.Signer, change func(*ssh.Certificate)) *ssh.Certificate {
	t.Helper()
	certificate := &ssh.Certificate{
		Key: holder.PublicKey(), CertType: ssh.UserCert, KeyId: "grace's laptop", ValidPrincipals: []string{"grace@example.com"},
		ValidAfter: uint64(now.Add(-time.Hour).Unix()), ValidBefore: uint64(now.Add(time.Hour).Unix()),
	}
	if change != nil {
		change(certificate)
	}
	if err := certificate.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return certificate
}

// certified is a key with a certificate of it.
func certified(t testing.TB, certificate *ssh.Certificate, holder ssh.Signer) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewCertSigner(certificate, holder)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// rule is the name of the reason for a refusal, and empty for none.
func rule(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal trust.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("%T is no refusal: %v", err, err)
	}
	return refusal.Rule()
}

// directory holds files of approvals.
func directory(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["approvals/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// tool skips the test where a program is not installed.
func tool(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
}

// attempt runs a program away from the settings of whoever runs the tests.
func attempt(dir string, stdin []byte, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C", "HOME="+dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// write writes a file into a directory and returns its path.
func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
