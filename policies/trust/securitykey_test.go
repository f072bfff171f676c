package trust

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"testing"

	"golang.org/x/crypto/ssh"
)

// securityKey does what a FIDO device does with ssh-keygen -t ed25519-sk (OpenSSH's PROTOCOL.u2f).
type securityKey struct {
	private ed25519.PrivateKey
	public  ssh.PublicKey
	flags   byte // 1: touched, 4: user verified
}

const application = "ssh:"

func newSecurityKey(t testing.TB) *securityKey {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{42}, ed25519.SeedSize))
	blob := ssh.Marshal(struct {
		Name        string
		Key         []byte
		Application string
	}{ssh.KeyAlgoSKED25519, private.Public().(ed25519.PublicKey), application})
	public, err := ssh.ParsePublicKey(blob)
	if err != nil {
		t.Fatal(err)
	}
	return &securityKey{private, public, 1}
}

func (k *securityKey) PublicKey() ssh.PublicKey { return k.public }

func (k *securityKey) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	tail := binary.BigEndian.AppendUint32([]byte{k.flags}, 7) // flags and counter
	app, message := sha256.Sum256([]byte(application)), sha256.Sum256(data)
	signed := bytes.Join([][]byte{app[:], tail, message[:]}, nil)
	return &ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: ed25519.Sign(k.private, signed), Rest: tail}, nil
}
