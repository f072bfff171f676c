package trust

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// badSigners says what is wrong with each file under testdata/bad, word by word.
var badSigners = map[string]string{
	"authorized_keys":            "signers:2: the line begins with a key, and does not say whose it is; " + lineMend,
	"bom":                        "signers:1: the file begins with a byte order mark, which would become part of the first principal; save it as UTF-8 without a BOM",
	"certificate":                "signers:1: a certificate is listed in place of a key; list the key of its authority, with the option cert-authority",
	"cr_hides":                   `signers:1: the line has the control character '\r', which can hide what it says`,
	"dsa":                        "signers:1: DSA keys are not accepted; make a new key with ssh-keygen -t ed25519",
	"empty_principal":            `signers:1: the principals: "alice@example.com,,bob@example.com" has an empty pattern; ` + lineMend,
	"escape":                     `signers:2: the line has the control character '\x1b', which can hide what it says`,
	"flag_with_value":            "signers:1: the option cert-authority takes no value; " + optionsMend,
	"key_cut":                    "signers:1: the key cannot be read: ssh: short read; copy the line of the .pub file as it is",
	"key_missing":                "signers:1: there is no key after ssh-ed25519; " + lineMend,
	"key_not_base64":             "signers:1: the key is not in base64; copy the line of the .pub file as it is",
	"key_of_other_type":          "signers:1: the line says ssh-rsa, and its key is ssh-ed25519; copy the line of the .pub file as it is",
	"long_pattern":               "signers:1: the principals: a pattern is 256 bytes long, and at most 255 are allowed; " + lineMend,
	"namespace_empty":            `signers:1: the namespaces: "" has an empty pattern; ` + optionsMend,
	"no_key":                     `signers:1: there is no key after "alice@example.com"; ` + lineMend,
	"no_key_after_options":       `signers:1: "namespaces=\"git\"" is no key type, and no key follows it; ` + lineMend,
	"not_utf8":                   "signers:1: the line is not UTF-8",
	"only_negated":               `signers:1: the principals: "!bob@example.com" only excludes, and so matches nothing; ` + lineMend,
	"option_not_quoted":          "signers:1: the value of namespaces is not quoted; " + optionsMend,
	"option_quote_open":          `signers:1: a quote in the options is never closed; write namespaces="git"`,
	"option_trailing_comma":      "signers:1: the options have a comma too many; " + optionsMend,
	"option_twice":               "signers:1: the option namespaces is said twice; " + optionsMend,
	"option_without_comma":       `signers:1: after the option namespaces comes "cert-authority" and not a comma; ` + optionsMend,
	"option_without_value":       "signers:1: the option namespaces needs a value; " + optionsMend,
	"quote_in_the_middle":        "signers:1: the principals are not quoted as a whole; " + lineMend,
	"quote_never_closed":         "signers:1: the principals are not quoted as a whole; " + lineMend,
	"rsa_1024":                   "signers:1: the RSA key has 1024 bits, and at least 2048 are needed; make a new key with ssh-keygen -t ed25519",
	"space_in_quotes":            `signers:1: the principals: the pattern " bob@example.com" begins or ends with a space, which would have to match too; ` + lineMend,
	"time_1970":                  `signers:1: valid-before is "19700101Z", which is no day after 1970 in the calendar; ` + optionsMend,
	"time_bad_format":            `signers:1: valid-before is "2026-02-28", which is no timestamp; ` + optionsMend,
	"time_equal":                 "signers:1: the key is never valid: valid-before is not later than valid-after; " + optionsMend,
	"time_never":                 "signers:1: the key is never valid: valid-before is not later than valid-after; " + optionsMend,
	"time_no_such_day":           `signers:1: valid-before is "20260231Z", which is no day after 1970 in the calendar; ` + optionsMend,
	"two_lines_wrong":            `signers:1: there is no key after "alice@example.com"; ` + lineMend + "\n" + "signers:4: the key cannot be read: ssh: short read; copy the line of the .pub file as it is",
	"unknown_option":             `signers:1: "no-touch-required" is neither an option of a signer nor a type of key; ` + optionsMend,
	"unknown_type":               `signers:1: "ssh-ed448" is neither an option of a signer nor a type of key; ` + optionsMend,
	"unknown_type_after_options": `signers:1: "ssh-ed448" is no type of SSH key; use one of ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com`,
}

func TestEveryMistakeInATrustFileIsExplained(t *testing.T) {
	files, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(badSigners) {
		t.Errorf("%d files, and %d messages", len(files), len(badSigners))
	}
	for _, file := range files {
		got, problems := ParseSigners("signers", read(t, "bad", file.Name()))
		if diff := cmp.Diff(badSigners[file.Name()], problems.Error()); diff != "" {
			t.Errorf("%s:\n%s", file.Name(), diff)
		}
		if got != nil {
			t.Errorf("%s: keys were returned, of a file with a mistake", file.Name())
		}
		for _, p := range problems {
			if p.Rule == "" || p.Message == "" || p.File != "signers" || p.Line < 1 {
				t.Errorf("%s: the problem has no rule, message or place: %#v", file.Name(), p)
			}
		}
	}
}

func TestATrustFileIsReadAsOpenSSHReadsIt(t *testing.T) {
	alice, bob := public(key(t, 1)), public(key(t, 2))
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"nothing":           {"", 0},
		"comments":          {"# a\n\n   \t\n  # b\n", 0},
		"no last newline":   {"a@x " + alice, 1},
		"Windows lines":     {"a@x " + alice + "\r\nb@x " + bob + "\r\n", 2},
		"tabs":              {"\ta@x\tcert-authority\t" + strings.Replace(alice, " ", "\t", 1) + "\n", 1},
		"a comment":         {"a@x " + alice + " Alice's key, \"quoted\"\n", 1},
		"quoted principals": {"\"a@x,Alice Smith\" " + alice + "\n", 1},
		"all options":       {`a@x Cert-Authority,NAMESPACES="git,file*,!filed",valid-after="20240229Z",valid-before="202601020304Z" ` + alice, 1},
		"a quote in quotes": {`a@x namespaces="g\"t,git" ` + alice, 1},
		"a key twice":       {"a@x " + alice + "\nb@x " + alice + "\n", 2},
	} {
		if got := signers(t, test.text).Len(); got != test.want {
			t.Errorf("%s: %d keys, want %d", name, got, test.want)
		}
	}
}

func TestTimesAreReadToTheSecondInUTC(t *testing.T) {
	for text, want := range map[string]string{
		"20240229":        "2024-02-29T00:00:00Z",
		"20240229Z":       "2024-02-29T00:00:00Z",
		"202402291504Z":   "2024-02-29T15:04:00Z",
		"20240229150405Z": "2024-02-29T15:04:05Z",
		"99991231235959":  "9999-12-31T23:59:59Z",
	} {
		got, err := parseTimestamp("valid-after", text)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s is %v (%v), want %s", text, got, err, want)
		}
	}
}

func TestATrustFileIsBounded(t *testing.T) {
	line := "a@x " + public(key(t, 1)) + "\n"
	for name, test := range map[string]struct{ text, want string }{
		"bytes": {strings.Repeat("# comment\n", 1<<17), "signers: the trust file has 1310720 bytes, and at most 1048576 are allowed"},
		"line":  {"# " + strings.Repeat("x", 1<<14) + "\n", "signers:1: the line has 16387 bytes, and at most 16384 are allowed"},
		"keys": {strings.Repeat(line, mostKeys+2), "signers:4097: a trust file lists at most 4096 keys; " +
			"list a certificate authority (cert-authority) instead of each key"},
	} {
		got, problems := ParseSigners("signers", []byte(test.text))
		if got != nil || problems.Error() != test.want {
			t.Errorf("%s: %v, want %s", name, problems, test.want)
		}
	}
	if got := signers(t, strings.Repeat(line, mostKeys)).Len(); got != mostKeys {
		t.Errorf("%d keys", got)
	}
}

func TestTheDigestIsOfTheFileAsItIs(t *testing.T) {
	s := signers(t, "# nobody\n")
	if want := "sha256:935796ba9a9a7ce044e9c04a86e0f2c1b88308b8e3af367f2b9df7362baa404c"; s.Digest() != want {
		t.Errorf("%s, want %s", s.Digest(), want)
	}
	if s.Digest() != Digest([]byte("# nobody\n")) || s.Digest() == Digest([]byte("# nobody")) {
		t.Error("the digest is not of the raw bytes")
	}
}

func TestNoTrustFileTrustsNobody(t *testing.T) {
	var none *Signers
	_, err := none.Verify([]byte("m"), sign(t, key(t, 1), "git", "m"), "git", now)
	if got := rule(t, err); got != "UnknownKey" || none.Len() != 0 || none.Digest() != "" {
		t.Errorf("%s: %v", got, err)
	}
	if want := fmt.Sprintf("the trust file lists no key %s (ssh-ed25519); sign with a key that is listed, or have this one added", fingerprint(key(t, 1))); err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
