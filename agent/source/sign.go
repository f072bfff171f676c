package source

import "golang.org/x/crypto/ssh"

// SignSSH returns a function for Draft.Sign that signs as git does with
// gpg.format ssh: in the namespace "git", over SHA-512.
func SignSSH(key ssh.Signer) func(payload []byte) (armored []byte, err error) { return nil }
