package trust

import (
	"time"

	"golang.org/x/crypto/ssh"
)

// CheckKey refuses a key, or a certificate of one, whose signatures nobody should trust: DSA, RSA below 2048 bits and
// types that are not known. Who signs can ask before. The error is a Refusal.
func CheckKey(key ssh.PublicKey) error {
	key = certifiedKey(key)
	if !isKeyType(key.Type()) {
		return UnsupportedSignatureError{Kind: key.Type()}
	}
	if reason := weakness(key); reason != "" {
		return WeakSignatureError{reason}
	}
	return nil
}

// Allows tells as whom a key, or a certificate of one, may sign for a namespace as of a time: exact names, and then
// patterns such as *@example.com. The error is a Refusal, the one that Verify would give. It is for telling people before
// they sign, and proves nothing of any signature.
func (s *Signers) Allows(key ssh.PublicKey, namespace string, at time.Time) (names []string, err error) {
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	identity, err := s.identify(key, namespace, at)
	if err != nil {
		return nil, err
	}
	return append(identity.Principals, identity.Patterns...), nil
}
