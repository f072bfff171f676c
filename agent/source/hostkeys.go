package source

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// knownHosts is a parsed known_hosts file.
type knownHosts struct {
	callback ssh.HostKeyCallback
}

// parseKnownHosts reads the contents of a known_hosts file. The library reads
// only files, so the contents pass through one for a moment.
func parseKnownHosts(data []byte) (*knownHosts, error) {
	file, err := os.CreateTemp("", "known_hosts-*")
	if err != nil {
		return nil, &Error{Kind: StoreFailed, Problem: "no temporary file can be made: " + reason(err), Mend: "give the agent a writable TMPDIR"}
	}
	defer os.Remove(file.Name())
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, &Error{Kind: StoreFailed, Problem: "a temporary file cannot be written: " + reason(err), Mend: "give the agent a writable TMPDIR"}
	}
	callback, err := knownhosts.New(file.Name())
	if err != nil {
		where := strings.ReplaceAll(err.Error(), file.Name(), "line ")
		where = strings.ReplaceAll(strings.TrimPrefix(where, "knownhosts: "), "line :", "line ")
		return nil, invalid("the Secret's field known_hosts cannot be read: "+where, "store the output of ssh-keyscan under known_hosts")
	}
	return &knownHosts{callback: callback}, nil
}

// check returns nil if key is the one that known_hosts has for the host.
func (k *knownHosts) check(address string, addr net.Addr, key ssh.PublicKey) error {
	err := k.callback(address, addr, key)
	var wrong *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	shown := fingerprint(key)
	host := knownhosts.Normalize(address)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return &Error{Kind: HostKeyRefused, Problem: fmt.Sprintf("the SSH server %s presents %s, which known_hosts marks as revoked", host, shown),
			Mend: "do not connect until the server's operator explains it"}
	case errors.As(err, &wrong) && len(wrong.Want) == 0:
		return &Error{Kind: HostKeyRefused, Problem: fmt.Sprintf("the SSH server %s presents %s, and known_hosts has no key for this host", host, shown),
			Mend: "compare the fingerprint with the one that its operator publishes, then add the key to known_hosts"}
	case errors.As(err, &wrong):
		return &Error{Kind: HostKeyRefused, Problem: fmt.Sprintf("the SSH server %s presents %s, but known_hosts has %s: it is another server, or its key was changed", host, shown, fingerprints(wrong.Want)),
			Mend: "ask its operator before replacing the key in known_hosts"}
	}
	return &Error{Kind: HostKeyRefused, Problem: fmt.Sprintf("the SSH server %s presents %s, which is not accepted: %v", host, shown, err), Mend: "check known_hosts"}
}

// known returns the keys that known_hosts has for a host. The library tells
// only those that it would have preferred to a wrong one, so it is shown one.
func (k *knownHosts) known(address string) []knownhosts.KnownKey {
	var wrong *knownhosts.KeyError
	if errors.As(k.callback(address, &net.TCPAddr{IP: net.IPv4zero}, noKey{}), &wrong) {
		return wrong.Want
	}
	return nil
}

// algorithms returns the host key algorithms to ask the server for: those that
// known_hosts can judge. Otherwise a server with several keys might present
// one that we do not have, and look like an impostor. Nil means any.
func (k *knownHosts) algorithms(address string) []string {
	var names []string
	for _, key := range k.known(address) {
		kind := key.Key.Type()
		if kind == ssh.KeyAlgoRSA {
			names = append(names, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		}
		names = append(names, kind)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// otherType explains a server that has no key of the types that we know.
func (k *knownHosts) otherType(address string) error {
	return &Error{Kind: HostKeyRefused,
		Problem: fmt.Sprintf("the SSH server %s presents no key of the types in known_hosts, which has %s: it is another server, or its keys were changed",
			knownhosts.Normalize(address), fingerprints(k.known(address))),
		Mend: "ask its operator before replacing the key in known_hosts"}
}

func fingerprint(key ssh.PublicKey) string {
	return key.Type() + " " + ssh.FingerprintSHA256(key)
}

func fingerprints(keys []knownhosts.KnownKey) string {
	var all []string
	for _, key := range keys {
		all = append(all, fingerprint(key.Key))
	}
	return strings.Join(all, ", ")
}

// noKey is a public key that no host has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return []byte("none") }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("not a key") }
