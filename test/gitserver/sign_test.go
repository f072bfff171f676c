package gitserver_test

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestSignsCommitsThatGitVerifies(t *testing.T) {
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	repo := gitserver.ForTest(t)
	first := repo.Commit(gitserver.Change{Message: "Begin", Files: map[string]string{"a": "1"}, Signer: signer})
	second := repo.Commit(gitserver.Change{Message: "Go on", Files: map[string]string{"a": "2"}, Signer: signer})
	allowed := filepath.Join(t.TempDir(), "allowed_signers")
	line := "ada@example.com " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))) + "\n"
	if err := os.WriteFile(allowed, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, commit := range []string{first, second} {
		if _, err := repo.Git(nil, "-c", "gpg.format=ssh", "-c", "gpg.ssh.allowedSignersFile="+allowed, "verify-commit", commit); err != nil {
			t.Error(err)
		}
	}
	if heads, err := repo.Git(nil, "for-each-ref", "--format=%(refname) %(objectname)"); err != nil || heads != "refs/heads/main "+second {
		t.Errorf("%v, the branches are %s", err, heads)
	}
}
