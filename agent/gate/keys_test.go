package gate_test

import (
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// TestKeysOfRecordsAreStrong: who trusts a key that others can forge has no evidence. Environments with such a key are
// not reconciled, and others are.
func TestKeysOfRecordsAreStrong(t *testing.T) {
	good := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key(t, 1).PublicKey())))
	for name, test := range map[string]struct{ key, want string }{
		"ed25519":          {good, ""},
		"with a comment":   {good + " agent@staging", ""},
		"a short RSA key":  {rsaKey(t, 1024), "the RSA key has 1024 bits, and at least 2048 are needed"},
		"an RSA key":       {rsaKey(t, 2048), ""},
		"DSA":              {dsaKey(), "DSA keys are not accepted"},
		"half a key":       {"ssh-ed25519 " + good[12:48], "this cannot be read as one SSH public key"},
		"an unknown curve": {encodedKey("ssh-ed448", make([]byte, 57)), "this cannot be read as one SSH public key"},
	} {
		for _, list := range []struct{ field, spec string }{
			{"spec.records.keys[1].publicKey", "records: {keys: [{publicKey: \"" + spare(t) + "\"}, {publicKey: \"" + test.key + "\"}]}"},
			{"spec.evidence[0].keys[0].publicKey", "evidence: [{environment: staging, keys: [{publicKey: \"" + test.key + "\"}]}]"},
		} {
			s := newScene(t, list.spec)
			tree, rules, err := s.load(s.after)
			if err != nil {
				t.Fatal(name, err)
			}
			got := rules.Problems().Error()
			if test.want == "" && got != "" {
				t.Errorf("%s: %s", name, got)
			}
			want := "environments/prod/environment.yaml:8: " + list.field + ": " + test.want + "; make a new key with ssh-keygen -t ed25519, and copy its .pub file as it is"
			if test.want != "" && got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			rules.Govern(tree)
			for _, env := range tree.Environments {
				if held := len(env.Problems) > 0; held != (env.Name == "prod" && test.want != "") {
					t.Errorf("%s: %s has the problems %v", name, env.Name, env.Problems)
				}
			}
		}
	}
}

// spare is another good key.
func spare(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key(t, 9).PublicKey())))
}

// rsaKey is a public key of a size; nobody can sign with it.
func rsaKey(t *testing.T, bits uint) string {
	t.Helper()
	modulus := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), bits-1), big.NewInt(1))
	public, err := ssh.NewPublicKey(&rsa.PublicKey{N: modulus, E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))
}

// dsaKey is a public key of a type that nobody should use.
func dsaKey() string {
	number := func(bits uint) []byte { return new(big.Int).Lsh(big.NewInt(1), bits-1).Bytes() }
	return encodedKey("ssh-dss", number(1024), number(160), number(1000), number(1000))
}

// encodedKey writes a key as a .pub file has it, of numbers or bytes.
func encodedKey(kind string, parts ...[]byte) string {
	blob := ssh.Marshal(struct{ Kind string }{kind})
	for _, part := range parts {
		if kind == "ssh-dss" {
			blob = append(blob, ssh.Marshal(struct{ N *big.Int }{new(big.Int).SetBytes(part)})...)
		} else {
			blob = append(blob, ssh.Marshal(struct{ B []byte }{part})...)
		}
	}
	return kind + " " + base64.StdEncoding.EncodeToString(blob)
}
