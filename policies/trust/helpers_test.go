package trust

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

var update = flag.Bool("update", false, "write the files under testdata anew, with git, ssh-keygen and gpg")

// now is when the tests judge, unless they say otherwise.
var now = time.Date(2026, 8, 25, 12, 0, 0, 0, time.UTC)

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

// sign makes an armored signature.
func sign(t testing.TB, signer ssh.Signer, namespace, message string) []byte {
	t.Helper()
	signature, err := sshsig.Sign(strings.NewReader(message), signer, sshsig.HashSHA512, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return sshsig.Armor(signature)
}

// signers reads a trust file that has nothing wrong with it.
func signers(t testing.TB, text string) *Signers {
	t.Helper()
	s, problems := ParseSigners("trust/allowed_signers", []byte(text))
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	return s
}

// issue makes a certificate, valid and for alice@example.com unless change says otherwise.
func issue(t testing.TB, authority, holder ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	certificate := &ssh.Certificate{
		Key: holder.PublicKey(), CertType: ssh.UserCert, KeyId: "alice's laptop", Serial: 7,
		ValidPrincipals: []string{"alice@example.com"},
		ValidAfter:      uint64(now.Add(-time.Hour).Unix()), ValidBefore: uint64(now.Add(time.Hour).Unix()),
	}
	if change != nil {
		change(certificate)
	}
	if err := certificate.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
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
	var refusal Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("%T is no refusal: %v", err, err)
	}
	return refusal.Rule()
}

// tool skips the test where a program is not installed. What it tests is also tested on what the program
// once wrote, under testdata/real.
func tool(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
}

// run runs a program and returns what it writes; it fails the test if the program fails.
func run(t testing.TB, dir string, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	out, err := attempt(dir, stdin, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// attempt runs a program away from the settings of whoever runs the tests.
func attempt(dir string, stdin []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C", "HOME="+dir, "GNUPGHOME="+filepath.Join(dir, "gpg"),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		out = append(out, stderr.Bytes()...)
	}
	return out, err
}

// write writes a file into a directory and returns its path.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read reads a file under testdata.
func read(t testing.TB, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// fingerprint is SHA256:… of a key.
func fingerprint(signer ssh.Signer) string { return ssh.FingerprintSHA256(signer.PublicKey()) }
