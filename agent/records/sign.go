package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/policies/trust"
)

// Sign signs a raw commit object, without the header of a signature, as git commit -S does with an SSH key. It returns the
// armored signature. Keys that no reader would trust are refused.
func Sign(signer ssh.Signer, commit []byte) ([]byte, error) {
	armored, err := sign(signer, commit)
	if err != nil {
		return nil, fmt.Errorf("signing records with the key %s: %w", ssh.FingerprintSHA256(signer.PublicKey()), err)
	}
	return armored, nil
}

func sign(signer ssh.Signer, commit []byte) ([]byte, error) {
	key := signer.PublicKey()
	if _, ok := key.(*ssh.Certificate); ok {
		return nil, errors.New("it is a certificate, and environment.yaml lists keys; use the key itself")
	}
	if err := trust.CheckKey(key); err != nil {
		return nil, err
	}
	if key.Type() == ssh.KeyAlgoRSA {
		able, ok := signer.(ssh.AlgorithmSigner)
		if !ok {
			return nil, errors.New("the RSA key can only sign with SHA-1, which nobody trusts; use an ed25519 key")
		}
		signer = sha512Signer{able}
	}
	signature, err := sshsig.Sign(bytes.NewReader(commit), signer, sshsig.HashSHA512, trust.GitNamespace)
	if err != nil {
		return nil, err
	}
	if err := sshsig.Verify(bytes.NewReader(commit), signature, key, sshsig.HashSHA512, trust.GitNamespace); err != nil {
		return nil, fmt.Errorf("the private key is not that of the public one: %w", err)
	}
	return sshsig.Armor(signature), nil
}

// sha512Signer has an RSA key sign with SHA-512.
type sha512Signer struct{ ssh.AlgorithmSigner }

// Sign signs with SHA-512.
func (s sha512Signer) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(random, data, ssh.KeyAlgoRSASHA512)
}
