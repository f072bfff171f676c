package records

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies/trust"
)

// Sign signs a raw commit object, without the header of a signature, as git commit -S does with an SSH key. It returns the
// armored signature. Keys that no reader would trust are refused.
func Sign(key ssh.Signer, commit []byte) ([]byte, error) {
	err := trust.CheckKey(key.PublicKey())
	if _, ok := key.PublicKey().(*ssh.Certificate); ok {
		err = errors.New("it is a certificate, and environment.yaml lists keys; use the key itself")
	}
	var armored []byte
	if err == nil {
		armored, err = source.SignSSH(key)(commit)
	}
	if err != nil {
		return nil, fmt.Errorf("signing records with the key %s: %w", ssh.FingerprintSHA256(key.PublicKey()), err)
	}
	return armored, nil
}

// Build makes the commit on the tree of its parent, which is nil for the first commit, and signs it. It returns the Head that
// the branch has then, and the objects that bring it there: see source.Repository.Push.
func (c *Commit) Build(parent *source.Snapshot, key ssh.Signer) (Head, []source.Object, error) {
	id, objects, err := c.build(parent, key)
	if err != nil {
		return Head{}, nil, fmt.Errorf("commit facts %s: %w", span(c.Facts[0].Sequence, c.Head.Sequence), err)
	}
	return c.Committed(id), objects, nil
}

func (c *Commit) build(parent *source.Snapshot, key ssh.Signer) (string, []source.Object, error) {
	who := source.Person{Name: c.Name, Email: c.Email, When: c.Time}
	draft := source.Draft{Author: who, Committer: who, Message: c.Message, Sign: func(payload []byte) ([]byte, error) { return Sign(key, payload) }}
	if c.Parent != "" {
		draft.Parents = []string{c.Parent}
		if parent == nil || parent.Commit().Hash != c.Parent {
			return "", nil, fmt.Errorf("commit %.12s is to be built on, and another tree was handed in", c.Parent)
		}
	}
	b := source.NewBuilder(parent)
	for path, data := range c.Files {
		if err := b.Put(path, data); err != nil {
			return "", nil, err
		}
	}
	id, err := b.Commit(draft)
	return id, b.Objects(), err
}
