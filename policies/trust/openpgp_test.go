package trust

import (
	"bytes"
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"
)

// born is when the OpenPGP keys of the tests were made.
var born = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// pgpConfig makes keys and signatures at a time.
func pgpConfig(at time.Time) *packet.Config {
	return &packet.Config{Time: func() time.Time { return at }, Algorithm: packet.PubKeyAlgoEdDSA}
}

// pgpKey makes Alice's key; a lifetime of 0 is for ever.
func pgpKey(t testing.TB, lifetime time.Duration) *openpgp.Entity {
	t.Helper()
	config := pgpConfig(born)
	config.KeyLifetimeSecs = uint32(lifetime.Seconds())
	entity, err := openpgp.NewEntity("Alice", "", "alice@example.com", config)
	if err != nil {
		t.Fatal(err)
	}
	return entity
}

// exported is a keyring file with the public half.
func exported(t testing.TB, entity *openpgp.Entity) string {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := entity.Serialize(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\n"
}

// pgpSign signs "m" at a time.
func pgpSign(t testing.TB, entity *openpgp.Entity, config *packet.Config) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&b, entity, strings.NewReader("m"), config); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnOpenPGPSignatureTellsWhoseItIs(t *testing.T) {
	entity := pgpKey(t, 0)
	for _, id := range [][3]string{{"Alice", "at home", "alice@home.org"}, {"", "", "bare@example.com"}, {"No address", "", ""}} {
		if err := entity.AddUserId(id[0], id[1], id[2], pgpConfig(born)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := keyring(t, exported(t, entity)).Verify([]byte("m"), pgpSign(t, entity, pgpConfig(born)), now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alice@example.com", "alice@home.org", "bare@example.com"}, got.Principals); diff != "" {
		t.Error(diff)
	}
	if got.Kind != OpenPGP || got.KeyType != "ed25519" || got.Fingerprint != fingerprintHex(entity.PrimaryKey.Fingerprint) || len(got.Fingerprint) != 40 {
		t.Errorf("%+v", got)
	}
	if !got.Is("alice@home.org") || got.Is("Alice@home.org") || got.Is("") {
		t.Error("it is not who it is")
	}
}

func TestARevokedUserIDNamesNobody(t *testing.T) {
	entity := pgpKey(t, 0)
	if err := entity.AddUserId("Alice", "", "alice@left.org", pgpConfig(born)); err != nil {
		t.Fatal(err)
	}
	left := entity.Identities["Alice <alice@left.org>"]
	unprimary := false
	left.SelfSignature.IsPrimaryId = &unprimary
	revocation := &packet.Signature{Version: 4, SigType: packet.SigTypeCertificationRevocation, PubKeyAlgo: entity.PrimaryKey.PubKeyAlgo,
		Hash: crypto.SHA256, CreationTime: born.Add(time.Hour), IssuerKeyId: &entity.PrimaryKey.KeyId}
	if err := revocation.SignUserId(left.Name, entity.PrimaryKey, entity.PrivateKey, pgpConfig(born.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	left.Signatures = append(left.Signatures, revocation)
	trusted, armored := keyring(t, exported(t, entity)), pgpSign(t, entity, pgpConfig(born))
	got, err := trusted.Verify([]byte("m"), armored, now)
	if err != nil || got.Is("alice@left.org") || !got.Is("alice@example.com") {
		t.Errorf("%v, %v", got.Principals, err)
	}
}

func TestAUserIDWithTwoAddressesNamesNobody(t *testing.T) {
	for id, want := range map[string]string{
		"Alice <alice@x>": "alice@x", "Alice (a) <alice@x>": "alice@x", "alice@x": "alice@x", "<alice@x>": "alice@x",
		"Eve <eve@x> <alice@x>": "", "Eve <eve@x": "", "Eve <<alice@x>": "", "alice@x>": "", "Alice": "", "Eve alice@x": "", "Eve < alice@x>": "",
	} {
		if got := addressOf(id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

func TestAnOpenPGPKeyIsJudgedAtTheTimeHandedIn(t *testing.T) {
	entity := pgpKey(t, 24*time.Hour)
	trusted, armored := keyring(t, exported(t, entity)), pgpSign(t, entity, pgpConfig(born.Add(time.Hour)))
	id := fingerprintHex(entity.PrimaryKey.Fingerprint)
	for at, want := range map[time.Time]string{
		born.Add(-time.Second):       "the key " + id + " in trust/keyring.asc is valid from 2026-01-01 on",
		born.Add(time.Minute):        "the signature is valid from 2026-01-01 01:00:00 UTC on",
		born.Add(2 * time.Hour):      "",
		born.Add(24*time.Hour + 1e9): "the key " + id + " in trust/keyring.asc was valid until 2026-01-02, and this is judged as of 2026-01-02 00:00:01 UTC",
		now:                          "the key " + id + " in trust/keyring.asc was valid until 2026-01-02",
		{}:                           "is valid from 2026-01-01 on",
	} {
		_, err := trusted.Verify([]byte("m"), armored, at)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("at %s: %v, want %s", at, err, want)
		}
	}
}

func TestAKeyThatLivesLongerStillVerifiesWhatItSignedBefore(t *testing.T) {
	entity := pgpKey(t, 24*time.Hour)
	old := pgpSign(t, entity, pgpConfig(born.Add(time.Hour)))
	renewed := pgpConfig(born.Add(12 * time.Hour))
	for _, identity := range entity.Identities {
		signature := *identity.SelfSignature
		signature.CreationTime = renewed.Now()
		lifetime := uint32(365 * 24 * 3600)
		signature.KeyLifetimeSecs = &lifetime
		if err := signature.SignUserId(identity.UserId.Id, entity.PrimaryKey, entity.PrivateKey, renewed); err != nil {
			t.Fatal(err)
		}
		identity.Signatures = append(identity.Signatures, &signature)
	}
	trusted := keyring(t, exported(t, entity))
	for _, at := range []time.Time{born.Add(2 * time.Hour), born.Add(13 * time.Hour), now} {
		if _, err := trusted.Verify([]byte("m"), old, at); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
	if _, err := trusted.Verify([]byte("m"), old, born.Add(400*24*time.Hour)); rule(t, err) != "Expired" {
		t.Error(err)
	}
}

func TestARevokedKeyIsRefused(t *testing.T) {
	entity := pgpKey(t, 0)
	armored := pgpSign(t, entity, pgpConfig(born))
	if err := entity.RevokeKey(packet.KeyCompromised, "stolen", pgpConfig(born.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	_, err := keyring(t, exported(t, entity)).Verify([]byte("m"), armored, now)
	want := "the key " + fingerprintHex(entity.PrimaryKey.Fingerprint) + " in trust/keyring.asc was revoked by its owner; sign with another key"
	if rule(t, err) != "Revoked" || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestEveryRefusalOfAnOpenPGPSignature(t *testing.T) {
	alice, stranger := pgpKey(t, 0), pgpKey(t, 0)
	good := pgpSign(t, alice, pgpConfig(born))
	expiring := pgpConfig(born)
	expiring.SigLifetimeSecs = 60
	var text bytes.Buffer
	if err := openpgp.ArmoredDetachSignText(&text, alice, strings.NewReader("m"), pgpConfig(born)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		message    string
		armored    []byte
		rule, want string
	}{
		"unknown key":       {"m", pgpSign(t, stranger, pgpConfig(born)), "UnknownKey", "trust/keyring.asc lists no key " + fingerprintHex(stranger.PrimaryKey.Fingerprint) + " (OpenPGP ed25519)"},
		"other bytes":       {"M", good, "BadSignature", fingerprintHex(alice.PrimaryKey.Fingerprint)},
		"signature expired": {"m", pgpSign(t, alice, expiring), "Expired", "the signature by the key"},
		"no armor's body":   {"m", []byte(beginPGP + "\n\n!\n" + endPGP), "MalformedSignature", ""},
		"over text":         {"m", text.Bytes(), "UnsupportedSignature", "OpenPGP type 0x01, which is not over exact bytes"},
		"two blocks":        {"m", append(append([]byte{}, good...), append([]byte("\n"), good...)...), "MalformedSignature", "something follows"},
		"two packets":       {"m", repack(t, good, 2), "MalformedSignature", "it holds more than one signature"},
		"no packet":         {"m", repack(t, good, 0), "MalformedSignature", "EOF"},
		"a public key":      {"m", []byte(strings.ReplaceAll(strings.TrimSpace(exported(t, alice)), "PUBLIC KEY BLOCK", "SIGNATURE")), "MalformedSignature", "it holds something else than a signature"},
		"SSH":               {"m", []byte(beginSSH), "MalformedSignature", "it does not begin with " + beginPGP},
	} {
		_, err := keyring(t, exported(t, alice)).Verify([]byte(test.message), test.armored, now)
		if got := rule(t, err); got != test.rule || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %s: %v, want %s: %s", name, got, err, test.rule, test.want)
		}
	}
	if _, err := keyring(t, exported(t, alice)).Verify([]byte("m"), good, now); err != nil {
		t.Error(err)
	}
}

// repack writes the packets of a signature n times into one block.
func repack(t *testing.T, armored []byte, n int) []byte {
	t.Helper()
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil {
		t.Fatal(err)
	}
	var body, b bytes.Buffer
	if _, err := body.ReadFrom(block.Body); err != nil {
		t.Fatal(err)
	}
	w, err := armor.Encode(&b, openpgp.SignatureType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat(body.Bytes(), n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWeakHashesAreRefused(t *testing.T) {
	for hash, want := range map[crypto.Hash]bool{
		crypto.SHA256: true, crypto.SHA384: true, crypto.SHA512: true,
		crypto.SHA1: false, crypto.MD5: false, crypto.RIPEMD160: false, crypto.SHA224: false, 0: false,
	} {
		if strongHash(hash) != want {
			t.Errorf("%d: %t", hash, !want)
		}
	}
}

func TestEveryMistakeInAKeyringIsExplained(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	good := exported(t, pgpKey(t, 0))
	small := pgpConfig(born)
	small.Algorithm, small.RSABits = packet.PubKeyAlgoRSA, 1024
	weak, err := openpgp.NewEntity("W", "", "w@x", small)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"a private key":  {"# mine\n-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "k.asc:2: the line is in no block of public keys; " + keyringMend},
		"text":           {good + "alice\n", "the line is in no block of public keys; " + keyringMend},
		"no end":         {good + beginPGPKey + "\n\nAAAA\n", "the block of public keys never ends; " + keyringMend},
		"no keys":        {beginPGPKey + "\n\n=twTO\n" + endPGPKey + "\n", "k.asc:1: the OpenPGP key cannot be read: "},
		"garbage":        {beginPGPKey + "\n\nAAAA\n" + endPGPKey + "\n", "k.asc:1: the OpenPGP key cannot be read: "},
		"RSA, 1024 bits": {"\n" + exported(t, weak), "k.asc:2: the RSA key has 1024 bits, and at least 2048 are needed"},
		"an escape":      {good + "# \x1b[2K\n", "the line has the control character"},
		"very large":     {strings.Repeat("# comment\n", 1<<17), "k.asc: the trust file has 1310720 bytes"},
	} {
		k, problems := ParseKeyring("k.asc", []byte(test.text))
		if k != nil || !strings.Contains(problems.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, problems, test.want)
		}
	}
	two := keyring(t, "# Alice\n"+good+"\n# Bob\n"+exported(t, pgpKey(t, 0)))
	if two.Len() != 2 || two.Digest() == "" {
		t.Errorf("%d keys", two.Len())
	}
}

func TestNoKeyringTrustsNobody(t *testing.T) {
	var none *Keyring
	entity := pgpKey(t, 0)
	_, err := none.Verify([]byte("m"), pgpSign(t, entity, pgpConfig(born)), now)
	if rule(t, err) != "UnknownKey" || none.Len() != 0 || none.Digest() != "" {
		t.Error(err)
	}
}

func TestAPanicOfTheLibraryIsAnError(t *testing.T) {
	if err := guarded(func() error { panic("index out of range") }); err == nil {
		t.Error("there is no error")
	}
}
