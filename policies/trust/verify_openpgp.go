package trust

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Verify checks an armored, detached OpenPGP signature of a message as of a time, and tells whom it comes from.
// Whether the key is expired is judged by the time handed in too. The error is a Refusal.
func (k *Keyring) Verify(message, armored []byte, at time.Time) (Identity, error) {
	raw, signature, err := parsePGPSignature(armored)
	if err != nil {
		return Identity{}, err
	}
	key, err := k.find(signature)
	if err != nil {
		return Identity{}, err
	}
	if created := key.PublicKey.CreationTime; at.Unix() < created.Unix() {
		return Identity{}, NotYetValidError{What: k.keyName(key), From: created, Asked: at}
	}
	if at.Unix() < signature.CreationTime.Unix() {
		return Identity{}, NotYetValidError{What: "the signature", From: signature.CreationTime, Asked: at}
	}
	entity := asOf(key.Entity, at)
	if entity == nil {
		return Identity{}, NotYetValidError{What: "every user id of " + k.keyName(key), From: key.SelfSignature.CreationTime, Asked: at}
	}
	config := &packet.Config{Time: func() time.Time { return at }}
	only := openpgp.EntityList{entity}
	err = guarded(func() error {
		_, _, err := openpgp.VerifyDetachedSignature(only, bytes.NewReader(message), bytes.NewReader(raw), config)
		return err
	})
	if err != nil {
		return Identity{}, k.refusal(err, key, at)
	}
	return pgpIdentity(entity, pgpAlgorithm(key.PublicKey.PubKeyAlgo), at), nil
}

// parsePGPSignature reads a block that holds one signature of exact bytes, made with a strong hash.
func parsePGPSignature(armored []byte) (raw []byte, signature *packet.Signature, err error) {
	if _, err := soleBlock(armored, beginPGP, endPGP); err != nil {
		return nil, nil, err
	}
	var read packet.Packet
	var rest *bytes.Reader
	err = guarded(func() error {
		block, err := armor.Decode(bytes.NewReader(armored))
		if err != nil {
			return err
		}
		if raw, err = io.ReadAll(io.LimitReader(block.Body, largestSignature)); err != nil {
			return err
		}
		rest = bytes.NewReader(raw)
		read, err = packet.Read(rest)
		return err
	})
	if err != nil {
		return nil, nil, MalformedSignatureError{printable(err)}
	}
	signature, ok := read.(*packet.Signature)
	if !ok {
		return nil, nil, MalformedSignatureError{"it holds something else than a signature"}
	}
	if rest.Len() > 0 {
		return nil, nil, MalformedSignatureError{"it holds more than one signature"}
	}
	return raw, signature, checkPGPSignature(signature)
}

// checkPGPSignature refuses signatures that say too little, or that are not over exact bytes by a strong hash.
func checkPGPSignature(signature *packet.Signature) error {
	switch {
	case signature.IssuerKeyId == nil:
		return MalformedSignatureError{"it does not say which key made it"}
	case signature.SigType != packet.SigTypeBinary:
		return UnsupportedSignatureError{Kind: fmt.Sprintf("OpenPGP type 0x%02x, which is not over exact bytes", uint8(signature.SigType))}
	case !strongHash(signature.Hash):
		return WeakSignatureError{"its hash is " + signature.Hash.String()}
	}
	return nil
}

// guarded turns a panic of the OpenPGP library into an error: it has panicked on hostile signatures before
// (v1.1.6), and a commit must not be able to stop the agent.
func guarded(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the OpenPGP library gave up on it")
		}
	}()
	return do()
}

// strongHash says whether nobody can find two messages with one hash.
func strongHash(hash crypto.Hash) bool {
	switch hash {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512:
		return true
	}
	return false
}

// find returns the key that may have made a signature.
func (k *Keyring) find(signature *packet.Signature) (openpgp.Key, error) {
	if k != nil {
		for _, key := range k.entities.KeysByIdUsage(*signature.IssuerKeyId, packet.KeyFlagSign) {
			if signature.IssuerFingerprint == nil || bytes.Equal(signature.IssuerFingerprint, key.PublicKey.Fingerprint) {
				return key, nil
			}
		}
	}
	name := fmt.Sprintf("%016X", *signature.IssuerKeyId)
	if signature.IssuerFingerprint != nil {
		name = fingerprintHex(signature.IssuerFingerprint)
	}
	return openpgp.Key{}, UnknownKeyError{File: k.name(), Fingerprint: name, KeyType: "OpenPGP " + pgpAlgorithm(signature.PubKeyAlgo)}
}

// refusal tells in our words why the library did not accept a signature.
func (k *Keyring) refusal(err error, key openpgp.Key, at time.Time) Refusal {
	switch {
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return ExpiredError{What: k.keyName(key), Until: expiry(key), Asked: at}
	case errors.Is(err, pgperrors.ErrSignatureExpired) && key.SelfSignature.CreationTime.After(at):
		return NotYetValidError{What: "what the owner says of " + k.keyName(key), From: key.SelfSignature.CreationTime, Asked: at}
	case errors.Is(err, pgperrors.ErrSignatureExpired):
		return ExpiredError{What: "the signature by " + k.keyName(key), Asked: at}
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return RevokedError{File: k.name(), Fingerprint: fingerprintHex(key.PublicKey.Fingerprint)}
	}
	return BadSignatureError{Fingerprint: fingerprintHex(key.PublicKey.Fingerprint)}
}

// expiry is the end of a subkey or primary key by its own statement, and zero where it has none.
func expiry(key openpgp.Key) time.Time {
	if key.SelfSignature.KeyLifetimeSecs == nil {
		return time.Time{}
	}
	return key.PublicKey.CreationTime.Add(time.Duration(*key.SelfSignature.KeyLifetimeSecs) * time.Second)
}

// pgpIdentity holds the addresses of the user ids that are valid at a time.
func pgpIdentity(entity *openpgp.Entity, algorithm string, at time.Time) Identity {
	identity := Identity{Kind: OpenPGP, Fingerprint: fingerprintHex(entity.PrimaryKey.Fingerprint), KeyType: algorithm}
	for _, id := range entity.Identities {
		address := addressOf(id.Name)
		if address != "" && id.SelfSignature != nil && !id.Revoked(at) && !id.SelfSignature.SigExpired(at) {
			identity.Principals = append(identity.Principals, address)
		}
	}
	identity.Principals = sortedSet(identity.Principals)
	if identity.Principals != nil {
		identity.grants = []grant{{names: identity.Principals}}
	}
	return identity
}

// addressOf is the address in a user id, "Name <address>" or the address alone; empty where it is not clear.
func addressOf(id string) string {
	if _, address, ok := strings.Cut(id, "<"); ok {
		address, rest, closed := strings.Cut(address, ">")
		if !closed || strings.TrimSpace(rest) != "" || strings.ContainsAny(address, "<> \t") {
			return ""
		}
		return address
	}
	if strings.ContainsAny(id, "> \t") || !strings.Contains(id, "@") {
		return ""
	}
	return id
}

// keyName names a key by its place.
func (k *Keyring) keyName(key openpgp.Key) string {
	return fmt.Sprintf("the key %s in %s", fingerprintHex(key.PublicKey.Fingerprint), k.name())
}

// fingerprintHex prints a fingerprint as gpg does.
func fingerprintHex(fingerprint []byte) string {
	return strings.ToUpper(hex.EncodeToString(fingerprint))
}

// pgpAlgorithm names an algorithm of OpenPGP.
func pgpAlgorithm(algorithm packet.PublicKeyAlgorithm) string {
	switch algorithm {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		return "rsa"
	case packet.PubKeyAlgoECDSA:
		return "ecdsa"
	case packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoEd25519:
		return "ed25519"
	case packet.PubKeyAlgoEd448:
		return "ed448"
	case packet.PubKeyAlgoDSA:
		return "dsa"
	}
	return fmt.Sprintf("algorithm %d", algorithm)
}
