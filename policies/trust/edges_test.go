package trust

import (
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

func TestAnObjectMayBeAsLargeAsTheLimitAndNoLarger(t *testing.T) {
	fill := strings.Repeat("x", largestObject-len(plain))
	if _, err := ParseCommit([]byte(plain + fill)); err != nil {
		t.Error(err)
	}
	if _, err := ParseCommit([]byte(plain + fill + "x")); rule(t, err) != "AmbiguousObject" {
		t.Errorf("one byte more: %v", err)
	}
}

func TestANULIsRefusedInTheFirstByteToo(t *testing.T) {
	want := "the commit object, line 1: there is a NUL byte, behind which git shows nothing; "
	if _, err := ParseCommit([]byte("\x00" + plain)); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Error(err)
	}
}

func TestTheNamesOfHeadersHaveAllLettersOfTheAlphabet(t *testing.T) {
	for _, name := range []string{"azAZ-", "A", "Z", "a", "z", "a0:9_"} {
		if _, err := ParseCommit([]byte(with(name + " x\n"))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"0a", "-a", "a.b", "a[", "a`", "a{", "a@", "ä"} {
		if _, err := ParseCommit([]byte(with(name + " x\n"))); rule(t, err) != "AmbiguousObject" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASignatureMayBeAsLargeAsTheLimitAndNoLarger(t *testing.T) {
	armored := sign(t, key(t, 1), "git", "m")
	fill := strings.Repeat("\n", largestSignature-len(armored))
	trusted := signers(t, "alice@example.com "+public(key(t, 1)))
	if _, err := trusted.Verify([]byte("m"), append(armored, fill...), "git", now); err != nil {
		t.Error(err)
	}
	if _, err := trusted.Verify([]byte("m"), append(armored, fill+"\n"...), "git", now); rule(t, err) != "MalformedSignature" {
		t.Errorf("one byte more: %v", err)
	}
}

func TestASubkeyThatSignsHasToBeStrong(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	for bits, want := range map[int]string{1024: "the RSA key has 1024 bits, and at least 2048 are needed", 2048: ""} {
		entity, config := pgpKey(t, 0), pgpConfig(born)
		config.Algorithm, config.RSABits = packet.PubKeyAlgoRSA, bits
		if err := entity.AddSigningSubkey(config); err != nil {
			t.Fatal(err)
		}
		k, problems := ParseKeyring("k.asc", []byte(exported(t, entity)))
		if (k == nil) != (want != "") || !strings.Contains(problems.Error(), want) {
			t.Errorf("%d bits: %v", bits, problems)
		}
	}
	config := pgpConfig(born)
	config.Algorithm, config.RSABits = packet.PubKeyAlgoRSA, smallestRSA
	entity, err := openpgp.NewEntity("R", "", "r@example.com", config)
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := ParseKeyring("k.asc", []byte(exported(t, entity))); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestEveryBrokenBlockOfAKeyringIsTold(t *testing.T) {
	broken := beginPGPKey + "\n\nAAAA\n" + endPGPKey + "\n"
	_, problems := ParseKeyring("k.asc", []byte(broken+exported(t, pgpKey(t, 0))+broken))
	if len(problems) != 2 || problems[0].Line == problems[1].Line {
		t.Error(problems)
	}
}

func TestQuotedPrincipalsEndWithTheirQuote(t *testing.T) {
	line := public(key(t, 1))
	for text, readable := range map[string]bool{
		`"alice@example.com" ` + line: true, "\"alice@example.com\"\t" + line: true,
		`"alice@example.com"` + line: false, `"alice@example.com",bob ` + line: false, `"alice@example.com ` + line: false,
	} {
		if _, problems := ParseSigners("s", []byte(text+"\n")); (len(problems) == 0) != readable {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

func TestAPatternMayBeAsLongAsTheLimitAndNoLonger(t *testing.T) {
	for length, rules := range map[int]string{longestPattern: "", longestPattern + 1: InvalidPrincipals} {
		got := ""
		if _, problems := ParseSigners("s", []byte(strings.Repeat("a", length)+" "+public(key(t, 1))+"\n")); len(problems) > 0 {
			got = problems[0].Rule
		}
		if got != rules {
			t.Errorf("%d bytes: %q", length, got)
		}
	}
}

func TestACommitIsMadeBetween1970AndTheYear9999(t *testing.T) {
	for seconds, good := range map[string]bool{"0": true, "253402300799": true, "253402300800": false, "-1": false} {
		_, err := ParseCommit([]byte(strings.Replace(plain, "1787659200", seconds, 1)))
		if (err == nil) != good {
			t.Errorf("%s: %v", seconds, err)
		}
	}
}
