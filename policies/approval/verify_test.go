package approval

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/policies/trust"
)

func TestAnApprovalTellsWhoseItIs(t *testing.T) {
	grace := key(t, 1)
	trusted := signers(t, "grace@example.com,grace "+public(grace))
	for name, file := range map[string]File{"unit": approve(t, grace, agreed), "rules": approve(t, grace, Statement{RulesUnit, agreed.Content, agreed.Expires})} {
		got, err := Verify(file, trusted, file.Unit, file.Content, now)
		if err != nil || !got.Is("grace@example.com") || got.Is("ada@example.com") || Principal(got) != "grace" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAnApprovalThatDoesNotCountSaysWhyAndWhatToDo(t *testing.T) {
	grace, eve := key(t, 1), key(t, 2)
	line := "grace@example.com OPTIONS " + public(grace)
	good := approve(t, grace, agreed)
	is := func(s Statement) File { return approve(t, grace, s) }
	edited := func(change func(*File)) File {
		f := good
		change(&f)
		return f
	}
	at := func(d time.Duration) Statement { return Statement{agreed.Unit, agreed.Content, now.Add(d)} }
	bad := "the signature by " + ssh.FingerprintSHA256(grace.PublicKey()) + " is not for these bytes: they were changed after they were signed; do not trust them, and have them signed anew"
	for _, test := range []struct {
		name, options, unit, content string
		file                         File
		rule, want                   string
	}{
		{"good", "", agreed.Unit, agreed.Content, good, "", ""},
		{"dev for prod", "", agreed.Unit, agreed.Content, is(Statement{"dev/llama-3-8b", agreed.Content, agreed.Expires}), "WrongUnit",
			"it approves dev/llama-3-8b and not prod/llama-3-8b; run penstock approve prod/llama-3-8b"},
		{"a unit for rules", "", "rules", agreed.Content, good, "WrongUnit", "it approves prod/llama-3-8b and not rules; run penstock approve rules"},
		{"rules for a unit", "", agreed.Unit, agreed.Content, is(Statement{RulesUnit, agreed.Content, agreed.Expires}), "WrongUnit",
			"it approves rules and not prod/llama-3-8b; run penstock approve prod/llama-3-8b"},
		{"other files", "", agreed.Unit, digest("b"), good, "ContentChanged",
			"it approves sha256:aaaaaaaaaaaa…, and the files are now sha256:bbbbbbbbbbbb…: a file that the unit reads has changed since; ask for approval again"},
		{"other rules", "", "rules", digest("b"), is(Statement{RulesUnit, agreed.Content, agreed.Expires}), "ContentChanged",
			"it approves sha256:aaaaaaaaaaaa…, and the files are now sha256:bbbbbbbbbbbb…: one of the rules has changed since; ask for approval again"},
		{"ends now", "", agreed.Unit, agreed.Content, is(at(0)), "ApprovalExpired",
			"it ended at 2026-08-25T12:00:00Z, and this is judged as of 2026-08-25T12:00:00Z; ask for approval again"},
		{"ends in a second", "", agreed.Unit, agreed.Content, is(at(time.Second)), "", ""},
		{"as long as can be", "", agreed.Unit, agreed.Content, is(at(MaxLifetime)), "", ""},
		{"as long as can be by another clock", "", agreed.Unit, agreed.Content, is(at(MaxLifetime + time.Hour)), "", ""},
		{"too long", "", agreed.Unit, agreed.Content, is(at(MaxLifetime + time.Hour + time.Second)), "LifetimeTooLong",
			"it ends at 2026-11-23T13:00:01Z, more than 90 days after 2026-08-25T12:00:00Z; approve for a shorter time"},
		{"edited unit", "", agreed.Unit, agreed.Content, edited(func(f *File) { f.Armored = is(Statement{"dev/llama-3-8b", f.Content, f.Expires}).Armored }), "BadSignature", bad},
		{"edited content", "", agreed.Unit, digest("b"), edited(func(f *File) { f.Content = digest("b") }), "BadSignature", bad},
		{"edited end", "", agreed.Unit, agreed.Content, edited(func(f *File) { f.Expires = f.Expires.Add(time.Second) }), "BadSignature", bad},
		{"rules with the signature of a unit", "", "rules", agreed.Content, edited(func(f *File) { f.Unit = "rules" }), "WrongNamespace",
			`the signature was made for the namespace "approval@penstock.dev", and counts for nothing in "rules@penstock.dev"; sign with ssh-keygen -Y sign -n rules@penstock.dev`},
		{"a commit's signature", "", agreed.Unit, agreed.Content, edited(func(f *File) { f.Armored = raw(t, grace, "git", f.Text()) }), "WrongNamespace",
			`the signature was made for the namespace "git", and counts for nothing in "approval@penstock.dev"; sign with ssh-keygen -Y sign -n approval@penstock.dev`},
		{"two signatures", "", agreed.Unit, agreed.Content, edited(func(f *File) { f.Armored = append(approve(t, eve, agreed).Armored, f.Armored...) }), "MalformedSignature",
			"the signature cannot be read: something follows after -----END SSH SIGNATURE-----; sign again with ssh-keygen, git or gpg"},
		{"no signature", "", agreed.Unit, agreed.Content, edited(func(f *File) { f.Armored = nil }), "MalformedSignature",
			"the signature cannot be read: it does not end with -----END SSH SIGNATURE-----; sign again with ssh-keygen, git or gpg"},
		{"a stranger", "", agreed.Unit, agreed.Content, approve(t, eve, agreed), "UnknownKey",
			"trust/allowed_signers lists no key " + ssh.FingerprintSHA256(eve.PublicKey()) + " (ssh-ed25519); sign with a key that is listed, or have this one added"},
		{"a key for commits", `namespaces="git"`, agreed.Unit, agreed.Content, good, "NamespaceNotAllowed",
			"trust/allowed_signers:1 allows the key " + ssh.FingerprintSHA256(grace.PublicKey()) + ` for namespaces="git" and not for "approval@penstock.dev"; sign with another key, or have the line changed`},
		{"a key for units, of rules", `namespaces="approval@penstock.dev"`, "rules", agreed.Content, is(Statement{RulesUnit, agreed.Content, agreed.Expires}), "NamespaceNotAllowed",
			"trust/allowed_signers:1 allows the key " + ssh.FingerprintSHA256(grace.PublicKey()) + ` for namespaces="approval@penstock.dev" and not for "rules@penstock.dev"; sign with another key, or have the line changed`},
		{"an expired key", `valid-before="20260825115959Z"`, agreed.Unit, agreed.Content, good, "Expired",
			"the key " + ssh.FingerprintSHA256(grace.PublicKey()) + " at trust/allowed_signers:1 was valid until 2026-08-25 11:59:59 UTC, and this is judged as of 2026-08-25 12:00:00 UTC; sign with a key that is valid, or have its time extended"},
		{"a time that is not whole", "", agreed.Unit, agreed.Content, edited(func(f *File) { f.Expires = f.Expires.Add(time.Millisecond) }), "MalformedSignature",
			"the signature cannot be read: the approval ends at 2026-08-26 12:00:00.001 +0000 UTC, which is no whole second between 1970 and 9999; sign again with ssh-keygen, git or gpg"},
	} {
		identity, err := Verify(test.file, signers(t, strings.Replace(line, "OPTIONS ", test.options+" ", 1)), test.unit, test.content, now)
		if got := rule(t, err); got != test.rule || err != nil && err.Error() != test.want {
			t.Errorf("%s: %s: %v\nwant %s: %s", test.name, got, err, test.rule, test.want)
		}
		if (err == nil) != identity.Is("grace@example.com") {
			t.Errorf("%s: it counts for %+v", test.name, identity)
		}
	}
	if _, err := Verify(good, nil, good.Unit, good.Content, now); rule(t, err) != "UnknownKey" {
		t.Errorf("where nobody is trusted: %v", err)
	}
}

func TestTheSameFilesInAnotherRepositoryAreApprovedToo(t *testing.T) {
	grace := key(t, 1)
	for _, file := range []string{"here/trust", "there/trust"} {
		trusted, problems := trust.ParseSigners(file, []byte("grace@example.com "+public(grace)+"\n"))
		if problems.Err() != nil {
			t.Fatal(problems)
		}
		if _, err := Verify(approve(t, grace, agreed), trusted, agreed.Unit, agreed.Content, now); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestACertificateApprovesForItsPrincipals(t *testing.T) {
	authority, holder := key(t, 9), key(t, 1)
	line := "*@example.com cert-authority " + public(authority)
	for name, test := range map[string]struct {
		change func(*ssh.Certificate)
		rule   string
	}{
		"good":            {nil, ""},
		"of another firm": {func(c *ssh.Certificate) { c.ValidPrincipals = []string{"eve@evil.org"} }, "UntrustedCertificate"},
		"expired":         {func(c *ssh.Certificate) { c.ValidBefore = uint64(now.Unix()) }, "Expired"},
	} {
		got, err := Verify(approve(t, certified(t, issue(t, authority, holder, test.change), holder), agreed), signers(t, line), agreed.Unit, agreed.Content, now)
		if rule(t, err) != test.rule || err == nil && Principal(got) != "grace@example.com" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
