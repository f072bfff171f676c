package trust

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Refusal is an error that says why something does not count as signed, and what can be done. Each reason is a
// type of its own, for errors.As; Rule is its stable name.
type Refusal interface {
	error
	// Rule is the stable CamelCase name of the reason, such as UnknownKey.
	Rule() string
}

// ErrUnsigned is the refusal of an object without a signature. Such an object is well formed.
var ErrUnsigned Refusal = unsigned{}

type unsigned struct{}

func (unsigned) Rule() string { return "Unsigned" }
func (unsigned) Error() string {
	return "it is not signed; sign with git commit -S, and set commit.gpgSign so that it is not forgotten"
}

// MalformedSignatureError: the signature cannot be read, or could be read in two ways.
type MalformedSignatureError struct{ Reason string }

// Rule is MalformedSignature.
func (MalformedSignatureError) Rule() string { return "MalformedSignature" }
func (e MalformedSignatureError) Error() string {
	return "the signature cannot be read: " + e.Reason + "; sign again with ssh-keygen, git or gpg"
}

// UnsupportedSignatureError: the signature is of a kind that is not verified here.
type UnsupportedSignatureError struct{ Kind string }

// Rule is UnsupportedSignature.
func (UnsupportedSignatureError) Rule() string { return "UnsupportedSignature" }
func (e UnsupportedSignatureError) Error() string {
	return fmt.Sprintf("the signature is of the kind %s, which is not supported; sign with SSH (git config gpg.format ssh) or OpenPGP", e.Kind)
}

// BadSignatureError: the key is trusted, and did not sign these bytes. They were changed after signing.
type BadSignatureError struct {
	Fingerprint string // of the key that the signature names
}

// Rule is BadSignature.
func (BadSignatureError) Rule() string { return "BadSignature" }
func (e BadSignatureError) Error() string {
	return fmt.Sprintf("the signature by %s is not for these bytes: they were changed after they were signed; do not trust them, and have them signed anew", e.Fingerprint)
}

// WeakSignatureError: the signature could have been forged.
type WeakSignatureError struct{ Reason string }

// Rule is WeakSignature.
func (WeakSignatureError) Rule() string { return "WeakSignature" }
func (e WeakSignatureError) Error() string {
	return "the signature is too weak: " + e.Reason + "; sign with an ed25519 key"
}

// UnknownKeyError: nobody is known to own the key.
type UnknownKeyError struct {
	File        string // where it was looked for
	Fingerprint string // SHA256:… for SSH; fingerprint or key id in hex for OpenPGP
	KeyType     string
}

// Rule is UnknownKey.
func (UnknownKeyError) Rule() string { return "UnknownKey" }
func (e UnknownKeyError) Error() string {
	return fmt.Sprintf("%s lists no key %s (%s); sign with a key that is listed, or have this one added", e.File, e.Fingerprint, e.KeyType)
}

// WrongNamespaceError: the signature was made for another purpose.
type WrongNamespaceError struct{ Signed, Expected string }

// Rule is WrongNamespace.
func (WrongNamespaceError) Rule() string { return "WrongNamespace" }
func (e WrongNamespaceError) Error() string {
	return fmt.Sprintf("the signature was made for the namespace %q, and counts for nothing in %q; sign with ssh-keygen -Y sign -n %s", e.Signed, e.Expected, e.Expected)
}

// NamespaceNotAllowedError: the trust file does not let the key sign for this purpose.
type NamespaceNotAllowedError struct {
	File        string
	Line        int
	Fingerprint string
	Namespace   string
	Allowed     string // the list of patterns on that line
}

// Rule is NamespaceNotAllowed.
func (NamespaceNotAllowedError) Rule() string { return "NamespaceNotAllowed" }
func (e NamespaceNotAllowedError) Error() string {
	return fmt.Sprintf("%s:%d allows the key %s for namespaces=%q and not for %q; sign with another key, or have the line changed", e.File, e.Line, e.Fingerprint, e.Allowed, e.Namespace)
}

// NotYetValidError: the key, certificate or signature is valid from a later time on.
type NotYetValidError struct {
	What  string // what is not valid, with its place
	From  time.Time
	Asked time.Time // the time that was handed in
}

// Rule is NotYetValid.
func (NotYetValidError) Rule() string { return "NotYetValid" }
func (e NotYetValidError) Error() string {
	return fmt.Sprintf("%s is valid from %s on, and this is judged as of %s; wait, or sign with another key", e.What, stamp(e.From), stamp(e.Asked))
}

// ExpiredError: the key, certificate or signature was valid until an earlier time.
type ExpiredError struct {
	What  string    // what has expired, with its place
	Until time.Time // zero where it is not known
	Asked time.Time // the time that was handed in
}

// Rule is Expired.
func (ExpiredError) Rule() string { return "Expired" }
func (e ExpiredError) Error() string {
	until := "was valid only for some time"
	if !e.Until.IsZero() {
		until = "was valid until " + stamp(e.Until)
	}
	return fmt.Sprintf("%s %s, and this is judged as of %s; sign with a key that is valid, or have its time extended", e.What, until, stamp(e.Asked))
}

// RevokedError: the owner of an OpenPGP key has revoked it.
type RevokedError struct{ File, Fingerprint string }

// Rule is Revoked.
func (RevokedError) Rule() string { return "Revoked" }
func (e RevokedError) Error() string {
	return fmt.Sprintf("the key %s in %s was revoked by its owner; sign with another key", e.Fingerprint, e.File)
}

// UntrustedCertificateError: the signature comes with an SSH certificate that does not count.
type UntrustedCertificateError struct {
	File      string
	KeyID     string // as its authority named it
	Authority string // fingerprint of the key that signed the certificate
	Reason    string
}

// Rule is UntrustedCertificate.
func (UntrustedCertificateError) Rule() string { return "UntrustedCertificate" }
func (e UntrustedCertificateError) Error() string {
	return fmt.Sprintf("the certificate %q by the authority %s is not trusted: %s; have one issued by an authority that %s lists as cert-authority", e.KeyID, e.Authority, e.Reason, e.File)
}

// ObjectError: a commit or tag object is not as git writes it, and two readers could read it differently.
type ObjectError struct {
	Object string // commit or tag
	Line   int    // of the object, from 1; 0 for the whole
	Reason string
}

// Rule is AmbiguousObject.
func (ObjectError) Rule() string { return "AmbiguousObject" }
func (e ObjectError) Error() string {
	place := "the " + e.Object + " object"
	if e.Line > 0 {
		place += fmt.Sprintf(", line %d", e.Line)
	}
	return place + ": " + e.Reason + "; it was not written by git as it is, and readers could disagree about it: make the " + e.Object + " anew"
}

// stamp prints a time for messages.
func stamp(t time.Time) string {
	return strings.Replace(t.UTC().Format("2006-01-02 15:04:05 UTC"), " 00:00:00 UTC", "", 1)
}

// printable is a library's error without what it quotes of its input that a terminal would obey.
func printable(err error) string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, err.Error())
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}
