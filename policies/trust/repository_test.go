package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// repository is a real one, in which Alice and Bob have keys of every kind:
// alice, bob and agent for SSH, ca for certificates, alice-cert.pub by ca, and Alice's for OpenPGP.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) repository {
	t.Helper()
	tool(t, "git")
	tool(t, "ssh-keygen")
	dir, err := os.MkdirTemp("", "trust") // short, for the socket of gpg's agent
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := repository{t, dir}
	r.git("init", "--quiet", "--initial-branch=main")
	for _, name := range []string{"alice", "bob", "agent", "ca"} {
		run(t, dir, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name)
	}
	run(t, dir, nil, "ssh-keygen", "-q", "-s", "ca", "-I", "alice's laptop", "-n", "alice@example.com", "-V", "20260101:20271231", "alice.pub")
	write(t, dir, "allowed_signers", "alice@example.com "+r.file("alice.pub")+"bob@example.com "+r.file("bob.pub")+
		"agent@example.com "+r.file("agent.pub")+"*@example.com cert-authority "+r.file("ca.pub"))
	return r
}

// gpg makes Alice's OpenPGP key, valid from January to the end of September 2026, with a clock that stands at now.
func (r repository) gpg() {
	r.t.Helper()
	tool(r.t, "gpg")
	if err := os.Mkdir(filepath.Join(r.dir, "gpg"), 0o700); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _, _ = attempt(r.dir, nil, "gpgconf", "--kill", "gpg-agent") })
	run(r.t, r.dir, nil, "gpg", "--batch", "--quiet", "--faked-system-time", "20260101T000000!", "--passphrase", "",
		"--quick-generate-key", "Alice Smith (work) <alice@example.com>", "ed25519", "sign", "20260930T000000")
	write(r.t, r.dir, "keyring.asc", string(run(r.t, r.dir, nil, "gpg", "--batch", "--armor", "--export")))
	clock := write(r.t, r.dir, "gpg-at", "#!/bin/sh\nexec gpg --faked-system-time 20260825T110000! \"$@\"\n")
	if err := os.Chmod(clock, 0o700); err != nil {
		r.t.Fatal(err)
	}
}

// git runs git as Alice, and returns what it prints.
func (r repository) git(args ...string) string {
	r.t.Helper()
	return string(run(r.t, r.dir, nil, "git", append(r.settings(), args...)...))
}

func (r repository) settings() []string {
	var args []string
	for _, setting := range []string{
		"user.name=Alice Smith", "user.email=alice@example.com", "gc.auto=0",
		"gpg.ssh.allowedSignersFile=" + filepath.Join(r.dir, "allowed_signers"), "gpg.program=" + filepath.Join(r.dir, "gpg-at"),
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// commit makes a commit, signed with a key file or with OpenPGP, and returns its id.
func (r repository) commit(key string, args ...string) string {
	r.t.Helper()
	r.git(append(r.signing(key), append([]string{"commit", "--quiet", "--allow-empty", "-S", "-m", "Serve a longer context", "-m", "Signed with " + key}, args...)...)...)
	return strings.TrimSpace(r.git("rev-parse", "HEAD"))
}

// signing are git's settings to sign with a key.
func (r repository) signing(key string) []string {
	if key == "openpgp" {
		return []string{"-c", "gpg.format=openpgp", "-c", "user.signingKey=alice@example.com"}
	}
	return []string{"-c", "gpg.format=ssh", "-c", "user.signingKey=" + filepath.Join(r.dir, key)}
}

// object writes a commit that git itself would not write, and returns its id.
func (r repository) object(raw string) string {
	r.t.Helper()
	return strings.TrimSpace(string(run(r.t, r.dir, []byte(raw), "git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin")))
}

// good says whether git itself calls a commit or tag good.
func (r repository) good(kind, id string) bool {
	_, err := attempt(r.dir, nil, "git", append(r.settings(), "verify-"+kind, id)...)
	return err == nil
}

// raw returns an object.
func (r repository) raw(kind, id string) []byte {
	r.t.Helper()
	return run(r.t, r.dir, nil, "git", "cat-file", kind, id)
}

func (r repository) file(name string) string {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

// keys are what the repository's own files trust.
func (r repository) keys() Keys {
	r.t.Helper()
	trusted := Keys{Signers: signers(r.t, r.file("allowed_signers"))}
	if _, err := os.Stat(filepath.Join(r.dir, "keyring.asc")); err == nil {
		trusted.OpenPGP = keyring(r.t, r.file("keyring.asc"))
	}
	return trusted
}

// keyring reads a keyring that has nothing wrong with it.
func keyring(t testing.TB, text string) *Keyring {
	t.Helper()
	k, problems := ParseKeyring("trust/keyring.asc", []byte(text))
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	return k
}

// judge parses and verifies a commit as of now.
func judge(raw []byte, trusted Keys) (Signature, error) {
	c, err := ParseCommit(raw)
	if err != nil {
		return Signature{}, err
	}
	return c.Verify(trusted, now)
}

// summary prints what matters of a signature.
func summary(s Signature, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s %v author=%t committer=%t", s.Kind, s.KeyType, s.Principals, s.IsAuthor, s.IsCommitter)
}
