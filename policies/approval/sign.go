package approval

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// minRSA is the size of the smallest RSA key that OpenSSH and this package take, in bits.
const minRSA = 2048

// Sign signs a statement, and returns the armored signature. Keys that nobody should trust are refused.
func Sign(signer ssh.Signer, s Statement) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	strong, err := strongest(signer)
	if err != nil {
		return nil, fmt.Errorf("signing the approval of %s: %w", s.Unit, err)
	}
	signature, err := sshsig.Sign(bytes.NewReader(s.Text()), strong, sshsig.HashSHA512, s.namespace())
	if err != nil {
		return nil, fmt.Errorf("signing the approval of %s: %w", s.Unit, err)
	}
	return sshsig.Armor(signature), nil
}

// strongest refuses weak keys, and has RSA keys sign with SHA-512: by themselves, certificates of RSA keys would use
// SHA-1.
func strongest(signer ssh.Signer) (ssh.Signer, error) {
	key := signer.PublicKey()
	if certificate, ok := key.(*ssh.Certificate); ok {
		key = certificate.Key
	}
	switch key.Type() {
	case "ssh-dss":
		return nil, errors.New("DSA keys are not safe; use an Ed25519 key")
	case ssh.KeyAlgoRSA:
	default:
		return signer, nil
	}
	public, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return nil, errors.New("the RSA key cannot be read")
	}
	if n, ok := public.CryptoPublicKey().(*rsa.PublicKey); !ok || n.N.BitLen() < minRSA {
		return nil, fmt.Errorf("the RSA key has fewer than %d bits; use an Ed25519 key", minRSA)
	}
	able, ok := signer.(ssh.AlgorithmSigner)
	if !ok {
		return nil, errors.New("the RSA key can only sign with SHA-1; use an Ed25519 key")
	}
	return sha512Signer{able}, nil
}

// sha512Signer signs with SHA-512 whatever it is asked for.
type sha512Signer struct{ ssh.AlgorithmSigner }

// Sign signs with SHA-512.
func (s sha512Signer) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(random, data, ssh.KeyAlgoRSASHA512)
}

// Marshal is the file that holds an approval.
func Marshal(name string, s Statement, armored []byte) ([]byte, error) {
	content := map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": v1alpha1.ApprovalKind, "metadata": map[string]any{"name": name},
		"spec": map[string]any{"unit": s.Unit, "content": s.Content, "expires": s.Expires.UTC().Format("2006-01-02T15:04:05Z"), "signature": string(armored)},
	}
	data, err := yaml.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("writing the approval of %s: %w", s.Unit, err)
	}
	return data, nil
}
