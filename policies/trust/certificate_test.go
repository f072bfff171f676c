package trust

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

func TestACertificateSpeaksForItsPrincipalsThatTheAuthorityMayCertify(t *testing.T) {
	authority, holder := key(t, 9), key(t, 1)
	signer := issue(t, authority, holder, func(c *ssh.Certificate) {
		c.ValidPrincipals = []string{"root@example.com", "eve@evil.org", "alice@example.com"}
	})
	got, err := verify(t, "*@example.com,!root@* cert-authority "+public(authority), signer, now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alice@example.com"}, got.Principals); diff != "" {
		t.Error(diff)
	}
	want := &Certificate{KeyID: "alice's laptop", Serial: 7, Authority: fingerprint(authority)}
	if diff := cmp.Diff(want, got.Certificate); diff != "" {
		t.Error(diff)
	}
	if got.Patterns != nil || got.KeyType != "ssh-ed25519" || got.Fingerprint != fingerprint(holder) {
		t.Errorf("%+v", got)
	}
	for name, want := range map[string]bool{
		"alice@example.com": true, "root@example.com": false, "eve@evil.org": false,
		"bob@example.com": false, // the authority may, the certificate does not
	} {
		if got.Is(name) != want {
			t.Errorf("it is %s: %t, want %t", name, !want, want)
		}
	}
}

func TestAStarInACertificateIsAName(t *testing.T) {
	authority := key(t, 9)
	signer := issue(t, authority, key(t, 1), func(c *ssh.Certificate) { c.ValidPrincipals = []string{"*"} })
	got, err := verify(t, "* cert-authority "+public(authority), signer, now)
	if err != nil || got.Is("alice@example.com") || !got.Is("*") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEveryRefusalOfACertificateSaysWhy(t *testing.T) {
	authority, other := key(t, 9), key(t, 8)
	line := "*@example.com cert-authority " + public(authority)
	hour := func(n int) uint64 { return uint64(now.Add(time.Duration(n) * time.Hour).Unix()) }
	for name, test := range map[string]struct {
		line       string
		change     func(*ssh.Certificate)
		rule, want string
	}{
		"another authority":   {"* cert-authority " + public(other), nil, "UntrustedCertificate", "the authority is not listed"},
		"authority as a key":  {"* " + public(authority), nil, "UntrustedCertificate", "the authority's key is listed without the option cert-authority"},
		"the key without it":  {"* " + public(key(t, 1)), nil, "UntrustedCertificate", "the key itself is listed, but it signed with a certificate of an authority that is not"},
		"authority expired":   {strings.Replace(line, "authority ", `authority,valid-before="20260101Z" `, 1), nil, "Expired", "was valid until 2026-01-01"},
		"authority for files": {strings.Replace(line, "authority ", `authority,namespaces="file" `, 1), nil, "NamespaceNotAllowed", `namespaces="file"`},
		"other principals":    {line, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"eve@evil.org"} }, "UntrustedCertificate", `its principals ["eve@evil.org"] are not among those`},
		"no principals":       {line, func(c *ssh.Certificate) { c.ValidPrincipals = nil }, "UntrustedCertificate", "it names no principals"},
		"for a host":          {line, func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, "UntrustedCertificate", "it is for a host"},
		"critical options": {line, func(c *ssh.Certificate) {
			c.CriticalOptions = map[string]string{"verify-required": "", "force-command": "x"}
		}, "UntrustedCertificate", "its critical options cannot be honoured: force-command, verify-required"},
		"a source address":       {line, func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"source-address": "10.0.0.0/8"} }, "UntrustedCertificate", "source-address"},
		"later":                  {line, func(c *ssh.Certificate) { c.ValidAfter = hour(1) }, "NotYetValid", `the certificate "alice's laptop" is valid from 2026-08-25 13:00:00 UTC on`},
		"ends now":               {line, func(c *ssh.Certificate) { c.ValidBefore = hour(0) }, "Expired", `the certificate "alice's laptop" was valid until 2026-08-25 12:00:00 UTC`},
		"in a million years":     {line, func(c *ssh.Certificate) { c.ValidAfter = 1 << 63 }, "NotYetValid", "9999-12-31"},
		"begins now":             {line, func(c *ssh.Certificate) { c.ValidAfter = hour(0) }, "", ""},
		"for ever":               {line, func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = 0, ssh.CertTimeInfinity }, "", ""},
		"extensions are ignored": {line, func(c *ssh.Certificate) { c.Extensions = map[string]string{"permit-pty": ""} }, "", ""},
	} {
		_, err := verify(t, test.line, issue(t, authority, key(t, 1), test.change), now)
		if got := rule(t, err); got != test.rule || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %s: %v\nwant %s: %s", name, got, err, test.rule, test.want)
		}
	}
}

func TestAForgedCertificateIsRefused(t *testing.T) {
	authority, holder := key(t, 9), key(t, 1)
	real := issue(t, authority, holder, nil).PublicKey().(*ssh.Certificate)
	forged := *real
	forged.ValidPrincipals = []string{"boss@example.com"} // the authority's signature stays
	signer, err := ssh.NewCertSigner(&forged, holder)
	if err != nil {
		t.Fatal(err)
	}
	_, err = verify(t, "* cert-authority "+public(authority), signer, now)
	want := `the certificate "alice's laptop" by the authority ` + fingerprint(authority) + " is not trusted: the authority's signature on it is false; " +
		"have one issued by an authority that trust/allowed_signers lists as cert-authority"
	if rule(t, err) != "UntrustedCertificate" || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestAStolenCertificateIsOfNoUseWithoutItsKey(t *testing.T) {
	authority := key(t, 9)
	certificate := issue(t, authority, key(t, 1), nil)
	armored := reseal(t, key(t, 2), func(s *sshsig.Signature) { s.PublicKey = certificate.PublicKey() })
	_, err := signers(t, "* cert-authority "+public(authority)).Verify([]byte("m"), armored, "git", now)
	if rule(t, err) != "BadSignature" {
		t.Error(err)
	}
}

func TestACertificateThatWasSignedWithSHA1IsRefused(t *testing.T) {
	private, err := ssh.NewSignerFromKey(strongKeys(t)[ssh.KeyAlgoRSA])
	if err != nil {
		t.Fatal(err)
	}
	for algorithm, want := range map[string]string{ssh.KeyAlgoRSA: "UntrustedCertificate", ssh.KeyAlgoRSASHA512: ""} {
		authority, err := ssh.NewSignerWithAlgorithms(private.(ssh.AlgorithmSigner), []string{algorithm})
		if err != nil {
			t.Fatal(err)
		}
		_, err = verify(t, "* cert-authority "+public(authority), issue(t, authority, key(t, 1), nil), now)
		if rule(t, err) != want || err != nil && !strings.Contains(err.Error(), "the authority signed it with SHA-1") {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
}
