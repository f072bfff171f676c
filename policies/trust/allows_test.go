package trust

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
)

func TestAllowsSaysBeforehandWhatVerifyWillSay(t *testing.T) {
	alice, bob, authority := key(t, 1), key(t, 2), key(t, 9)
	trusted := signers(t, "alice@example.com,alice "+public(alice)+"\n*@ops.example.com "+public(alice)+
		"\nbob@example.com namespaces=\"file\" "+public(bob)+"\n*@example.com cert-authority "+public(authority))
	for name, test := range map[string]struct {
		signers *Signers
		signer  ssh.Signer
		want    []string
		rule    string
	}{
		"a key":             {trusted, alice, []string{"alice", "alice@example.com", "*@ops.example.com"}, ""},
		"a certificate":     {trusted, issue(t, authority, key(t, 3), nil), []string{"alice@example.com"}, ""},
		"another namespace": {trusted, bob, nil, "NamespaceNotAllowed"},
		"a stranger":        {trusted, key(t, 3), nil, "UnknownKey"},
		"nobody is trusted": {nil, alice, nil, "UnknownKey"},
	} {
		got, err := test.signers.Allows(test.signer.PublicKey(), "git", now)
		if diff := cmp.Diff(test.want, got); diff != "" || rule(t, err) != test.rule {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
		_, verified := test.signers.Verify([]byte("m"), sign(t, test.signer, "git", "m"), "git", now)
		if diff := cmp.Diff(err, verified); diff != "" {
			t.Errorf("%s: Verify says something else:\n%s", name, diff)
		}
	}
}

func TestAWeakKeyIsRefusedBeforeAnybodySigns(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	want := "the signature is too weak: the RSA key has 1024 bits, and at least 2048 are needed; sign with an ed25519 key"
	if err := CheckKey(weak.PublicKey()); rule(t, err) != "WeakSignature" || err.Error() != want {
		t.Errorf("%v", err)
	}
	if _, err := (*Signers)(nil).Allows(weak.PublicKey(), "git", now); rule(t, err) != "WeakSignature" {
		t.Errorf("%v", err)
	}
	if err := CheckKey(key(t, 1).PublicKey()); err != nil {
		t.Error(err)
	}
}
