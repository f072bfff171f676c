package source

import (
	"bytes"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// SignSSH returns a function for Draft.Sign that signs as git does with
// gpg.format ssh: in the namespace "git", over SHA-512.
func SignSSH(key ssh.Signer) func(payload []byte) (armored []byte, err error) {
	return func(payload []byte) ([]byte, error) {
		signature, err := sshsig.Sign(bytes.NewReader(payload), key, sshsig.HashSHA512, "git")
		if err != nil {
			return nil, err
		}
		return sshsig.Armor(signature), nil
	}
}
