package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies/trust"
)

// library remembers what was read of commits, since facts name the same few again and again.
type library struct {
	clone  *source.Clone
	layout gate.Layout

	snapshots map[string]*source.Snapshot
	sums      map[string]string     // SHA-256 of files, by Git's ids
	rules     map[string]string     // digests of rules, by the ids of what they consist of
	keys      map[[2]string]trusted // by the ids of the trust files
}

// trusted are the keys of a tree, or why there are none.
type trusted struct {
	keys trust.Keys
	err  error
}

// What a library keeps at most.
const (
	mostSnapshots = 256
	mostSums      = 100_000
)

func newLibrary(clone *source.Clone, layout gate.Layout) *library {
	return &library{
		clone: clone, layout: layout, snapshots: map[string]*source.Snapshot{}, sums: map[string]string{}, rules: map[string]string{},
		keys: map[[2]string]trusted{},
	}
}

// at shows a commit.
func (l *library) at(commit string) (*source.Snapshot, error) {
	if known := l.snapshots[commit]; known != nil {
		return known, nil
	}
	snapshot, err := l.clone.At(commit)
	if err != nil {
		return nil, err
	}
	if len(l.snapshots) >= mostSnapshots {
		clear(l.snapshots)
	}
	l.snapshots[commit] = snapshot
	return snapshot, nil
}

// sum is the SHA-256 of a file, in hex.
func (l *library) sum(tree *source.Snapshot, name string) (string, error) {
	id, err := tree.ObjectID(name)
	if err != nil {
		return "", err
	}
	if known, ok := l.sums[id]; ok {
		return known, nil
	}
	data, err := tree.ReadFile(name)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(data)
	if len(l.sums) >= mostSums {
		clear(l.sums)
	}
	l.sums[id] = hex.EncodeToString(digest[:])
	return l.sums[id], nil
}

// rulesDigest is that of the rules as a tree has them.
func (l *library) rulesDigest(tree *source.Snapshot) (string, error) {
	ids, err := l.ruleIDs(tree)
	if err != nil {
		return "", err
	}
	if known, ok := l.rules[ids]; ok {
		return known, nil
	}
	loaded, err := environments.Load(tree, l.layout.Environments)
	if err != nil {
		return "", err
	}
	digest, err := gate.Digest(tree, l.layout, loaded)
	if err == nil {
		l.rules[ids] = digest
	}
	return digest, err
}

// ruleIDs names all that rules consist of by Git's ids.
func (l *library) ruleIDs(tree *source.Snapshot) (string, error) {
	names := []string{l.layout.Policies, l.layout.Trust}
	entries, err := fs.ReadDir(tree, l.layout.Environments)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		names = append(names, l.layout.Environments+"/"+entry.Name()+"/"+environments.EnvironmentFile)
	}
	var ids strings.Builder
	for _, name := range names {
		id, err := tree.ObjectID(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		ids.WriteString(name + "=" + id + "\n")
	}
	return ids.String(), nil
}

// trustAt are the keys that a tree trusts.
func (l *library) trustAt(tree *source.Snapshot) (trust.Keys, error) {
	var ids [2]string
	var data [2][]byte
	for i, name := range []string{l.layout.Signers(), l.layout.Keyring()} {
		id, err := tree.ObjectID(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return trust.Keys{}, err
		}
		ids[i] = id
	}
	if known, ok := l.keys[ids]; ok {
		return known.keys, known.err
	}
	var made trusted
	for i, name := range []string{l.layout.Signers(), l.layout.Keyring()} {
		if ids[i] != "" {
			data[i], made.err = tree.ReadFile(name)
		}
	}
	if made.err == nil {
		made = readTrust(l.layout, data)
	}
	l.keys[ids] = made
	return made.keys, made.err
}

// readTrust reads allowed_signers and a keyring; nil for what is not there.
func readTrust(layout gate.Layout, data [2][]byte) (made trusted) {
	if data[0] != nil {
		signers, problems := trust.ParseSigners(layout.Signers(), data[0])
		made.keys.Signers, made.err = signers, problems.Err()
	}
	if data[1] != nil && made.err == nil {
		keyring, problems := trust.ParseKeyring(layout.Keyring(), data[1])
		made.keys.OpenPGP, made.err = keyring, problems.Err()
	}
	return made
}
