package records_test

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies/trust"
)

func TestAKeyThatNobodyWouldTrustDoesNotSign(t *testing.T) {
	key := keyOf(t, "agent")
	certificate := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if err := certificate.SignCert(strings.NewReader(strings.Repeat("x", 1000)), key); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := records.Sign(signer, []byte("x")); err == nil || !strings.Contains(err.Error(), "use the key itself") {
		t.Errorf("got %v", err)
	}
}

func TestAnRSAKeySignsWithAStrongHash(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	b := newBranch(t)
	if b.key, err = ssh.NewSignerFromKey(private); err != nil {
		t.Fatal(err)
	}
	b.opts.Keys = keys(t, "staging", listed(b.key))
	c, err := records.Append(b.head, "staging", []records.Fact{b.next(records.Applied, "llama", releaseA)}, nil, b.opts.Now)
	if err != nil {
		t.Fatal(err)
	}
	armored, err := records.Sign(b.key, []byte(c.Message))
	if err != nil {
		t.Fatal(err)
	}
	signers, problems := trust.ParseSigners("", []byte("a@b "+string(ssh.MarshalAuthorizedKey(b.key.PublicKey()))))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if _, err := signers.Verify([]byte(c.Message), armored, trust.GitNamespace, noon); err != nil {
		t.Error(err)
	}
}

func TestACommitIsBuiltOnItsParentOnly(t *testing.T) {
	c, err := records.Append(records.Head{Commit: commitA, Sequence: 1, Digest: releaseA, Time: noon}, "staging", []records.Fact{fact(records.Applied, "llama", releaseA, noon)}, nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Build(nil, keyOf(t, "agent")); err == nil || !strings.Contains(err.Error(), "another tree was handed in") {
		t.Errorf("got %v", err)
	}
}
