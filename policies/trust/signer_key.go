package trust

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/environments/problem"
)

// smallestRSA is the least size of an RSA modulus, in bits.
const smallestRSA = 2048

// dsa is the type of DSA keys. The library's name for it is deprecated, as are the keys.
const dsa = "ssh-dss"

// signingKeys are the types of key that may be listed.
var signingKeys = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSA,
	ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
}

// isKeyType says whether a word names a type of key, also one that is refused.
func isKeyType(word string) bool {
	for _, known := range signingKeys {
		if word == known {
			return true
		}
	}
	return word == dsa || isCertificateType(word)
}

// isCertificateType says whether a word names a certificate's type.
func isCertificateType(word string) bool {
	return strings.HasSuffix(word, "-cert-v01@openssh.com")
}

// parseKey reads the type and the base64 of a key; what follows is a comment.
func parseKey(text string) (ssh.PublicKey, error) {
	kind := firstWord(text)
	switch {
	case !isKeyType(kind):
		return nil, problem.Problem{Rule: InvalidPublicKey, Message: fmt.Sprintf("%q is no type of SSH key", kind),
			Mend: "use one of " + strings.Join(signingKeys, ", ")}
	case isCertificateType(kind):
		return nil, problem.Problem{Rule: InvalidPublicKey, Message: "a certificate is listed in place of a key",
			Mend: "list the key of its authority, with the option cert-authority"}
	}
	encoded := firstWord(strings.TrimLeft(text[len(kind):], " \t"))
	if encoded == "" {
		return nil, problem.Problem{Rule: InvalidPublicKey, Message: "there is no key after " + kind, Mend: lineMend}
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, problem.Problem{Rule: InvalidPublicKey, Message: "the key is not in base64", Mend: "copy the line of the .pub file as it is"}
	}
	if kind == dsa {
		return nil, weakKey("DSA keys are not accepted")
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return nil, problem.Problem{Rule: InvalidPublicKey, Message: "the key cannot be read: " + printable(err), Mend: "copy the line of the .pub file as it is"}
	}
	if key.Type() != kind {
		return nil, problem.Problem{Rule: InvalidPublicKey, Message: fmt.Sprintf("the line says %s, and its key is %s", kind, key.Type()), Mend: "copy the line of the .pub file as it is"}
	}
	if reason := weakness(key); reason != "" {
		return nil, weakKey(reason)
	}
	return key, nil
}

// weakKey is the problem of a key that must not be trusted.
func weakKey(reason string) problem.Problem {
	return problem.Problem{Rule: WeakKey, Message: reason, Mend: "make a new key with ssh-keygen -t ed25519"}
}

// weakness says why a key must not be trusted, and is empty for a strong one.
func weakness(key ssh.PublicKey) string {
	if key.Type() == dsa {
		return "DSA keys are not accepted"
	}
	public, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return ""
	}
	if modulus, ok := public.CryptoPublicKey().(*rsa.PublicKey); ok && modulus.N.BitLen() < smallestRSA {
		return fmt.Sprintf("the RSA key has %d bits, and at least %d are needed", modulus.N.BitLen(), smallestRSA)
	}
	return ""
}
