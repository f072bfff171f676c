package trust

import (
	"strings"
	"testing"
)

const plainTag = "object " + hashA + "\ntype commit\ntag v1.0\ntagger Alice <alice@example.com> 1787659200 +0000\n\nRelease one\n\nFor all.\n"

func TestATagIsReadAndVerified(t *testing.T) {
	trusted := Keys{Signers: signers(t, "alice@example.com "+public(key(t, 1))+"\nbob@example.com "+public(key(t, 2)))}
	for seed, isTagger := range map[byte]bool{1: true, 2: false} {
		tag, err := ParseTag([]byte(plainTag + string(sign(t, key(t, seed), GitNamespace, plainTag))))
		if err != nil {
			t.Fatal(err)
		}
		if tag.Object != hashA || tag.Type != "commit" || tag.Name != "v1.0" || tag.Tagger.Email != "alice@example.com" ||
			tag.Subject != "Release one" || tag.Body != "For all." || string(tag.Payload()) != plainTag {
			t.Errorf("%+v", tag)
		}
		got, err := tag.Verify(trusted, now)
		if err != nil || got.IsAuthor != isTagger || got.IsCommitter != isTagger {
			t.Errorf("%+v, %v", got, err)
		}
	}
	unsigned, err := ParseTag([]byte(plainTag))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unsigned.Verify(trusted, now); rule(t, err) != "Unsigned" {
		t.Error(err)
	}
}

func TestAnAmbiguousTagIsRefused(t *testing.T) {
	armored := string(sign(t, key(t, 1), GitNamespace, plainTag))
	for name, test := range map[string]struct{ text, want string }{
		"two signatures":   {plainTag + armored + armored, "the tag object: two signatures begin in its message"},
		"an older kind":    {plainTag + "-----BEGIN PGP MESSAGE-----\n" + armored, "the tag object: two signatures begin in its message"},
		"two objects":      {"object " + hashB + "\n" + plainTag, `line 2: there is "object" where the header "type" belongs`},
		"no tagger":        {strings.Replace(plainTag, "tagger Alice <alice@example.com> 1787659200 +0000\n", "", 1), `line 4: the headers end where the header "tagger" belongs`},
		"more headers":     {strings.Replace(plainTag, "\n\n", "\ngpgsig-sha256 x\n\n", 1), "line 5: there is a header after the tagger"},
		"of what?":         {strings.Replace(plainTag, "type commit", "type release", 1), `line 2: "release" is no type of object`},
		"NUL":              {plainTag + "\x00", "NUL"},
		"tag of no object": {strings.Replace(plainTag, hashA, "HEAD", 1), `line 1: object is "HEAD"`},
	} {
		if _, err := ParseTag([]byte(test.text)); rule(t, err) != "AmbiguousObject" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}
