package trust

import (
	"bytes"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Verify checks an armored SSH signature of a message that was made for a namespace, as of a time, and tells
// whom it comes from. The error is a Refusal.
//
// Whether the key is trusted is looked up before anything is computed with it, so that a stranger's signature
// costs no arithmetic.
func (s *Signers) Verify(message, armored []byte, namespace string, at time.Time) (Identity, error) {
	signature, err := parseSSHSignature(armored)
	if err != nil {
		return Identity{}, err
	}
	if signature.Namespace != namespace {
		return Identity{}, WrongNamespaceError{Signed: signature.Namespace, Expected: namespace}
	}
	identity, err := s.identify(signature.PublicKey, namespace, at)
	if err != nil {
		return Identity{}, err
	}
	err = sshsig.Verify(bytes.NewReader(message), signature, signature.PublicKey, signature.HashAlgorithm, namespace)
	if err != nil {
		return Identity{}, BadSignatureError{Fingerprint: identity.Fingerprint}
	}
	return identity, nil
}

// parseSSHSignature reads a signature, and refuses what OpenSSH refuses and its library does not.
func parseSSHSignature(armored []byte) (*sshsig.Signature, error) {
	blob, err := decodeSSH(armored)
	if err != nil {
		return nil, err
	}
	signature, err := sshsig.ParseSignature(blob)
	if err != nil {
		return nil, MalformedSignatureError{printable(err)}
	}
	if err := CheckKey(signature.PublicKey); err != nil {
		return nil, err
	}
	if signature.Signature.Format == ssh.KeyAlgoRSA {
		return nil, WeakSignatureError{"it uses SHA-1"}
	}
	key := certifiedKey(signature.PublicKey)
	if len(signature.Signature.Rest) > 0 && !isSecurityKey(key) {
		return nil, MalformedSignatureError{"something follows after the signature"}
	}
	return signature, nil
}

// certifiedKey is the key in a certificate, or the key itself.
func certifiedKey(key ssh.PublicKey) ssh.PublicKey {
	if certificate, ok := key.(*ssh.Certificate); ok {
		return certificate.Key
	}
	return key
}

// isSecurityKey says whether the private key is in a FIDO device, which adds its flags to each signature.
func isSecurityKey(key ssh.PublicKey) bool {
	return key.Type() == ssh.KeyAlgoSKED25519 || key.Type() == ssh.KeyAlgoSKECDSA256
}

// identify tells whom a key belongs to that signs for a namespace at a time.
func (s *Signers) identify(key ssh.PublicKey, namespace string, at time.Time) (Identity, error) {
	if certificate, ok := key.(*ssh.Certificate); ok {
		return s.identifyCertificate(certificate, namespace, at)
	}
	lines, err := s.lines(key, false, namespace, at)
	if err != nil {
		return Identity{}, err
	}
	identity := Identity{Kind: SSH, Fingerprint: ssh.FingerprintSHA256(key), KeyType: key.Type()}
	for _, line := range lines {
		names, wildcards := line.principals.split()
		identity.Principals = append(identity.Principals, names...)
		identity.Patterns = append(identity.Patterns, wildcards...)
		identity.grants = append(identity.grants, grant{patterns: line.principals})
	}
	identity.Principals, identity.Patterns = sortedSet(identity.Principals), sortedSet(identity.Patterns)
	return identity, nil
}

// lines returns the lines of a key, or of an authority, that apply. Where none does, the refusal tells why,
// and prefers a line that failed for the time over one that is for other namespaces.
func (s *Signers) lines(key ssh.PublicKey, authority bool, namespace string, at time.Time) ([]*signer, error) {
	fingerprint := ssh.FingerprintSHA256(key)
	var accepted []*signer
	var refusal Refusal = UnknownKeyError{File: s.name(), Fingerprint: fingerprint, KeyType: key.Type()}
	for _, line := range s.linesOf(key) {
		switch {
		case line.authority != authority:
		case line.namespaces != nil && !line.namespaces.match(namespace):
			if _, unknown := refusal.(UnknownKeyError); unknown {
				refusal = NamespaceNotAllowedError{File: s.name(), Line: line.line, Fingerprint: fingerprint,
					Namespace: namespace, Allowed: line.namespaces.String()}
			}
		default:
			if late := line.validAt(s.name(), at); late != nil {
				refusal = late
				continue
			}
			accepted = append(accepted, line)
		}
	}
	if len(accepted) == 0 {
		return nil, refusal
	}
	return accepted, nil
}

// linesOf are all lines with a key.
func (s *Signers) linesOf(key ssh.PublicKey) []*signer {
	if s == nil {
		return nil
	}
	return s.byKey[string(key.Marshal())]
}

// validAt refuses a time outside of the line's bounds, which themselves are within: whole seconds, as OpenSSH.
func (s *signer) validAt(file string, at time.Time) Refusal {
	what := lineKey(file, s)
	if !s.after.IsZero() && at.Unix() < s.after.Unix() {
		return NotYetValidError{What: what, From: s.after, Asked: at}
	}
	if !s.before.IsZero() && at.Unix() > s.before.Unix() {
		return ExpiredError{What: what, Until: s.before, Asked: at}
	}
	return nil
}
