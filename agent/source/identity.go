package source

import "golang.org/x/crypto/ssh"

// Signer returns the private key in the Secret's field identity, unlocked with the password if it has one, to sign with. It
// is nil without one.
func (a Auth) Signer() (ssh.Signer, error) {
	if len(a.Identity) == 0 {
		return nil, nil
	}
	return a.signer()
}
