package approval

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/policies/trust"
)

// Sign signs a statement with a private key, an agent's or a certificate's, and returns the armored signature. It refuses
// keys and signatures that nobody should trust.
func Sign(signer ssh.Signer, s Statement) ([]byte, error) {
	armored, err := sign(signer, s)
	if err != nil {
		return nil, fmt.Errorf("signing the approval of %s: %w", s.Unit, err)
	}
	return armored, nil
}

func sign(signer ssh.Signer, s Statement) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := trust.CheckKey(signer.PublicKey()); err != nil {
		return nil, err
	}
	strong, err := strongest(signer)
	if err != nil {
		return nil, err
	}
	signature, err := sshsig.Sign(bytes.NewReader(s.Text()), strong, sshsig.HashSHA512, s.Namespace())
	if err != nil {
		return nil, err
	}
	if signature.Signature.Format == ssh.KeyAlgoRSA {
		return nil, errSHA1
	}
	if err := sshsig.Verify(bytes.NewReader(s.Text()), signature, signature.PublicKey, sshsig.HashSHA512, s.Namespace()); err != nil {
		return nil, fmt.Errorf("what signed does not have the private key of %s: %w", ssh.FingerprintSHA256(signer.PublicKey()), err)
	}
	return sshsig.Armor(signature), nil
}

// errSHA1: an old ssh-agent, or a key in a device that knows nothing else.
var errSHA1 = errors.New("the RSA key can only sign with SHA-1, which nobody trusts; sign with an ed25519 key")

// strongest has RSA keys sign with SHA-512: certificates of RSA keys would use SHA-1 unless told.
func strongest(signer ssh.Signer) (ssh.Signer, error) {
	switch signer.PublicKey().Type() {
	case ssh.KeyAlgoRSA, ssh.CertAlgoRSAv01:
	default:
		return signer, nil
	}
	able, ok := signer.(ssh.AlgorithmSigner)
	if !ok {
		return nil, errSHA1
	}
	return sha512Signer{able}, nil
}

// sha512Signer signs with SHA-512 unless it is told otherwise.
type sha512Signer struct{ ssh.AlgorithmSigner }

// Sign signs with SHA-512.
func (s sha512Signer) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(random, data, ssh.KeyAlgoRSASHA512)
}
