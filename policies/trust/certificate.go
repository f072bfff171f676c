package trust

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// identifyCertificate tells whom a certificate names, if an authority for these names issued it.
func (s *Signers) identifyCertificate(certificate *ssh.Certificate, namespace string, at time.Time) (Identity, error) {
	untrusted := UntrustedCertificateError{File: s.name(), KeyID: certificate.KeyId, Authority: ssh.FingerprintSHA256(certificate.SignatureKey)}
	lines, err := s.lines(certificate.SignatureKey, true, namespace, at)
	if _, unknown := err.(UnknownKeyError); unknown {
		untrusted.Reason = s.whyNoAuthority(certificate)
		return Identity{}, untrusted
	}
	if err != nil {
		return Identity{}, err
	}
	if untrusted.Reason = whyNotUsable(certificate); untrusted.Reason != "" {
		return Identity{}, untrusted
	}
	if err := certificateValidAt(certificate, at); err != nil {
		return Identity{}, err
	}
	if !issued(certificate, at) {
		untrusted.Reason = "the authority's signature on it is false"
		return Identity{}, untrusted
	}
	identity := certifiedIdentity(certificate, lines)
	if len(identity.Principals) == 0 {
		untrusted.Reason = fmt.Sprintf("its principals %q are not among those that the authority may certify", certificate.ValidPrincipals)
		return Identity{}, untrusted
	}
	return identity, nil
}

// certifiedIdentity holds the principals of the certificate that the authority's lines accept.
func certifiedIdentity(certificate *ssh.Certificate, lines []*signer) Identity {
	identity := Identity{
		Kind: SSH, Fingerprint: ssh.FingerprintSHA256(certificate.Key), KeyType: certificate.Key.Type(),
		Certificate: &Certificate{KeyID: certificate.KeyId, Serial: certificate.Serial, Authority: ssh.FingerprintSHA256(certificate.SignatureKey)},
	}
	for _, line := range lines {
		identity.grants = append(identity.grants, grant{patterns: line.principals, names: certificate.ValidPrincipals})
	}
	for _, name := range certificate.ValidPrincipals {
		if identity.Is(name) {
			identity.Principals = append(identity.Principals, name)
		}
	}
	identity.Principals = sortedSet(identity.Principals)
	return identity
}

// whyNoAuthority explains the commonest mistakes beside a certificate from elsewhere.
func (s *Signers) whyNoAuthority(certificate *ssh.Certificate) string {
	if len(s.linesOf(certificate.SignatureKey)) > 0 {
		return "the authority's key is listed without the option cert-authority"
	}
	if len(s.linesOf(certificate.Key)) > 0 {
		return "the key itself is listed, but it signed with a certificate of an authority that is not"
	}
	return "the authority is not listed"
}

// whyNotUsable refuses certificates whose meaning is another or cannot be honoured.
func whyNotUsable(certificate *ssh.Certificate) string {
	options := slices.Sorted(maps.Keys(certificate.CriticalOptions))
	switch {
	case certificate.CertType != ssh.UserCert:
		return "it is for a host and not for a user"
	case len(certificate.ValidPrincipals) == 0:
		return "it names no principals, and so would be for everybody"
	case len(options) > 0:
		return "its critical options cannot be honoured: " + strings.Join(options, ", ")
	case certificate.Signature.Format == ssh.KeyAlgoRSA:
		return "the authority signed it with SHA-1"
	}
	return ""
}

// certificateValidAt refuses a time outside of the certificate's bounds, of which the later is not within.
func certificateValidAt(certificate *ssh.Certificate, at time.Time) error {
	what := fmt.Sprintf("the certificate %q", certificate.KeyId)
	now := at.Unix()
	if now < 0 || uint64(now) < certificate.ValidAfter {
		return NotYetValidError{What: what, From: unixTime(certificate.ValidAfter), Asked: at}
	}
	if certificate.ValidBefore != ssh.CertTimeInfinity && uint64(now) >= certificate.ValidBefore {
		return ExpiredError{What: what, Until: unixTime(certificate.ValidBefore), Asked: at}
	}
	return nil
}

// issued verifies the authority's signature on a certificate that was found to be usable.
func issued(certificate *ssh.Certificate, at time.Time) bool {
	checker := ssh.CertChecker{Clock: func() time.Time { return at }}
	return checker.CheckCert(certificate.ValidPrincipals[0], certificate) == nil
}

// latest is the last second of the year 9999, beyond which no time can be printed.
const latest = 253402300799

// unixTime is a certificate's time, which may be absurd.
func unixTime(seconds uint64) time.Time {
	return time.Unix(int64(min(seconds, latest)), 0).UTC()
}

// lineKey names a key by its place.
func lineKey(file string, line *signer) string {
	return fmt.Sprintf("the key %s at %s:%d", ssh.FingerprintSHA256(line.key), file, line.line)
}

// sortedSet sorts names and drops repetitions.
func sortedSet(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
