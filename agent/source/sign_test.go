package source_test

import (
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies/trust"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func signer(t testing.TB) ssh.Signer {
	t.Helper()
	key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A signed commit is verified by git, by OpenSSH and by our own rules alike.
func TestSignedCommitsAreVerified(t *testing.T) {
	repo := gitserver.ForTest(t)
	repo.Write("Begin", files)
	r := follow(t, repo, repo.HTTP(gitserver.HTTP{}))
	base := poll(t, r)
	key := signer(t)
	b := source.NewBuilder(base)
	put(t, b, map[string]string{"a": "1"})
	message := "Record what was done\n\nIt has a body, and ünïcode.\n\nPenstock-Sequence: 7\n"
	id := commit(t, b, source.Draft{Author: ada, Committer: late, Message: message, Parents: []string{base.Commit().Hash}, Sign: source.SignSSH(key)})
	if err := r.Push(t.Context(), "signed", "", id, b.Objects()...); err != nil {
		t.Fatal(err)
	}

	line := "ada@example.com " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))) + "\n"
	allowed := filepath.Join(t.TempDir(), "allowed_signers")
	if err := os.WriteFile(allowed, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Git(nil, "-c", "gpg.format=ssh", "-c", "gpg.ssh.allowedSignersFile="+allowed, "verify-commit", id); err != nil {
		t.Error(err)
	}
	snap, err := r.At(id)
	if err != nil {
		t.Fatal(err)
	}
	c := snap.Commit()
	if c.Message != message || !c.Committer.When.Equal(late.When) || c.Committer.Name != "Grace" || c.Author.Email != ada.Email {
		t.Errorf("the commit is %+v", c)
	}
	read, err := trust.ParseCommit(c.Raw)
	if err != nil {
		t.Fatal(err)
	}
	signers, faults := trust.ParseSigners("allowed_signers", []byte(line))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if who, err := signers.Verify(read.Payload(), read.Armor(), "git", date(2026)); err != nil || !who.Is("ada@example.com") {
		t.Errorf("%+v, %v", who, err)
	}
	verifyWithOpenSSH(t, allowed, read)
}

func verifyWithOpenSSH(t *testing.T, allowed string, c *trust.Commit) {
	t.Helper()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("no ssh-keygen")
	}
	signature := filepath.Join(t.TempDir(), "signature")
	if err := os.WriteFile(signature, c.Armor(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(keygen, "-Y", "verify", "-f", allowed, "-I", "ada@example.com", "-n", "git", "-s", signature)
	cmd.Stdin = strings.NewReader(string(c.Payload()))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("ssh-keygen: %v: %s", err, out)
	}
}

// The same draft makes the same commit, also when it is signed: the keys sign
// deterministically.
func TestBuildersAreDeterministic(t *testing.T) {
	var ids []string
	for range 3 {
		b := source.NewBuilder(nil)
		put(t, b, many(50)) // in another order each time
		ids = append(ids, commit(t, b, source.Draft{Author: late, Message: "Begin", Sign: source.SignSSH(signer(t))}))
	}
	if ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("the commits are %v", ids)
	}
}
