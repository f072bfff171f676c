package approval

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// made makes a key of a kind, and fails the test if there is an error.
func made[K crypto.Signer](t testing.TB) func(K, error) crypto.Signer {
	return func(k K, err error) crypto.Signer {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
}

func signer(t testing.TB, private crypto.Signer) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// formatOf is the algorithm of an armored signature.
func formatOf(t testing.TB, armored []byte) (string, sshsig.HashAlgorithm) {
	t.Helper()
	s, err := sshsig.Unarmor(armored)
	if err != nil {
		t.Fatal(err)
	}
	return s.Signature.Format, s.HashAlgorithm
}

func TestEveryKindOfKeySignsByItselfByItsCertificateAndThroughAnAgent(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := key(t, 9)
	line := "*@example.com cert-authority " + public(authority)
	for _, test := range []struct {
		private crypto.Signer
		format  string
	}{
		{edwards, ssh.KeyAlgoED25519},
		{made[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), ssh.KeyAlgoECDSA256},
		{made[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)), ssh.KeyAlgoECDSA521},
		{made[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048)), ssh.KeyAlgoRSASHA512},
	} {
		plain := signer(t, test.private)
		certificate := issue(t, authority, plain, nil)
		keyring := agent.NewKeyring()
		if err := errors.Join(keyring.Add(agent.AddedKey{PrivateKey: test.private}), keyring.Add(agent.AddedKey{PrivateKey: test.private, Certificate: certificate})); err != nil {
			t.Fatal(err)
		}
		held, err := keyring.Signers()
		if err != nil || len(held) != 2 {
			t.Fatal(held, err)
		}
		for _, s := range append(held, plain, certified(t, certificate, plain)) {
			file := approve(t, s, agreed)
			if format, hash := formatOf(t, file.Armored); format != test.format || hash != sshsig.HashSHA512 {
				t.Errorf("%s: signed as %s with %s", s.PublicKey().Type(), format, hash)
			}
			got, err := Verify(file, signers(t, line, "grace@example.com "+public(plain)), agreed.Unit, agreed.Content, now)
			if err != nil || !got.Is("grace@example.com") {
				t.Errorf("%s: %v", s.PublicKey().Type(), err)
			}
		}
	}
}

// bareSigner can only do what an ssh.Signer has to.
type bareSigner struct{ ssh.Signer }

func (b bareSigner) PublicKey() ssh.PublicKey { return b.Signer.PublicKey() }

// oldAgent signs with SHA-1 whatever it is asked for, as agents did before 2016.
type oldAgent struct{ ssh.AlgorithmSigner }

func (o oldAgent) SignWithAlgorithm(random io.Reader, data []byte, _ string) (*ssh.Signature, error) {
	return o.AlgorithmSigner.SignWithAlgorithm(random, data, ssh.KeyAlgoRSA)
}

// impostor shows another's public key.
type impostor struct {
	ssh.Signer
	shown ssh.PublicKey
}

func (i impostor) PublicKey() ssh.PublicKey { return i.shown }

// broken cannot sign, such as an agent whose owner says no.
type broken struct{ ssh.Signer }

func (broken) Sign(io.Reader, []byte) (*ssh.Signature, error) {
	return nil, errors.New("agent refused")
}

func TestSigningRefusesWhatNobodyShouldTrust(t *testing.T) {
	authority := key(t, 9)
	long := signer(t, made[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048)))
	short := signer(t, made[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 1024)))
	const sha1 = "the RSA key can only sign with SHA-1, which nobody trusts; sign with an ed25519 key"
	const weak = "the signature is too weak: the RSA key has 1024 bits, and at least 2048 are needed; sign with an ed25519 key"
	for name, test := range map[string]struct {
		signer ssh.Signer
		want   string
	}{
		"a short RSA key":          {short, weak},
		"a certificate of one":     {certified(t, issue(t, authority, short, nil), short), weak},
		"SHA-1 alone":              {bareSigner{long}, sha1},
		"a certificate with SHA-1": {bareSigner{certified(t, issue(t, authority, long, nil), long)}, sha1},
		"an old agent":             {oldAgent{long.(ssh.AlgorithmSigner)}, sha1},
		"an agent that refuses":    {broken{key(t, 1)}, "agent refused"},
		"another's key": {impostor{key(t, 1), key(t, 2).PublicKey()}, "what signed does not have the private key of " +
			ssh.FingerprintSHA256(key(t, 2).PublicKey()) + ": "},
	} {
		armored, err := Sign(test.signer, agreed)
		want := "signing the approval of prod/llama-3-8b: " + test.want
		if err == nil || !strings.HasPrefix(err.Error(), want) || armored != nil {
			t.Errorf("%s: %v\nwant %s", name, err, want)
		}
	}
}
