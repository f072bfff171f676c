package gitserver

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// commitSigned makes a commit beside the branch, signs it as git does with gpg.format ssh, and moves the branch to the
// signed one: nobody who follows the branch sees the unsigned one.
func (r *Repository) commitSigned(c Change) (string, error) {
	branch := "refs/heads/" + cmp.Or(c.Branch, DefaultBranch)
	c.Onto = r.parent(c, branch)
	c.Orphan = c.Onto == ""
	signer := c.Signer
	c.Signer, c.Branch = nil, "unsigned"
	unsigned, err := r.Commit(c)
	if err != nil {
		return "", err
	}
	raw, err := r.Git(nil, "cat-file", "commit", unsigned)
	if err != nil {
		return "", err
	}
	signed, err := sign(raw+"\n", signer) // Git trims its output
	if err != nil {
		return "", err
	}
	hash, err := r.Git(strings.NewReader(signed), "hash-object", "-t", "commit", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	for _, move := range [][]string{{"update-ref", branch, hash}, {"update-ref", "-d", "refs/heads/unsigned"}} {
		if _, err := r.Git(nil, move...); err != nil {
			return "", err
		}
	}
	return hash, nil
}

// sign puts a signature over a raw commit into its header.
func sign(raw string, signer ssh.Signer) (string, error) {
	signature, err := sshsig.Sign(strings.NewReader(raw), signer, sshsig.HashSHA512, "git")
	if err != nil {
		return "", err
	}
	armored := strings.TrimSpace(string(sshsig.Armor(signature)))
	header, message, _ := strings.Cut(raw, "\n\n")
	var b bytes.Buffer
	b.WriteString(header + "\ngpgsig " + strings.ReplaceAll(armored, "\n", "\n ") + "\n\n" + message)
	return b.String(), nil
}
