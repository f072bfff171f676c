package trust

import "slices"

// Kind says how something was signed.
type Kind string

const (
	// SSH is a signature in OpenSSH's SSHSIG format.
	SSH Kind = "ssh"
	// OpenPGP is a detached, armored signature as gpg makes it.
	OpenPGP Kind = "openpgp"
)

// Identity is whom a verified signature comes from. Only this package makes one that grants anything: the
// zero value is nobody.
type Identity struct {
	Kind Kind
	// Principals are the names that the key is trusted for, sorted: the exact names on its lines in the trust
	// file; for a certificate those of its names that the authority's lines accept; for OpenPGP the addresses in
	// the key's valid user ids.
	Principals []string
	// Patterns are the patterns with wildcards on the key's lines, such as *@example.com. The key may sign as
	// whoever matches, so they do not name a person: use Is, and tell persons apart by Fingerprint.
	Patterns []string
	// Fingerprint is SHA256:… of an SSH key (for a certificate, of the key that it certifies), and the
	// fingerprint of the primary key in upper case hex for OpenPGP.
	Fingerprint string
	// KeyType is as in a .pub file for SSH, such as ssh-ed25519, and the name of the algorithm for OpenPGP.
	KeyType string
	// Certificate is set when an SSH certificate was used.
	Certificate *Certificate

	grants []grant
}

// Certificate is what is known of an SSH certificate that was accepted.
type Certificate struct {
	KeyID     string // as its authority named it
	Serial    uint64
	Authority string // fingerprint of the authority's key, SHA256:…
}

// grant is one reason to accept names.
type grant struct {
	patterns patternList // nil: whatever is in names
	names    []string    // nil: whatever matches patterns
}

// covers says whether the grant is for a name.
func (g grant) covers(name string) bool {
	return (g.patterns == nil || g.patterns.match(name)) && (g.names == nil || slices.Contains(g.names, name))
}

// Is says whether the signature counts as one by the principal, as ssh-keygen -Y verify -I principal does.
// Upper and lower case are different, and nobody has the empty name.
func (i Identity) Is(principal string) bool {
	return principal != "" && slices.ContainsFunc(i.grants, func(g grant) bool { return g.covers(principal) })
}
