package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/penstock-dev/penstock/environments/problem"
)

const (
	beginPGPKey = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	endPGPKey   = "-----END PGP PUBLIC KEY BLOCK-----"
	keyringMend = "export keys with gpg --armor --export"
)

// Keyring is a file of armored OpenPGP public keys, as gpg --armor --export writes it. It never changes once it
// is read, and may be used by several goroutines. A nil Keyring trusts nobody.
type Keyring struct {
	file     string
	digest   string
	entities openpgp.EntityList
}

// Digest identifies the file's bytes, for pinning: see the function Digest. A nil Keyring has none.
func (k *Keyring) Digest() string {
	if k == nil {
		return ""
	}
	return k.digest
}

// Len is the number of primary keys.
func (k *Keyring) Len() int {
	if k == nil {
		return 0
	}
	return len(k.entities)
}

// name is the file's path for messages.
func (k *Keyring) name() string {
	if k == nil || k.file == "" {
		return "the OpenPGP keyring"
	}
	return k.file
}

// ParseKeyring reads a file of one or more armored blocks of public keys; file is its path, for messages.
// Beside the blocks there may be empty lines and lines that begin with #. Every problem is told, and there is
// no Keyring unless there is none.
func ParseKeyring(file string, data []byte) (*Keyring, problem.List) {
	if found := checkTrustText(file, data); found != nil {
		return nil, problem.List{*found}
	}
	k := &Keyring{file: file, digest: Digest(data)}
	blocks, problems := keyBlocks(file, data)
	for _, block := range blocks {
		var entities openpgp.EntityList
		err := guarded(func() (err error) {
			entities, err = readEntities(block.text)
			return err
		})
		if err != nil {
			problems = append(problems, placed(err, file, block.line))
			continue
		}
		k.entities = append(k.entities, entities...)
	}
	if len(k.entities) > mostKeys {
		problems = append(problems, problem.Problem{File: file, Rule: problem.TooLarge,
			Message: fmt.Sprintf("a keyring holds at most %d keys", mostKeys)})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return k, nil
}

// keyBlock is one armored block, with the line that it begins on.
type keyBlock struct {
	line int
	text []byte
}

// keyBlocks finds the armored blocks of a file.
func keyBlocks(file string, data []byte) ([]keyBlock, problem.List) {
	var blocks []keyBlock
	var problems problem.List
	number, open := 0, false
	for line := range bytes.Lines(data) {
		number++
		text := string(bytes.TrimSpace(line))
		if open {
			last := &blocks[len(blocks)-1]
			last.text = append(last.text, line...)
			open = text != endPGPKey
			continue
		}
		switch {
		case text == beginPGPKey:
			blocks = append(blocks, keyBlock{number, bytes.Clone(line)})
			open = true
		case text != "" && text[0] != '#':
			return nil, append(problems, problem.Problem{File: file, Line: number, Rule: InvalidPublicKey,
				Message: "the line is in no block of public keys", Mend: keyringMend})
		}
	}
	if open {
		problems = append(problems, problem.Problem{File: file, Line: blocks[len(blocks)-1].line, Rule: InvalidPublicKey,
			Message: "the block of public keys never ends", Mend: keyringMend})
	}
	return blocks, problems
}

// readEntities reads every key of a block. One that cannot be read is an error, and not left out.
func readEntities(text []byte) (openpgp.EntityList, error) {
	block, err := armor.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, unreadableKey(err)
	}
	var entities openpgp.EntityList
	packets := packet.NewReader(block.Body)
	for {
		entity, err := openpgp.ReadEntity(packets)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadableKey(err)
		}
		if err := checkEntity(entity); err != nil {
			return nil, err
		}
		entities = append(entities, entity)
	}
	if len(entities) == 0 {
		return nil, unreadableKey(errors.New("the block is empty"))
	}
	return entities, nil
}

// unreadableKey is the problem of a block that is not what it says.
func unreadableKey(err error) error {
	return problem.Problem{Rule: InvalidPublicKey, Message: "the OpenPGP key cannot be read: " + printable(err), Mend: keyringMend}
}

// checkEntity refuses keys that say nothing of their use, and weak ones.
func checkEntity(entity *openpgp.Entity) error {
	if signature, _ := entity.PrimarySelfSignature(); signature == nil {
		return unreadableKey(errors.New("nothing is signed by the key itself"))
	}
	if reason := pgpWeakness(entity.PrimaryKey); reason != "" {
		return weakKey(reason)
	}
	for _, subkey := range entity.Subkeys {
		if reason := pgpWeakness(subkey.PublicKey); subkey.PublicKey.CanSign() && reason != "" {
			return weakKey(reason)
		}
	}
	return nil
}

// pgpWeakness says why a key must not be trusted to sign, and is empty for a strong one.
func pgpWeakness(key *packet.PublicKey) string {
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		if bits, err := key.BitLength(); err != nil || bits < smallestRSA {
			return fmt.Sprintf("the RSA key has %d bits, and at least %d are needed", bits, smallestRSA)
		}
	case packet.PubKeyAlgoDSA, packet.PubKeyAlgoElGamal:
		return "DSA and ElGamal keys are not accepted"
	}
	return ""
}
