package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// verify judges a good signature of "m" by a key for git.
func verify(t *testing.T, trusted string, signer ssh.Signer, at time.Time) (Identity, error) {
	t.Helper()
	return signers(t, trusted).Verify([]byte("m"), sign(t, signer, "git", "m"), "git", at)
}

func TestASignatureTellsWhoseItIs(t *testing.T) {
	alice := key(t, 1)
	got, err := verify(t, strings.ReplaceAll(`
alice@example.com,alice,carol,!carol KEY
bob@example.com namespaces="file" KEY
carol@example.com valid-before="20260101Z" KEY
*@ops.example.com,!root@ops.example.com namespaces="g?t,x" KEY
`, "KEY", public(alice)), alice, now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alice", "alice@example.com"}, got.Principals); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"*@ops.example.com"}, got.Patterns); diff != "" {
		t.Error(diff)
	}
	if got.Kind != SSH || got.Fingerprint != fingerprint(alice) || got.KeyType != "ssh-ed25519" || got.Certificate != nil {
		t.Errorf("%+v", got)
	}
	for name, want := range map[string]bool{
		"alice": true, "alice@example.com": true, "x@ops.example.com": true,
		"root@ops.example.com": false, // excluded
		"bob@example.com":      false, // another namespace
		"carol@example.com":    false, // expired
		"Alice":                false, "": false,
	} {
		if got.Is(name) != want {
			t.Errorf("it is %q: %t, want %t", name, !want, want)
		}
	}
}

func TestNobodyIsTheZeroIdentity(t *testing.T) {
	if (Identity{}).Is("") || (Identity{Principals: []string{"a"}}).Is("a") {
		t.Error("an identity that nothing was verified for is somebody")
	}
}

func TestEveryRefusalOfASignatureSaysWhyAndWhatToDo(t *testing.T) {
	alice, bob := key(t, 1), key(t, 2)
	line := "alice@example.com OPTIONS " + public(alice)
	a, b := fingerprint(alice), fingerprint(bob)
	for _, test := range []struct {
		name, options string
		signature     []byte
		rule, want    string
	}{
		{"unknown key", "", sign(t, bob, "git", "m"), "UnknownKey",
			"trust/allowed_signers lists no key " + b + " (ssh-ed25519); sign with a key that is listed, or have this one added"},
		{"an authority is no signer", "cert-authority", sign(t, alice, "git", "m"), "UnknownKey",
			"trust/allowed_signers lists no key " + a + " (ssh-ed25519); sign with a key that is listed, or have this one added"},
		{"signature for another namespace", "", sign(t, alice, "file", "m"), "WrongNamespace",
			`the signature was made for the namespace "file", and counts for nothing in "git"; sign with ssh-keygen -Y sign -n git`},
		{"key for other namespaces", `namespaces="file,e*"`, sign(t, alice, "git", "m"), "NamespaceNotAllowed",
			"trust/allowed_signers:1 allows the key " + a + ` for namespaces="file,e*" and not for "git"; sign with another key, or have the line changed`},
		{"not yet", `valid-after="20260825120001Z"`, sign(t, alice, "git", "m"), "NotYetValid",
			"the key " + a + " at trust/allowed_signers:1 is valid from 2026-08-25 12:00:01 UTC on, and this is judged as of 2026-08-25 12:00:00 UTC; wait, or sign with another key"},
		{"no more", `valid-before="20260825Z"`, sign(t, alice, "git", "m"), "Expired",
			"the key " + a + " at trust/allowed_signers:1 was valid until 2026-08-25, and this is judged as of 2026-08-25 12:00:00 UTC; sign with a key that is valid, or have its time extended"},
		{"other bytes", "", sign(t, alice, "git", "M"), "BadSignature",
			"the signature by " + a + " is not for these bytes: they were changed after they were signed; do not trust them, and have them signed anew"},
	} {
		_, err := signers(t, strings.Replace(line, " OPTIONS", strings.TrimRight(" "+test.options, " "), 1)).Verify([]byte("m"), test.signature, "git", now)
		if got := rule(t, err); got != test.rule || err.Error() != test.want {
			t.Errorf("%s: %s: %v\nwant %s: %s", test.name, got, err, test.rule, test.want)
		}
	}
}

func TestALineIsValidFromItsFirstToItsLastSecond(t *testing.T) {
	alice := key(t, 1)
	line := `a valid-after="20260101000000Z",valid-before="20260201000000Z" ` + public(alice)
	first, last := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]string{
		first.Add(-1): "NotYetValid", first: "", last: "", last.Add(time.Second - 1): "", last.Add(time.Second): "Expired",
		first.In(time.FixedZone("", 9*3600)): "", {}: "NotYetValid",
	} {
		if _, err := verify(t, line, alice, at); rule(t, err) != want {
			t.Errorf("at %s: %v, want %q", at, err, want)
		}
	}
}

func TestTheNearestMissIsReported(t *testing.T) {
	alice := key(t, 1)
	lines := []string{`a namespaces="file" ` + public(alice), `b valid-before="20260101Z" ` + public(alice)}
	for _, text := range []string{lines[0] + "\n" + lines[1], lines[1] + "\n" + lines[0]} {
		if _, err := verify(t, text, alice, now); rule(t, err) != "Expired" {
			t.Errorf("%v, want that the key has expired", err)
		}
	}
}

func TestASignatureThatCouldBeReadInTwoWaysIsRefused(t *testing.T) {
	alice := key(t, 1)
	good := string(sign(t, alice, "git", "m"))
	body := strings.TrimSuffix(strings.TrimPrefix(good, beginSSH+"\n"), endSSH+"\n")
	for name, test := range map[string]struct{ text, want string }{
		"empty":                    {"", "it does not end with " + endSSH},
		"garbage before":           {"x\n" + good, "it does not begin with " + beginSSH},
		"garbage behind":           {good + "x\n", "something follows after " + endSSH},
		"two":                      {good + good, "something follows after " + endSSH},
		"one in the other":         {beginSSH + "\n" + good, "there is more than one block in it"},
		"no end":                   {beginSSH + "\n" + body, "it does not end with " + endSSH},
		"not base64":               {beginSSH + "\n!" + body + endSSH + "\n", "it is not in base64"},
		"a PEM header":             {beginSSH + "\nComment: x\n\n" + body + endSSH + "\n", "it is not in base64"},
		"nothing in it":            {beginSSH + "\n" + endSSH + "\n", "ssh: parse error in message type 0"},
		"bytes behind":             {beginSSH + "\n" + strings.TrimRight(body, "=\n") + "\nAAAA\n" + endSSH + "\n", ""},
		"larger than need be":      {beginSSH + "\n" + strings.Repeat(body, 300) + endSSH + "\n", "it is larger than any signature has to be"},
		"an OpenPGP signature":     {beginPGP + "\n" + body + endPGP, "it does not begin with " + beginSSH},
		"more after the key's R,S": {string(reseal(t, alice, func(s *sshsig.Signature) { s.Signature.Rest = []byte{0} })), "something follows after the signature"},
	} {
		_, err := signers(t, "a "+public(alice)).Verify([]byte("m"), []byte(test.text), "git", now)
		if got := rule(t, err); got != "MalformedSignature" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %s: %v, want %q", name, got, err, test.want)
		}
	}
	for _, ok := range []string{good + "\n \n", strings.ReplaceAll(good, "\n", "\r\n"), strings.TrimRight(good, "\n")} {
		if _, err := signers(t, "a "+public(alice)).Verify([]byte("m"), []byte(ok), "git", now); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
}

// reseal makes a good signature of "m" and changes it.
func reseal(t *testing.T, signer ssh.Signer, change func(*sshsig.Signature)) []byte {
	t.Helper()
	signature, err := sshsig.Sign(strings.NewReader("m"), signer, sshsig.HashSHA256, "git")
	if err != nil {
		t.Fatal(err)
	}
	change(signature)
	return sshsig.Armor(signature)
}

func TestKeysOfEveryStrongTypeCanSign(t *testing.T) {
	for name, private := range strongKeys(t) {
		signer, err := ssh.NewSignerFromKey(private)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := verify(t, "a "+public(signer), signer, now); err != nil || got.KeyType != name {
			t.Errorf("%s: %s %v", name, got.KeyType, err)
		}
	}
}

func strongKeys(t *testing.T) map[string]any {
	keys := map[string]any{}
	for name, curve := range map[string]elliptic.Curve{
		ssh.KeyAlgoECDSA256: elliptic.P256(), ssh.KeyAlgoECDSA384: elliptic.P384(), ssh.KeyAlgoECDSA521: elliptic.P521(),
	} {
		private, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = private
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys[ssh.KeyAlgoRSA] = private
	return keys
}

func TestSHA1IsRefusedAlsoInACertificate(t *testing.T) {
	holder, err := ssh.NewSignerFromKey(strongKeys(t)[ssh.KeyAlgoRSA])
	if err != nil {
		t.Fatal(err)
	}
	authority := key(t, 9)
	certified := issue(t, authority, holder, nil)
	trusted := signers(t, "a "+public(holder)+"\n* cert-authority "+public(authority))
	// With a certificate, the library signs with SHA-1 where with a key it does not.
	bad := reseal(t, certified, func(*sshsig.Signature) {})
	if _, err := trusted.Verify([]byte("m"), bad, "git", now); rule(t, err) != "WeakSignature" {
		t.Error(err)
	}
	good := reseal(t, holder, func(s *sshsig.Signature) { s.PublicKey = certified.PublicKey() })
	if _, err := trusted.Verify([]byte("m"), good, "git", now); err != nil {
		t.Error(err)
	}
	bad = reseal(t, holder, func(s *sshsig.Signature) { s.Signature.Format = ssh.KeyAlgoRSA })
	if _, err := trusted.Verify([]byte("m"), bad, "git", now); rule(t, err) != "MalformedSignature" {
		t.Error(err)
	}
}

func TestAWeakKeyInACertificateIsRefused(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	holder, err := ssh.NewSignerFromKey(weak)
	if err != nil {
		t.Fatal(err)
	}
	authority := key(t, 9)
	_, err = verify(t, "* cert-authority "+public(authority), issue(t, authority, holder, nil), now)
	if want := "the signature is too weak: the RSA key has 1024 bits, and at least 2048 are needed; sign with an ed25519 key"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestASecurityKeyMustBeTouched(t *testing.T) {
	device := newSecurityKey(t)
	trusted := signers(t, "a "+strings.TrimSpace(string(ssh.MarshalAuthorizedKey(device.PublicKey()))))
	for flags, want := range map[byte]string{1: "", 5: "", 0: "BadSignature", 4: "BadSignature"} {
		device.flags = flags
		got, err := trusted.Verify([]byte("m"), sign(t, device, "git", "m"), "git", now)
		if rule(t, err) != want || want == "" && got.KeyType != ssh.KeyAlgoSKED25519 {
			t.Errorf("flags %d: %v, want %q", flags, err, want)
		}
	}
}

func TestKeysAreSafeToShare(t *testing.T) {
	alice, entity := key(t, 1), pgpKey(t, 0)
	trusted := Keys{Signers: signers(t, "a,b "+public(alice)), OpenPGP: keyring(t, exported(t, entity))}
	signatures := [][]byte{sign(t, alice, "git", "m"), pgpSign(t, entity, pgpConfig(born))}
	done := make(chan error)
	for i := range 8 {
		go func() {
			_, err := trusted.verify([]byte("m"), signatures[i%2], now.Add(time.Duration(i)*time.Hour))
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func ExampleSigners_Verify() {
	trusted, problems := ParseSigners("trust/allowed_signers", []byte(
		"alice@example.com namespaces=\"git\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\n"))
	fmt.Println(trusted.Len(), problems.Err())
	_, err := trusted.Verify([]byte("hello"), []byte("hello"), "git", time.Now())
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// the signature cannot be read: it does not begin with -----BEGIN SSH SIGNATURE-----; sign again with ssh-keygen, git or gpg
}
