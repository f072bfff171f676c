package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// keyring finds the key with which somebody signs: in a file or in ssh-agent.
type keyring struct {
	git   gitCommand
	conn  net.Conn // to ssh-agent; nil without one
	agent agent.Agent
}

// openKeys connects to ssh-agent, if there is one.
func openKeys(git gitCommand) *keyring {
	k := &keyring{git: git}
	if socket := os.Getenv("SSH_AUTH_SOCK"); socket != "" {
		if conn, err := net.Dial("unix", socket); err == nil {
			k.conn, k.agent = conn, agent.NewClient(conn) // one connection takes one client
		}
	}
	return k
}

// Close ends the connection to ssh-agent. Keys of it cannot sign any more.
func (k *keyring) Close() {
	if k.conn != nil {
		k.conn.Close()
	}
}

// find finds the key of a file, or the one that the user signs commits with.
func (k *keyring) find(file string) (ssh.Signer, error) {
	if file != "" {
		return k.fromFile(file)
	}
	if k.git.config("gpg.format") == "ssh" {
		if said := k.git.config("user.signingkey"); said != "" {
			literal, marked := strings.CutPrefix(said, "key::")
			if public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(literal)); err == nil {
				return k.ofPublic(public, "")
			}
			if marked {
				return nil, errors.New("git's user.signingkey is no SSH key; set it, or give --key")
			}
			return k.fromFile(k.git.config("--type=path", "user.signingkey"))
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("finding your key: %w; give --key", err)
	}
	return k.fromFile(filepath.Join(home, ".ssh", "id_ed25519"))
}

// fromFile reads a private key, or a public one whose private half is beside it or in ssh-agent.
func (k *keyring) fromFile(file string) (ssh.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading your key: %w; give --key FILE, the private key or, of one in ssh-agent, its .pub", err)
	}
	if !bytes.Contains(data, []byte("PRIVATE KEY-----")) {
		public, _, _, _, err := ssh.ParseAuthorizedKey(data)
		if err != nil {
			return nil, fmt.Errorf("%s is neither a private nor a public SSH key; give --key FILE", file)
		}
		return k.ofPublic(public, file)
	}
	signer, err := ssh.ParsePrivateKey(data)
	if locked, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		return k.unlocked(file, locked.PublicKey)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w; if ssh can use it, ssh-add %s and give its .pub as --key", file, err, file)
	}
	return signer, nil
}

// unlocked finds a key with a passphrase in ssh-agent, which has asked for it.
func (k *keyring) unlocked(file string, public ssh.PublicKey) (ssh.Signer, error) {
	if public == nil { // an old format, which does not say
		if data, err := os.ReadFile(file + ".pub"); err == nil {
			public, _, _, _, _ = ssh.ParseAuthorizedKey(data)
		}
	}
	if public != nil {
		if signer := k.inAgent(public); signer != nil {
			return signer, nil
		}
	}
	return nil, fmt.Errorf("the key %s has a passphrase, and is not in ssh-agent; run ssh-add %s, and try again", file, file)
}

// ofPublic finds the private half of a public key or of a certificate.
func (k *keyring) ofPublic(public ssh.PublicKey, file string) (ssh.Signer, error) {
	if signer := k.inAgent(public); signer != nil {
		return signer, nil
	}
	certificate, isCertificate := public.(*ssh.Certificate)
	bare := public
	if isCertificate {
		bare = certificate.Key
	}
	signer := k.inAgent(bare)
	if signer == nil {
		signer = beside(file, bare)
	}
	if signer == nil {
		return nil, fmt.Errorf("ssh-agent does not have the private half of %s; run ssh-add, or give --key with the private key", fingerprintOf(public))
	}
	if isCertificate {
		return ssh.NewCertSigner(certificate, signer)
	}
	return signer, nil
}

// inAgent is the key in ssh-agent, or nil.
func (k *keyring) inAgent(public ssh.PublicKey) ssh.Signer {
	if k.conn == nil {
		return nil
	}
	signers, err := k.agent.Signers()
	if err != nil {
		return nil
	}
	for _, signer := range signers {
		if sameKey(signer.PublicKey(), public) {
			return signer
		}
	}
	return nil
}

// beside is the private key beside the file of a public key or certificate, or nil.
func beside(file string, public ssh.PublicKey) ssh.Signer {
	private, ok := strings.CutSuffix(file, ".pub")
	if !ok {
		return nil
	}
	data, err := os.ReadFile(strings.TrimSuffix(private, "-cert"))
	if err != nil {
		return nil
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil || !sameKey(signer.PublicKey(), public) {
		return nil
	}
	return signer
}
