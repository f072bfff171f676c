package trust

import "time"

// GitNamespace is the SSH namespace in which git signs commits and tags.
const GitNamespace = "git"

// Keys are all keys that are trusted. Each may be nil, and then nobody is trusted by that kind of signature.
type Keys struct {
	Signers *Signers // for SSH
	OpenPGP *Keyring
}

// Signature is a verified signature of a commit or tag.
type Signature struct {
	Identity
	// IsAuthor says that the key may sign as the author's email, and IsCommitter as the committer's (for a tag:
	// the tagger's). Without them, a trusted key signed what it says somebody else did.
	IsAuthor, IsCommitter bool
}

// Verify checks the commit's signature as of a time, which must not come from the commit itself: whoever stole
// an expired key can backdate. The error is a Refusal; ErrUnsigned if there is no signature.
func (c *Commit) Verify(keys Keys, at time.Time) (Signature, error) {
	identity, err := keys.verify(c.payload, c.signature, at)
	if err != nil {
		return Signature{}, err
	}
	return Signature{identity, identity.Is(c.Author.Email), identity.Is(c.Committer.Email)}, nil
}

// verify checks a signature as git makes it, of either kind.
func (k Keys) verify(payload, armored []byte, at time.Time) (Identity, error) {
	if len(armored) == 0 {
		return Identity{}, ErrUnsigned
	}
	kind, err := kindOf(armored)
	switch {
	case err != nil:
		return Identity{}, err
	case kind == OpenPGP:
		return k.OpenPGP.Verify(payload, armored, at)
	}
	return k.Signers.Verify(payload, armored, GitNamespace, at)
}
